"""Loads an edition from its TOML text, replaces a draft by a new version of it, withdraws one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from applications.services.editions import witness
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from tariffs import catalogue
from tariffs.engine.loading import read_content
from tariffs.models import EditionText

State = EditionText.State
# An edition takes some 20 KB: what is larger is another file.
MOST_BYTES = 256 * 1024
BOM = b"\xef\xbb\xbf"
NOT_A_MANAGER = "Seul un responsable charge, répète et publie les éditions."
MOVED = "Quelqu’un d’autre vient de changer cette édition\u00a0: relisez la page."


def check_manager(actor: User) -> None:
    """Raise NotYours unless the person is a manager; a power lent does not reach the rulebook."""
    if not actor.serves_as(StaffRole.MANAGER):
        raise NotYours(NOT_A_MANAGER)


def locked(text: EditionText, *states: str) -> EditionText:
    """Return the row read anew under its lock; raises Stale where it is in none of these states any more."""
    current = EditionText.objects.select_for_update(of=("self",)).get(pk=text.pk)
    if current.state not in states:
        raise Stale(MOVED)
    return current


def remember(name: str, text: EditionText, actor: User, at: datetime, motive: str = "", **data: Any) -> None:
    """Append an event to the journal of editions, in the caller's transaction."""
    append(
        chain=witness.CHAIN,
        name=name,
        at=at,
        actor=actor,
        data={
            "code": text.code,
            "version": text.version,
            "digest": text.digest,
            "in_force_from": text.in_force_from.isoformat(),
            **data,
        },
        motive=motive.strip(),
        names={"actor": actor.full_name},
    )


def load(*, content: bytes, file_name: str, actor: User, now: datetime) -> EditionText:
    """Keep the text of an edition as a draft, in the place of the draft of the same code where there is one.

    A text that can't be read is not kept, and the draft before it stays as it was. Raises NotYours,
    EditionError with every fault that could be found, Refused.
    """
    check_manager(actor)
    content = content.removeprefix(BOM)
    edition = read_content(content, file_name)
    try:
        with transaction.atomic():
            before = EditionText.objects.select_for_update().filter(code=edition.code).order_by("version")
            _check_new(list(before), edition.code, edition.digest)
            # In one order: the old draft leaves the place before the new one takes it.
            _replace(edition.code, actor, now)
            text = EditionText.objects.create(
                code=edition.code,
                label=edition.label,
                version=(before.aggregate(last=Max("version"))["last"] or 0) + 1,
                file_name=file_name[-120:],
                text=content.decode("utf-8"),
                digest=edition.digest,
                in_force_from=edition.in_force_from,
                loaded_by=actor,
                loaded_at=now,
            )
            remember(witness.LOADED, text, actor, now)
    except IntegrityError as error:
        raise Stale(MOVED) from error
    return text


def _check_new(before: list[EditionText], code: str, digest: str) -> None:
    known = catalogue.editions()
    if (
        code in known.by_code
        or code in known.withheld
        or any(text.state == State.PUBLISHED for text in before)
    ):
        raise Refused(
            [
                Obstacle(
                    "code_published",
                    f"L’édition {code} est déjà publiée\u00a0: une édition publiée ne change jamais.",
                    "Donnez un autre code («\u00a0code\u00a0» au début du fichier) à la nouvelle édition.",
                )
            ]
        )
    if any(text.state == State.DRAFT and text.digest == digest for text in before):
        raise Refused(
            [
                Obstacle(
                    "same_text",
                    "Ce fichier est celui du brouillon\u00a0: rien n’a changé.",
                    "Ouvrez le brouillon.",
                )
            ]
        )


def _replace(code: str, actor: User, now: datetime) -> None:
    for old in EditionText.objects.filter(code=code, state=State.DRAFT):
        old.state, old.ended_by, old.ended_at = State.REPLACED, actor, now
        old.save(update_fields=["state", "ended_by", "ended_at"])


def withdraw(*, text: EditionText, actor: User, now: datetime) -> None:
    """Give a draft up; its text stays in the history. Raises NotYours, Stale."""
    check_manager(actor)
    with transaction.atomic():
        current = locked(text, State.DRAFT)
        current.state, current.ended_by, current.ended_at = State.WITHDRAWN, actor, now
        current.save(update_fields=["state", "ended_by", "ended_at"])
        remember(witness.WITHDRAWN, current, actor, now)
