"""Officers' absences: recorded, changed and ended early, each with the colleague who stands in.

A chain is refused: whoever stands in for somebody is there himself, so that one step leads to a person at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from applications.models import Absence
from applications.workflow.refusals import NotYours, Obstacle, Refused
from portal.accounts.models import StaffRole, User
from portal.audit.models import Event
from portal.audit.services import append
from portal.display import of_person, short_date
from portal.notifications.services import notify

LONGEST_DAYS = 366
OVER = Obstacle("over", "Cette absence est terminée\u00a0: elle ne change plus.", "Enregistrez-en une autre.")
NOT_YOURS = "Seuls la personne absente et les responsables changent cette absence."


def chain_of(person: User) -> str:
    """Return the name of the chain of events about a person's absences."""
    return f"absences:{person.pk}"


@transaction.atomic
def record(
    *, person: User, cover: User, since: date, until: date, actor: User, today: date, now: datetime
) -> Absence:
    """Record an absence, both days included. Raises NotYours, or Refused with what stands in the way."""
    _check_actor(person, actor)
    person, cover = _held(person, cover)
    _check(person, cover, since, until, today, besides=0)
    absence = Absence.objects.create(
        person=person, cover=cover, since=since, until=until, recorded_by=actor, recorded_at=now
    )
    reference = _keep("absence_recorded", absence, actor=actor, now=now)
    _tell_cover(absence, reference, now)
    _tell_person(absence, actor, "Votre absence est enregistrée", reference, now)
    return absence


@transaction.atomic
def change(
    absence: Absence, *, cover: User, since: date, until: date, actor: User, today: date, now: datetime
) -> Absence:
    """Change the days or the cover of an absence that is not over. Raises NotYours, Refused."""
    _check_actor(absence.person, actor)
    person, cover = _held(absence.person, cover)
    current = Absence.objects.select_for_update(of=("self",)).select_related("cover").get(pk=absence.pk)
    if current.ended_at is not None or current.until < today:
        raise Refused([OVER])
    _check(person, cover, since, until, today, besides=current.pk)
    before = current.cover
    current.cover, current.since, current.until = cover, since, until
    current.save(update_fields=["cover", "since", "until"])
    reference = _keep("absence_changed", current, actor=actor, now=now)
    if before != cover:
        _tell_released(current, before, reference, now)
    _tell_cover(current, reference, now)
    _tell_person(current, actor, "Votre absence est modifiée", reference, now)
    return current


@transaction.atomic
def end(absence: Absence, *, actor: User, today: date, now: datetime) -> None:
    """End an absence at once: the person is back, or will not leave. Raises NotYours, Refused."""
    _check_actor(absence.person, actor)
    current = (
        Absence.objects.select_for_update(of=("self",)).select_related("person", "cover").get(pk=absence.pk)
    )
    if current.ended_at is not None or current.until < today:
        raise Refused([OVER])
    current.ended_at = now
    current.save(update_fields=["ended_at"])
    reference = _keep("absence_ended", current, actor=actor, now=now)
    _tell_released(current, current.cover, reference, now)
    _tell_person(current, actor, "Votre absence est terminée", reference, now)


def history(absence: Absence) -> list[Event]:
    """Return what happened to an absence, latest first."""
    found = (
        Event.objects.filter(chain=chain_of(absence.person)).select_related("detail").order_by("-sequence")
    )
    return [event for event in found[:200] if event.data.get("absence") == absence.pk]


# --- Conditions ----------------------------------------------------------------------------------
def _check_actor(person: User, actor: User) -> None:
    if actor.pk != person.pk and actor.staff_role != StaffRole.MANAGER:
        raise NotYours(NOT_YOURS)


def _held(person: User, cover: User) -> tuple[User, User]:
    """Return both accounts under their locks, always taken in one order: two absences that touch wait in turn."""
    keys = {person.pk, cover.pk}
    locked = {one.pk: one for one in User.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return locked[person.pk], locked[cover.pk]


def _check(person: User, cover: User, since: date, until: date, today: date, *, besides: int) -> None:
    found = [*_people(person, cover), *_days(since, until, today)]
    if not found:
        others = Absence.objects.standing().filter(since__lte=until, until__gte=since).exclude(pk=besides)
        found = [
            *_clashes(person, cover, list(others.select_related("person", "cover").order_by("since", "pk")))
        ]
    if found:
        raise Refused(found)


def _people(person: User, cover: User) -> Iterator[Obstacle]:
    if not person.serves_as(StaffRole.OFFICER):
        yield Obstacle("not_an_officer", f"{person} n’est pas chargé d’affaires.", field="person")
    if cover.pk == person.pk:
        yield Obstacle(
            "own_cover",
            "On n’assure pas son propre intérim.",
            "Choisissez une autre personne.",
            field="cover",
        )
    elif not cover.serves_as(StaffRole.OFFICER):
        yield Obstacle(
            "cover_not_an_officer",
            f"{cover} n’est pas chargé d’affaires en activité.",
            "Choisissez une autre personne.",
            field="cover",
        )


def _days(since: date, until: date, today: date) -> Iterator[Obstacle]:
    if until < since:
        yield Obstacle("order", "L’absence doit se terminer après avoir commencé.", field="until")
    elif until < today:
        yield Obstacle("past", "Ces jours sont passés.", "Indiquez une fin à venir.", field="until")
    elif (until - since).days >= LONGEST_DAYS:
        yield Obstacle("too_long", "Une absence dure un an au plus.", "Vérifiez l’année.", field="until")


def _clashes(person: User, cover: User, others: list[Absence]) -> Iterator[Obstacle]:
    for one in others:
        days = f"du {short_date(one.since)} au {short_date(one.until)}"
        if one.person_id == person.pk:
            yield Obstacle(
                "overlap",
                f"{person} a déjà une absence {days}.",
                "Modifiez celle-là, ou choisissez d’autres jours.",
                field="since",
            )
        if one.person_id == cover.pk:
            yield Obstacle(
                "cover_absent",
                f"{cover} est en absence {days}.",
                "Choisissez une autre personne pour l’intérim.",
                field="cover",
            )
        if one.cover_id == person.pk:
            yield Obstacle(
                "covers_another",
                f"{person} assure l’intérim {of_person(one.person)} {days}.",
                "Confiez d’abord cet intérim à une autre personne\u00a0; un responsable peut le faire.",
                field="since",
            )


# --- What is kept and told -----------------------------------------------------------------------
def _keep(name: str, absence: Absence, *, actor: User, now: datetime) -> str:
    data: dict[str, Any] = {
        "absence": absence.pk,
        "cover": absence.cover_id,
        "since": absence.since.isoformat(),
        "until": absence.until.isoformat(),
    }
    names = {"actor": actor.full_name, "cover": absence.cover.full_name}
    event = append(chain=chain_of(absence.person), name=name, at=now, actor=actor, data=data, names=names)
    return f"{event.chain}:{event.sequence}"


def _span(absence: Absence) -> str:
    return f"du {short_date(absence.since)} au {short_date(absence.until)} inclus"


def _tell_cover(absence: Absence, reference: str, now: datetime) -> None:
    _tell(
        absence.cover,
        f"Vous assurez l’intérim {of_person(absence.person)}",
        f"{_span(absence).capitalize()}, ses dossiers sont aussi dans les vôtres et vous recevez ses avis.",
        f"{reference}:cover",
        now,
    )


def _tell_released(absence: Absence, cover: User, reference: str, now: datetime) -> None:
    title = f"Vous n’assurez plus l’intérim {of_person(absence.person)}"
    _tell(cover, title, "Ses dossiers ne sont plus dans les vôtres.", f"{reference}:released", now)


def _tell_person(absence: Absence, actor: User, title: str, reference: str, now: datetime) -> None:
    if actor.pk != absence.person_id:
        body = f"{actor} l’a notée {_span(absence)}\u00a0; {absence.cover} assure l’intérim."
        _tell(absence.person, title, body, f"{reference}:person", now)


def _tell(person: User, title: str, body: str, reference: str, now: datetime) -> None:
    notify(
        recipients=[person],
        kind="absence",
        title=title,
        body=body,
        url=reverse("absence_list"),
        action="Voir les absences",
        family="progress",
        blocking=True,
        event_ref=reference,
        now=now,
    )
