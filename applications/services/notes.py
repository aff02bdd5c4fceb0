"""Bpifrance's private notes: written beside a dossier, naming colleagues, never over one not read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from applications.models import Dossier, Note
from applications.services.locking import lock
from applications.services.standing import standing_of
from applications.services.talk import BPIFRANCE, MOVED, checked_text
from applications.workflow.refusals import NotYours, Stale
from portal.accounts.models import StaffRole, User
from portal.notifications.services import notify

NOT_BPIFRANCE = "Les notes internes sont réservées à Bpifrance."
# Those who work on dossiers; an auditor reads and is told of nothing.
NAMEABLE = (StaffRole.OFFICER, StaffRole.MANAGER, StaffRole.CONTROLLER)
_SIGN = re.compile(r"(?<![\w.])@(?=\w)")


def write(
    *, dossier: Dossier, author: User, body: str, now: datetime, expected_version: int, seen: int
) -> Note:
    """Keep a private note and tell the colleagues it names with an @.

    `expected_version` and `seen` (the last note's number, 0 for none) are those of the page it was written
    on. Raises NotYours outside officers, managers and controllers, Refused for the text, and Stale where
    somebody acted or wrote a note meanwhile: nothing is kept.
    """
    text = checked_text(body)
    with transaction.atomic():
        dossier = lock(dossier.pk)
        if not standing_of(author, dossier) & BPIFRANCE:
            raise NotYours(NOT_BPIFRANCE)
        if dossier.version != expected_version or newer(dossier, author, seen):
            raise Stale(MOVED)
        note = Note.objects.create(dossier=dossier, author=author, body=text, written_at=now)
        named = people_named(text, colleagues())
        if named:
            note.mentioned.set(named)
            _tell(note, [person for person in named if person.pk != author.pk], now)
    return note


def newer(dossier: Dossier, reader: User, seen: int) -> list[Note]:
    """Return the notes that others wrote after the one numbered `seen`, oldest first."""
    found = Note.objects.filter(dossier=dossier, pk__gt=seen).exclude(author=reader)
    return list(found.select_related("author").order_by("pk"))


def colleagues() -> list[User]:
    """Return the people whom a note may name."""
    return list(User.objects.staff(*NAMEABLE).order_by("full_name", "pk"))


def people_named(text: str, people: Iterable[User]) -> list[User]:
    """Return the people named after an @, by their full name or by a first name that only one of them bears.

    Accents and capitals do not count: « @lea martin » names Léa Martin.
    """
    known = list(people)
    first_names = [plain(person.full_name).partition(" ")[0] for person in known]
    found = []
    folded = plain(text)
    starts = [match.end() for match in _SIGN.finditer(folded)]
    for person, first in zip(known, first_names, strict=True):
        names = [plain(person.full_name)]
        if first_names.count(first) == 1:
            names.append(first)
        if any(_stands(name, folded, start) for name in names for start in starts):
            found.append(person)
    return found


def _stands(name: str, text: str, start: int) -> bool:
    end = start + len(name)
    return bool(name) and text.startswith(name, start) and not text[end : end + 1].isalnum()


def plain(text: str) -> str:
    """Return a text without accents nor capitals, each sign of the text giving at most one."""
    split = unicodedata.normalize("NFD", text.replace("\u00a0", " "))
    return "".join(sign for sign in split if not unicodedata.combining(sign)).casefold()


def _tell(note: Note, people: Iterable[User], now: datetime) -> None:
    """The notice does not hold the note's text: it is read on the page, by whoever may."""
    dossier = note.dossier
    notify(
        recipients=people,
        kind="note",
        title=f"{note.author.full_name} vous cite dans une note – {dossier}",
        body="La note se lit sur la page du dossier\u00a0; elle reste entre collègues.",
        url=f"{reverse('officer_dossier', args=[dossier.pk])}#notes",
        action="Lire la note",
        family="messages",
        subject=(dossier.chain, str(dossier)),
        event_ref=f"note:{note.pk}",
        now=now,
    )
