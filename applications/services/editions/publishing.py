"""Publishes an edition by a second person from a day to come, and calls it off by two before that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from applications.models import Rehearsal
from applications.services.editions import witness
from applications.services.editions.drafts import check_manager, locked, remember
from applications.workflow.refusals import Obstacle, Refused, Stale
from portal.accounts.models import StaffRole, User
from portal.clock import civil_date
from portal.display import french_date
from portal.notifications.services import notify
from tariffs import catalogue
from tariffs.engine.editions import EditionError
from tariffs.models import EditionText
from tariffs.services.published import trusted

State = EditionText.State
# Every process has seen a publication, or its end, well before the day on which it would count.
MARGIN = timedelta(minutes=10)
SHORTEST_MOTIVE = 10
NOT_ASKED = "Personne n’a demandé d’annuler cette édition, ou la demande vient d’être abandonnée."


def obstacles(text: EditionText, actor: User, now: datetime) -> list[Obstacle]:
    """Return what keeps this person from publishing the draft now."""
    return list(_obstacles(text, actor, now))


def _obstacles(text: EditionText, actor: User, now: datetime) -> Iterator[Obstacle]:
    if text.loaded_by_id == actor.pk:
        yield Obstacle(
            "same_person", "Vous avez chargé ce texte.", "Un autre responsable le relit et le publie."
        )
    last = Rehearsal.objects.done().filter(edition=text).order_by("-asked_at").first()
    if last is None or last.digest != text.digest:
        yield Obstacle(
            "not_rehearsed",
            "Ce texte n’a pas été répété sur les dossiers.",
            "Lancez la répétition, puis relisez ses effets.",
        )
    yield from _of_date(text, now)
    try:
        trusted(text)
    except EditionError:
        yield Obstacle(
            "altered",
            "Le texte conservé n’est plus celui qui a été chargé.",
            "Chargez le fichier de nouveau.",
        )


def _of_date(text: EditionText, now: datetime) -> Iterator[Obstacle]:
    remedy = "Corrigez «\u00a0in_force_from\u00a0» dans le fichier, puis chargez-le de nouveau."
    if text.in_force_from <= civil_date(now + MARGIN):
        yield Obstacle(
            "date_passed",
            f"Le texte entre en vigueur le {french_date(text.in_force_from)}\u00a0: il faut au moins le lendemain.",
            remedy,
        )
    known = catalogue.editions()
    latest = max(edition.in_force_from for edition in known)
    published = EditionText.objects.published().order_by("-in_force_from").first()
    if published is not None:
        latest = max(latest, published.in_force_from)
    if text.in_force_from <= latest:
        yield Obstacle(
            "date_before",
            f"Une édition entre déjà en vigueur le {french_date(latest)}\u00a0: celle-ci doit la suivre.",
            remedy,
        )


def publish(*, text: EditionText, starts_on: date | None, actor: User, now: datetime) -> EditionText:
    """Publish a draft as its second person; from the day of its text, new requests are judged by it.

    `starts_on` is that day typed by the second person. No dossier changes. Raises NotYours, Stale, Refused.
    """
    check_manager(actor)
    with transaction.atomic():
        # All the texts at once: two editions published together would not see each other's day.
        list(EditionText.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
        current = locked(text, State.DRAFT)
        found = obstacles(current, actor, now)
        if starts_on != current.in_force_from:
            day = french_date(current.in_force_from)
            found.append(
                Obstacle(
                    "other_date",
                    f"Le texte dit\u00a0: en vigueur le {day}.",
                    "Confirmez ce jour, ou faites charger un texte qui en dit un autre.",
                    field="starts_on",
                )
            )
        if found:
            raise Refused(found)
        current.state, current.published_by, current.published_at = State.PUBLISHED, actor, now
        current.save(update_fields=["state", "published_by", "published_at"])
        remember(witness.PUBLISHED, current, actor, now)
        _tell(
            current,
            actor,
            now,
            title=f"{current.label}\u00a0: publiée",
            body=f"Elle s’applique aux demandes déposées à partir du {french_date(current.in_force_from)}.",
        )
        transaction.on_commit(catalogue.look_again)
    return current


# --- Calling it off ------------------------------------------------------------------------------
def may_be_called_off(text: EditionText, now: datetime) -> bool:
    """True while a published edition has not begun, the last minutes before its day apart."""
    return text.state == State.PUBLISHED and civil_date(now + MARGIN) < text.in_force_from


def ask_cancel(*, text: EditionText, motive: str, actor: User, now: datetime) -> EditionText:
    """Ask that a published edition be called off before its day. Raises NotYours, Stale, Refused."""
    check_manager(actor)
    if len(motive.strip()) < SHORTEST_MOTIVE:
        raise Refused(
            [
                Obstacle(
                    "motive_missing", "Le motif manque ou est trop court.", "Dites pourquoi.", field="motive"
                )
            ]
        )
    with transaction.atomic():
        current = _before_its_day(text, now)
        if current.cancel_asked_by_id is not None:
            raise Refused([Obstacle("asked_already", "L’annulation est déjà demandée.", "Confirmez-la.")])
        current.cancel_asked_by, current.cancel_asked_at = actor, now
        current.save(update_fields=["cancel_asked_by", "cancel_asked_at"])
        remember(witness.CANCEL_ASKED, current, actor, now, motive)
        _tell(
            current,
            actor,
            now,
            title=f"{current.label}\u00a0: une annulation à confirmer",
            body=f"{actor} demande d’annuler cette édition avant qu’elle n’entre en vigueur.",
            blocking=True,
        )
    return current


def confirm_cancel(*, text: EditionText, actor: User, now: datetime) -> EditionText:
    """Call a published edition off as the second person: no request will know it. Raises NotYours, Stale, Refused."""
    check_manager(actor)
    with transaction.atomic():
        current = _asked(text, now)
        if current.cancel_asked_by_id == actor.pk:
            raise Refused(
                [
                    Obstacle(
                        "same_person",
                        "Vous avez demandé cette annulation.",
                        "Un autre responsable la confirme.",
                    )
                ]
            )
        current.state, current.ended_by, current.ended_at = State.WITHDRAWN, actor, now
        current.save(update_fields=["state", "ended_by", "ended_at"])
        remember(witness.CANCELLED, current, actor, now)
        _tell(
            current,
            actor,
            now,
            title=f"{current.label}\u00a0: annulée",
            body="Elle n’entrera pas en vigueur\u00a0: l’édition actuelle continue de s’appliquer.",
        )
        transaction.on_commit(catalogue.look_again)
    return current


def drop_cancel(*, text: EditionText, actor: User, now: datetime) -> EditionText:
    """Leave the edition published after all; by any manager. Raises NotYours, Stale, Refused."""
    check_manager(actor)
    with transaction.atomic():
        current = _asked(text, now)
        current.cancel_asked_by, current.cancel_asked_at = None, None
        current.save(update_fields=["cancel_asked_by", "cancel_asked_at"])
        remember(witness.CANCEL_DROPPED, current, actor, now)
    return current


def _before_its_day(text: EditionText, now: datetime) -> EditionText:
    current = locked(text, State.PUBLISHED)
    if not may_be_called_off(current, now):
        raise Refused(
            [
                Obstacle(
                    "in_force",
                    "Cette édition est en vigueur, ou le sera dans quelques minutes.",
                    "Publiez une autre édition qui la suivra.",
                )
            ]
        )
    return current


def _asked(text: EditionText, now: datetime) -> EditionText:
    current = _before_its_day(text, now)
    if current.cancel_asked_by_id is None:
        raise Stale(NOT_ASKED)
    return current


def _tell(
    text: EditionText, actor: User, now: datetime, *, title: str, body: str, blocking: bool = False
) -> None:
    """Tell the other managers."""
    notify(
        recipients=User.objects.staff(StaffRole.MANAGER).exclude(pk=actor.pk),
        kind="edition",
        title=title,
        body=body,
        url=reverse("edition_detail", args=[text.ref]),
        action="Lire l’édition",
        family="progress",
        blocking=blocking,
        event_ref=f"edition:{text.pk}:{text.state}:{now.isoformat()}",
        now=now,
    )
