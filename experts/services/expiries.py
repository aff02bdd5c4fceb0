"""The daily sweep of the pool: ends of accreditations, PASSI certificates and insurances, told once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, AuditScope, ExpertFirm, FirmPaper, PassiCertificate
from experts.policy import INSURANCE_NOTICE_DAYS, NOTICE_DAYS
from portal.accounts.models import Membership, StaffRole, User
from portal.notifications.services import notify
from portal.sweeps import BATCH, batches, work

Ending = Accreditation | PassiCertificate | FirmPaper
Members = dict[int, list[User]]
One = TypeVar("One", Accreditation, PassiCertificate, FirmPaper)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of one end, to the firm and to the managers where they are told as well."""

    title: str
    body: str
    ref: str


def next_notice(until: date, steps: Sequence[int], today: date) -> date | None:
    """Return the next day, after today, on which an end is told; the day after the end itself comes last."""
    days = [until - timedelta(days=step) for step in steps] + [until + timedelta(days=1)]
    return next((day for day in days if day > today), None)


def step_of(until: date, steps: Sequence[int], today: date) -> str:
    """Return which notice today belongs to: the shortest delay that is open, or "over" past the end."""
    if until < today:
        return "over"
    return str(min((step for step in steps if until - timedelta(days=step) <= today), default=steps[0]))


def sweep(*, now: datetime, today: date) -> int:
    """Tell what is due today; return how many ends were told. Nothing is read but what is due.

    What can't be told with the others is told alone; what can't be told at all stops nothing else.
    """
    return (
        _each(_running(), partial(_tell_accreditations, now=now, today=today), today)
        + _each(PassiCertificate.objects.all(), partial(_tell_certificates, now=now, today=today), today)
        + _each(FirmPaper.objects.all(), partial(_tell_insurances, now=now, today=today), today)
        + _sweep_charters(now, today)
    )


def _each(rows: QuerySet[One], tell: Callable[[list[int]], int], today: date) -> int:
    found = batches(rows.filter(next_notice_on__lte=today), by="next_notice_on")
    return sum(work([one.pk for one in batch], tell, what=rows.model.__name__) for batch in found)


def _running() -> QuerySet[Accreditation]:
    return Accreditation.objects.filter(status=Accreditation.Status.GRANTED)


def _tell_accreditations(keys: list[int], *, now: datetime, today: date) -> int:
    due = _due(_running(), keys, today)
    members, managers = _members(due), _managers() if due else []
    asked = set(
        Accreditation.objects.open()
        .filter(renews__in=[one.pk for one in due])
        .values_list("renews", flat=True)
    )
    for one in due:
        assert one.valid_until is not None
        step = step_of(one.valid_until, NOTICE_DAYS, today)
        over = step == "over"
        if over or one.pk not in asked:
            _tell_firm(one, members, _of_accreditation(one, step), now)
        if over:
            _tell_managers(one, managers, _of_accreditation(one, step), now)
        one.next_notice_on = next_notice(one.valid_until, NOTICE_DAYS, today)
    Accreditation.objects.bulk_update(due, ["next_notice_on"])
    return len(due)


def _of_accreditation(one: Accreditation, step: str) -> Notice:
    ref = f"accreditation:{one.pk}:{one.valid_until}:{step}"
    if step == "over":
        return Notice(
            f"{one.firm.name}\u00a0: agrément échu, volet {one.volet}",
            f"L’agrément a pris fin le {one.valid_until:%d/%m/%Y}\u00a0: plus de nouvelle mission de ce volet. "
            "Les missions en cours se poursuivent.",
            ref,
        )
    return Notice(
        f"Votre agrément pour le volet {one.volet} prend fin le {one.valid_until:%d/%m/%Y}",
        "Demandez son renouvellement dès maintenant\u00a0: il court jusqu’à la décision, au plus tard jusqu’à sa fin.",
        ref,
    )


def _tell_certificates(keys: list[int], *, now: datetime, today: date) -> int:
    due = _due(PassiCertificate.objects.all(), keys, today)
    members, managers = _members(due), _managers() if due else []
    known: dict[int, list[PassiCertificate]] = defaultdict(list)
    for other in PassiCertificate.objects.filter(firm__in=[one.firm_id for one in due]):
        known[other.firm_id].append(other)
    for one in due:
        step = step_of(one.valid_until, NOTICE_DAYS, today)
        lost = _lost(one, known[one.firm_id])
        if lost:
            notice = _of_certificate(one, step, lost)
            _tell_firm(one, members, notice, now)
            _tell_managers(one, managers, notice, now)
        one.next_notice_on = next_notice(one.valid_until, NOTICE_DAYS, today)
    PassiCertificate.objects.bulk_update(due, ["next_notice_on"])
    return len(due)


def _lost(one: PassiCertificate, known: Iterable[PassiCertificate]) -> list[str]:
    """Return the scopes that no other certificate of the firm goes on holding once this one is over.

    Of two that end together the first stands for both, so that a scope is told once.
    """
    after = one.valid_until + timedelta(days=1)
    held: set[str] = set()
    for other in known:
        if other.valid_from <= after and (other.valid_until, -other.pk) > (one.valid_until, -one.pk):
            held.update(other.scopes)
    return [scope for scope in one.scopes if scope not in held]


def _of_certificate(one: PassiCertificate, step: str, lost: Sequence[str]) -> Notice:
    verb = "a pris fin" if step == "over" else "prend fin"
    labels = dict(AuditScope.choices)
    scopes = ", ".join(labels.get(scope, scope).lower() for scope in lost)
    return Notice(
        f"{one.firm.name}\u00a0: la qualification PASSI {verb} le {one.valid_until:%d/%m/%Y}",
        f"Portées concernées\u00a0: {scopes}. Sans qualification en cours, ni demande, ni contrat, ni audit du "
        "volet 5\u00a0: un audit daté hors validité n’est pas pris en charge. La qualification renouvelée est lue sur "
        "la liste de l’ANSSI.",
        f"passi:{one.pk}:{one.valid_until}:{step}",
    )


def _tell_insurances(keys: list[int], *, now: datetime, today: date) -> int:
    due = _due(FirmPaper.objects.all(), keys, today)
    members = _members(due)
    for one in due:
        assert one.valid_until is not None
        step = step_of(one.valid_until, INSURANCE_NOTICE_DAYS, today)
        verb = "a pris fin" if step == "over" else "prend fin"
        notice = Notice(
            f"Votre assurance professionnelle {verb} le {one.valid_until:%d/%m/%Y}",
            "Transmettez la nouvelle attestation\u00a0: être assuré fait partie de la charte de l’expert.",
            f"insurance:{one.pk}:{step}",
        )
        _tell_firm(one, members, notice, now)
        one.next_notice_on = next_notice(one.valid_until, INSURANCE_NOTICE_DAYS, today)
    FirmPaper.objects.bulk_update(due, ["next_notice_on"])
    return len(due)


@transaction.atomic
def _sweep_charters(now: datetime, today: date) -> int:
    """Ask the accredited firms to accept the charter's new version, once per version."""
    accredited = Accreditation.objects.in_force(today).values("firm")
    firms = list(
        ExpertFirm.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk__in=accredited)
        .exclude(Q(charter_version=CHARTER_VERSION) | Q(charter_asked=CHARTER_VERSION))
        .order_by("pk")[:BATCH]
    )
    members = _people(firm.organisation_id for firm in firms)
    for firm in firms:
        notify(
            recipients=members[firm.organisation_id],
            kind="accreditation",
            title="La charte éthique de l’expert a changé",
            body="Acceptez sa nouvelle version avant votre prochaine mission. Vos missions en cours se poursuivent.",
            url=reverse("charter_accept", args=[firm.pk]),
            action="Lire et accepter la charte",
            family="firm",
            event_ref=f"charter:{CHARTER_VERSION}:{firm.pk}",
            now=now,
            blocking=True,
        )
    ExpertFirm.objects.filter(pk__in=[firm.pk for firm in firms]).update(charter_asked=CHARTER_VERSION)
    return len(firms)


def _due(rows: QuerySet[One], keys: list[int], today: date) -> list[One]:
    """Hold and return what is still to be told among these; what another sweep holds is left to it."""
    held = rows.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=keys, next_notice_on__lte=today
    )
    return list(held.select_related("firm").order_by("next_notice_on", "pk"))


def _members(due: Sequence[Ending]) -> Members:
    return _people(one.firm.organisation_id for one in due)


def _people(organisations: Iterable[int]) -> Members:
    """Return the people of these organisations who may act now, in one query."""
    found: Members = defaultdict(list)
    rows = Membership.objects.active().filter(organisation__in=set(organisations)).select_related("user")
    for row in rows.order_by("pk"):
        found[row.organisation_id].append(row.user)
    return found


def _managers() -> list[User]:
    return list(User.objects.staff(StaffRole.MANAGER).order_by("pk"))


def _tell_firm(one: Ending, members: Members, notice: Notice, now: datetime) -> None:
    _notify(
        members[one.firm.organisation_id],
        notice,
        now,
        url=reverse("firm_profile_of", args=[one.firm_id]),
        action="Ouvrir mon cabinet",
        event_ref=notice.ref,
    )


def _tell_managers(one: Ending, managers: list[User], notice: Notice, now: datetime) -> None:
    _notify(
        managers,
        notice,
        now,
        url=reverse("firm_detail", args=[one.firm_id]),
        action="Ouvrir la fiche du cabinet",
        event_ref=f"{notice.ref}:managers",
    )


def _notify(people: list[User], notice: Notice, now: datetime, **link: str) -> None:
    notify(
        recipients=people,
        kind="accreditation",
        title=notice.title,
        body=notice.body,
        family="firm",
        now=now,
        url=link["url"],
        action=link["action"],
        event_ref=link["event_ref"],
    )
