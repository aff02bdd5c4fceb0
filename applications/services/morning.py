"""The morning queue: the dossiers that press, each with the sentences that say why, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Min, Q

from applications.models import Deadline, Listing, Message, Mission, Turn
from applications.models.worklist import ListingQuerySet
from applications.services import worklist
from applications.services.urgency import SILENT_DAYS, SOON_DAYS, Case, Reason, reasons, score
from applications.workflow.policy import policy
from applications.workflow.states import State
from experts.models import Accreditation, PassiCertificate
from portal.accounts.models import StaffRole, User
from portal.clock import PARIS, civil_date

SHOWN = 30
# How many of each kind are weighed: the nearest terms, the longest waits, the longest silences.
WEIGHED = 150
# Whose decision still reads the expert's certificates on the day; audits need them until they are done.
BEFORE_DECISION = (State.SUBMITTED, State.UNDER_REVIEW, State.INCOMPLETE)
AUDITING = (*BEFORE_DECISION, State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS)

Certificates = dict[tuple[int, int], tuple[date, str]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A dossier of the queue and why it stands there, the heaviest reason first."""

    row: Listing
    reasons: list[Reason]

    @property
    def points(self) -> int:
        """Its score."""
        return score(self.reasons)


@dataclass(frozen=True, slots=True)
class Morning:
    """The queue, and how many dossiers the person follows in all."""

    queue: list[Ranked]
    followed: int


def morning(user: User, *, today: date) -> Morning:
    """Return what presses among an officer's dossiers and those nobody has; for others, among all that run."""
    scope = Listing.objects.all().visible_to(user).live()
    if user.staff_role == StaffRole.OFFICER:
        mine = [user.pk, *worklist.covered_by(user, today)]
        scope = scope.filter(Q(officer__in=mine) | Q(officer__isnull=True))
    certificates = _certificates(today)
    unread = _unread(scope)
    rows = _weighed(scope, unread, certificates, today)
    firms = _firms(rows) if certificates else {}
    ranked = [
        Ranked(
            row, reasons(_case(row, unread, certificates, firms), today=today, large=policy().manager_share)
        )
        for row in rows
    ]
    ranked = [one for one in ranked if any(reason.code != "amount" for reason in one.reasons)]
    ranked.sort(key=lambda one: (-one.points, one.row.pk))
    return Morning(ranked[:SHOWN], scope.order_by().count())


def _weighed(
    scope: ListingQuerySet, unread: dict[int, date], certificates: Certificates, today: date
) -> Iterable[Listing]:
    """Return the rows that may press: a few of each kind, whatever the number of dossiers."""
    soon = today + timedelta(days=SOON_DAYS)
    silent = datetime.combine(today - timedelta(days=SILENT_DAYS - 1), time.min, tzinfo=PARIS)
    kinds = [
        scope.filter(next_due_on__lte=soon).order_by("next_due_on", "pk"),
        scope.filter(turn=Turn.BPIFRANCE).order_by("state_since", "pk"),
        scope.filter(turn__in=[Turn.COMPANY, Turn.EXPERT], changed_at__lt=silent).order_by(
            "changed_at", "pk"
        ),
    ]
    if certificates:
        firms = {firm for firm, _ in certificates}
        current = Mission.objects.filter(is_current=True, firm__in=firms).values("dossier")
        kinds.append(scope.filter(state__in=AUDITING, pk__in=current).order_by("submitted_at", "pk"))
    keys = {key for kind in kinds for key in kind.values_list("pk", flat=True)[:WEIGHED]} | set(unread)
    return list(worklist.with_dossiers(scope.filter(pk__in=keys)))


def _unread(scope: ListingQuerySet) -> dict[int, date]:
    """Return since when the oldest unread message of a dossier waits."""
    waiting = (
        Message.objects.unread()
        .to_bpifrance()
        .filter(dossier__in=scope.order_by().values("pk"))
        .values("dossier")
        .annotate(since=Min("sent_at"))
        .order_by("since", "dossier")
    )
    return {one["dossier"]: civil_date(one["since"]) for one in waiting[:WEIGHED]}


def _certificates(today: date) -> Certificates:
    """Return, by (firm, volet), the end of what is expired or soon will be, and its name."""
    soon = today + timedelta(days=SOON_DAYS)
    found: Certificates = {}
    lapsing = Accreditation.objects.filter(
        status=Accreditation.Status.GRANTED, valid_until__lte=soon
    ).select_related("firm")
    for one in lapsing:
        assert one.valid_until is not None
        found[one.firm_id, one.volet] = one.valid_until, f"L’agrément de {one.firm.name}"
    valid_later = PassiCertificate.objects.filter(valid_until__gt=soon).values("firm")
    ending = PassiCertificate.objects.exclude(firm__in=valid_later).select_related("firm")
    for passi in ending.order_by("valid_until", "pk"):
        known = found.get((passi.firm_id, 5))
        if known is None or known[1].startswith("Le certificat") or passi.valid_until < known[0]:
            found[passi.firm_id, 5] = passi.valid_until, f"Le certificat PASSI de {passi.firm.name}"
    return found


def _firms(rows: Iterable[Listing]) -> dict[int, int]:
    current = Mission.objects.filter(is_current=True, dossier__in=[row.pk for row in rows])
    return dict(current.values_list("dossier", "firm"))


def _case(row: Listing, unread: dict[int, date], certificates: Certificates, firms: dict[int, int]) -> Case:
    until, name = certificates.get((firms.get(row.pk, 0), row.volet), (None, ""))
    matters = row.state in (AUDITING if row.volet == 5 else BEFORE_DECISION)
    return Case(
        key=row.pk,
        turn=row.turn,
        state=State(row.state).label,
        since=civil_date(row.state_since),
        moved_on=civil_date(row.changed_at),
        share=row.share,
        unassigned=row.officer_id is None,
        due_on=row.due_on,
        due=Deadline.Kind(row.next_kind).label if row.next_kind else "",
        certificate_until=until if matters else None,
        certificate=name,
        unread_since=unread.get(row.pk),
    )
