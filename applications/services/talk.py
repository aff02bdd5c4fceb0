"""What is written about a dossier: messages that the other side is told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch
from django.urls import reverse

from applications.models import Dossier, Message, MessageAttachment, Mission
from applications.models.talk import MessageQuerySet
from applications.services.locking import lock
from applications.services.people import in_charge, members_of
from applications.services.sensitivity import is_encrypted_message
from applications.services.standing import standing_of
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale
from applications.workflow.situation import COMPANY, Actor
from portal.accounts.models import User
from portal.clock import civil_date
from portal.documents import checks
from portal.documents.checks import FileRefused
from portal.documents.checks.names import clean_name
from portal.documents.services import store
from portal.notifications.services import notify

LONGEST = 5000
MOVED = (
    "Un collègue a agi ou écrit sur ce dossier depuis l’affichage de votre page. Votre texte est gardé "
    "ci-dessous\u00a0: relisez ce qui est nouveau, puis envoyez-le s’il vaut toujours."
)
MOST_FILES = 5
FILES_AGAIN = "Rien n’a été envoyé ; votre texte est gardé. Choisissez de nouveau vos fichiers."
BPIFRANCE = frozenset({Actor.OFFICER, Actor.MANAGER, Actor.CONTROLLER})
NOT_IN_THREAD = "Vous ne participez pas à cet échange."
NOT_FILED = "Les échanges s’ouvrent au dépôt de la demande."


def post_message(
    *,
    dossier: Dossier,
    author: User,
    thread: str,
    body: str,
    now: datetime,
    mission: Mission | None = None,
    attachments: Sequence[Any] = (),
    key: UUID | None = None,
    expected_version: int | None = None,
) -> Message:
    """Post a message in the company's or the expert's thread and tell the other side once.

    `mission` names the firm of an expert's thread, the current one when absent. `key` names the form:
    sent twice, it gives the message that it gave first. `expected_version` is that of the page it was written
    on, where the dossier's acts matter to it. Writing in a thread reads it. Raises NotYours for whoever is not
    of the thread (auditors only read), Refused where the text or a file can't be taken, Stale where somebody
    acted meanwhile: then nothing is sent.
    """
    text = checked_text(body)
    _check_files(attachments)
    with transaction.atomic():
        dossier = lock(dossier.pk)
        stake = _stake(dossier, thread, mission)
        ours = _side(author, dossier, thread, stake)
        known = Message.objects.filter(author=author, key=key).first() if key is not None else None
        if known is not None:
            return known
        if expected_version is not None and dossier.version != expected_version:
            raise Stale(MOVED)
        message = Message.objects.create(
            dossier=dossier,
            thread=thread,
            mission=stake,
            author=author,
            body=text,
            sent_at=now,
            from_bpifrance=ours,
            key=key,
        )
        _join_files(message, attachments, now)
        _mark_read(message, by=author, now=now)
        if ours:
            _tell_them(message, stake, now)
        else:
            _tell_bpifrance(message, now)
    return message


def _side(person: User, dossier: Dossier, thread: str, stake: Mission | None) -> bool:
    """Return whether a person speaks for Bpifrance in a thread; raises NotYours for whoever is not of it."""
    standing = standing_of(person, dossier, stake)
    if dossier.submitted_at is None:
        raise NotYours(NOT_FILED)
    theirs = COMPANY if thread == Message.Thread.COMPANY else frozenset({Actor.EXPERT})
    if not standing & (BPIFRANCE | theirs):
        raise NotYours(NOT_IN_THREAD)
    return bool(standing & BPIFRANCE)


def read_thread(
    *,
    dossier: Dossier,
    reader: User,
    last: int,
    now: datetime,
    mission: Mission | None = None,
) -> int:
    """Keep that a person read what the other side wrote, up to the message numbered `last`; return how many were new.

    Bpifrance reads every thread at once; a company its own, an expert his `mission`'s. The first reading of a
    side keeps its date and its reader. Raises NotYours for whoever is of no thread.
    """
    thread = Message.Thread.COMPANY if mission is None else Message.Thread.EXPERT
    with transaction.atomic():
        dossier = lock(dossier.pk)
        found = Message.objects.unread().filter(dossier=dossier, pk__lte=last)
        if _side(reader, dossier, thread, mission):
            found = found.to_bpifrance()
        else:
            found = found.to_them().filter(thread=thread, mission=mission)
        return found.update(first_read_at=now, first_read_by=reader)


@dataclass(frozen=True, slots=True)
class Thread:
    """What one side reads: the messages, how many of them nobody of that side has read, the last one's number."""

    messages: list[Message]
    unread: int
    last: int


def thread_of(messages: MessageQuerySet, *, for_bpifrance: bool = False, with_files: bool = True) -> Thread:
    """Return messages with their files, as one side reads them; three queries at most.

    `with_files` False says that there is none, so that none is asked for.
    """
    files = MessageAttachment.objects.select_related("document")
    found = list(
        messages.select_related("author", "first_read_by", "mission__firm")
        .prefetch_related(Prefetch("attachments", files if with_files else files.none()))
        .order_by("sent_at", "pk")
    )
    unread = [one for one in found if one.first_read_at is None and one.from_bpifrance is not for_bpifrance]
    return Thread(found, len(unread), max((one.pk for one in found), default=0))


def _mark_read(answer: Message, *, by: User, now: datetime) -> None:
    """Keep that whoever answers has read what came before."""
    before = Message.objects.unread().filter(
        dossier=answer.dossier_id, thread=answer.thread, mission=answer.mission_id, pk__lt=answer.pk
    )
    before.filter(from_bpifrance=not answer.from_bpifrance).update(first_read_at=now, first_read_by=by)


def unread_of_company(dossiers: Iterable[Dossier]) -> dict[int, int]:
    """Return how many messages of Bpifrance the company has not read, by dossier; one query."""
    found = (
        Message.objects.unread().to_them().filter(thread=Message.Thread.COMPANY, dossier__in=list(dossiers))
    )
    return dict(found.order_by().values_list("dossier").annotate(count=Count("pk")))


def checked_text(body: str) -> str:
    """Return what was typed, tidied; raises Refused where it is empty or too long."""
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused([Obstacle("text_missing", "Le texte est vide.", "Écrivez-le.", field="body")])
    if len(text) > LONGEST:
        raise Refused(
            [
                Obstacle(
                    "text_long", f"Le texte dépasse {LONGEST} caractères.", "Raccourcissez-le.", field="body"
                )
            ]
        )
    return text


def _check_files(files: Sequence[Any]) -> None:
    """Raise Refused, one obstacle a file, where one can't be taken: all come with the message, or none does."""
    if len(files) > MOST_FILES:
        many = f"Un message porte {MOST_FILES} fichiers au plus."
        raise Refused(
            [Obstacle("files_many", many, "Envoyez les autres dans un second message.", field="attachments")]
        )
    obstacles = []
    for file in files:
        try:
            checks.check(file, file.name or "")
        except FileRefused as refusal:
            said = f"«\u00a0{clean_name(file.name or '')}\u00a0» ne peut pas être joint. {refusal.message}"
            obstacles.append(Obstacle("file_refused", said, FILES_AGAIN, field="attachments"))
    if obstacles:
        raise Refused(obstacles)


def _join_files(message: Message, files: Sequence[Any], now: datetime) -> None:
    owner = message.mission.firm if message.mission is not None else message.dossier.company
    for file in files:
        document = store(
            file=file,
            kind="message",
            uploaded_by=message.author,
            organisation=owner.organisation,
            allowed=checks.ALLOWED,
            encrypt=is_encrypted_message(message),
            now=now,
        )
        MessageAttachment.objects.create(message=message, document=document)


def _stake(dossier: Dossier, thread: str, mission: Mission | None) -> Mission | None:
    if thread not in Message.Thread.values:
        raise Refused(
            [Obstacle("thread_unknown", "Le destinataire manque.", "Choisissez-le.", field="thread")]
        )
    if thread == Message.Thread.COMPANY:
        return None
    missions = Mission.objects.select_related("firm").filter(dossier=dossier)
    found = missions.filter(pk=mission.pk) if mission is not None else missions.filter(is_current=True)
    stake = found.first()
    if stake is None:
        raise Refused([Obstacle("no_expert", "Ce dossier n’a pas encore d’expert.", field="thread")])
    return stake


def _tell_them(message: Message, mission: Mission | None, now: datetime) -> None:
    dossier = message.dossier
    if mission is not None:
        organisation, url = mission.firm.organisation_id, reverse("mission_detail", args=[mission.pk])
    else:
        organisation, url = dossier.company.organisation_id, reverse("company_dossier", args=[dossier.pk])
    _tell(message, members_of(organisation), f"Bpifrance vous a écrit – {dossier}", url, now)


def _tell_bpifrance(message: Message, now: datetime) -> None:
    dossier = message.dossier
    who = "L’expert" if message.mission_id else dossier.company.name
    url = reverse("officer_dossier", args=[dossier.pk])
    _tell(message, in_charge(dossier, on=civil_date(now)), f"{who} vous a écrit – {dossier}", url, now)


def _tell(message: Message, people: Iterable[User], title: str, url: str, now: datetime) -> None:
    notify(
        recipients=[person for person in people if person.pk != message.author_id],
        kind="message",
        title=title,
        body="Le message se lit sur la page du dossier, où vous pouvez répondre.",
        url=f"{url}#echanges",
        action="Lire et répondre",
        family="messages",
        subject=(message.dossier.chain, str(message.dossier)),
        event_ref=f"message:{message.pk}",
        now=now,
    )
