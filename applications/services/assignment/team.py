"""The team as the rules and the managers see it: who is there, with how many live dossiers, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from applications.models import Absence, AssignmentRule, AssignmentSwitch, Dossier, Listing
from applications.services.assignment.choice import Rule, Seat
from portal.accounts.models import StaffRole, User
from portal.display import short_date

# The journal of the rules and of what is given to many.
CHAIN = "assignment"


def is_on() -> bool:
    """Tell whether the rules are in service as a whole."""
    switch = AssignmentSwitch.objects.filter(pk=AssignmentSwitch.ONLY).first()
    return switch is None or switch.is_on


def hold_switch() -> AssignmentSwitch:
    """Return the switch under its row lock: two assignments by the rules at once weigh one after the other."""
    AssignmentSwitch.objects.get_or_create(pk=AssignmentSwitch.ONLY)
    return AssignmentSwitch.objects.select_for_update().get(pk=AssignmentSwitch.ONLY)


def rules_in_service() -> list[Rule]:
    """Return the rules switched on, in their order."""
    found = AssignmentRule.objects.filter(is_on=True).prefetch_related("officers").order_by("rank", "pk")
    return [
        Rule(
            key=one.pk,
            name=one.name,
            officers=tuple(sorted(officer.pk for officer in one.officers.all())),
            volets=frozenset(one.volets),
            regions=frozenset(one.regions),
            ceiling=one.ceiling,
        )
        for one in found
    ]


def loads_of(officers: Iterable[int] | None = None) -> dict[int, int]:
    """Return how many live dossiers each of these accounts has, of all by default; those without any are left out."""
    wanted = Q(officer__isnull=False) if officers is None else Q(officer__in=list(officers))
    counted = Listing.objects.live().filter(wanted).order_by().values("officer")
    return dict(counted.annotate(count=Count("pk")).values_list("officer", "count"))


def with_last_given(people: QuerySet[User]) -> QuerySet[User]:
    """Add to each account `last_given`, when the latest of the dossiers it has was given; None without any."""
    given = Dossier.objects.filter(officer=OuterRef("pk"), assigned_at__isnull=False)
    return people.annotate(last_given=Subquery(given.order_by("-assigned_at").values("assigned_at")[:1]))


def seats_of(rules: Iterable[Rule], *, today: date) -> dict[int, Seat]:
    """Return the officers whom the rules name, with their loads, by account."""
    named = {key for rule in rules for key in rule.officers}
    people = with_last_given(User.objects.filter(pk__in=named))
    live, away = loads_of(named), absent_until(today)
    return {
        one.pk: Seat(
            key=one.pk,
            name=str(one),
            load=live.get(one.pk, 0),
            last_at=one.last_given,  # type: ignore[attr-defined]
            away=_away(one, away.get(one.pk)),
        )
        for one in people.order_by("pk")
    }


def absent_until(today: date) -> dict[int, date]:
    """Return until when each absent officer is away, by account."""
    return dict(Absence.objects.on(today).order_by("pk").values_list("person", "until"))


def barred_by(*, rejecters: Iterable[int], enterers: Iterable[int]) -> dict[int, str]:
    """Return in words why some may not have a dossier: they rejected it, or wrote it for its company."""
    entered = dict.fromkeys(enterers, "a saisi la demande")
    return entered | dict.fromkeys(rejecters, "a pris la décision contestée")


def _away(person: User, until: date | None) -> str:
    if not person.is_active:
        return "n’a plus de compte actif"
    if person.staff_role != StaffRole.OFFICER:
        return "n’est plus aux dossiers"
    return f"est en absence jusqu’au {short_date(until)}" if until else ""


# --- The team's page -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Member:
    """One officer: his live dossiers, his absence if any, the rules that name him, and whether he left."""

    person: User
    load: int
    absence: Absence | None
    rules: tuple[str, ...]
    has_left: bool
    last_at: datetime | None

    @property
    def is_listed(self) -> bool:
        """True where the list may be filtered by this person: officers, those who left included."""
        return self.person.staff_role == StaffRole.OFFICER

    @property
    def is_uncovered(self) -> bool:
        """True where the cover of his absence has left: nobody stands in."""
        cover = self.absence.cover if self.absence else None
        return cover is not None and not cover.serves_as(StaffRole.OFFICER)


def members(today: date) -> list[Member]:
    """Return the officers, and whoever is one no longer and still has live dossiers: those first, then by name."""
    live = loads_of()
    people = User.objects.filter(Q(staff_role=StaffRole.OFFICER, is_active=True) | Q(pk__in=live))
    rules: dict[int, list[str]] = defaultdict(list)
    named = AssignmentRule.objects.filter(officers__isnull=False).order_by("rank", "pk")
    for officer, rule in named.values_list("officers", "name"):
        rules[officer].append(rule)
    away = {one.person_id: one for one in Absence.objects.on(today).select_related("cover")}
    found = [
        Member(
            person=one,
            load=live.get(one.pk, 0),
            absence=away.get(one.pk),
            rules=tuple(rules[one.pk]),
            has_left=not one.serves_as(StaffRole.OFFICER),
            last_at=one.last_given,  # type: ignore[attr-defined]
        )
        for one in with_last_given(people).order_by("full_name", "pk")
    ]
    return sorted(found, key=lambda one: not one.has_left)
