"""The desk's lists: dossiers to work on, terms to come, payments to make, reports to forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from applications.models import Deadline, Dossier, Hold, Invoice, Mission, Payment
from applications.models.dossier import DossierQuerySet
from applications.workflow.states import ENDED, ON_COMPANY, ON_EXPERT, MissionState, State
from portal.accounts.models import StaffRole, User

SOON_DAYS = 30
TABS: dict[str, str] = {
    "mine": "Mes dossiers",
    "unassigned": "Sans chargé d’affaires",
    "company": "Chez l’entreprise",
    "expert": "Chez l’expert",
    "late": "En retard",
    "all": "Tous",
}
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("Dépôt le plus récent", ("-submitted_at", "-pk")),
    "anciens": ("Dépôt le plus ancien", ("submitted_at", "pk")),
    "attente": ("Dans leur état depuis longtemps", ("state_since", "pk")),
    "montant": ("Quote-part la plus élevée", ("-bpifrance_share", "-pk")),
}
PAYMENT_TABS: dict[str, str] = {
    "approve": "À valider",
    "pay": "À payer",
    "paid": "Payés",
    "hold": "Suspendus",
    "reversed": "Revenus",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked of the list; an empty text asks nothing."""

    tab: str = "all"
    words: str = ""
    state: str = ""
    volet: str = ""
    officer: str = ""
    device: str = ""
    verdict: str = ""
    sort: str = ""


def tabs_of(user: User) -> dict[str, str]:
    """Return the tabs a person has; « Mes dossiers » is an officer's."""
    return {
        key: label for key, label in TABS.items() if key != "mine" or user.staff_role == StaffRole.OFFICER
    }


def _overdue(today: date) -> Exists:
    return Exists(Deadline.objects.filter(dossier=OuterRef("pk"), closed_on__isnull=True, due_on__lt=today))


def _tab_conditions(user: User, today: date) -> dict[str, Q | Exists]:
    live = ~Q(state__in=sorted(ENDED))
    return {
        "mine": Q(officer=user) & live,
        "unassigned": Q(officer__isnull=True) & live,
        "company": Q(state__in=sorted(ON_COMPANY)),
        "expert": Q(state__in=sorted(ON_EXPERT)),
        "late": Q(_overdue(today)) & live,
        "all": Q(submitted_at__isnull=False),
    }


def matching(user: User, wanted: Wanted) -> DossierQuerySet:
    """Return the dossiers that a person may see and that answer the filters, whatever the tab."""
    found: DossierQuerySet = Dossier.objects.visible_to(user)
    plain = {"state": wanted.state, "volet": wanted.volet, "verdict": wanted.verdict}
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if wanted.officer:
        found = found.filter(officer=int(wanted.officer))
    if wanted.device:
        kind, _, risk_class = wanted.device.partition(".")
        found = found.filter(device_kind=kind, device_class=risk_class)
    return _searched(found, wanted.words) if wanted.words else found


def _searched(found: DossierQuerySet, words: str) -> DossierQuerySet:
    firms = Mission.objects.filter(firm__name__icontains=words).values("dossier")
    condition = (
        Q(number__icontains=words)
        | Q(company__name__icontains=words)
        | Q(device__name__icontains=words)
        | Q(pk__in=firms)
    )
    compact = "".join(words.split())
    if compact.isalnum():
        condition |= Q(company__identifier__startswith=compact)
    return found.filter(condition)


def counts(found: DossierQuerySet, user: User, today: date) -> Mapping[str, int]:
    """Return the exact number of dossiers under each tab, in one query."""
    conditions = _tab_conditions(user, today)
    sums = {tab: Count("pk", filter=conditions[tab]) for tab in tabs_of(user)}
    return found.order_by().aggregate(**sums)


def listed(found: DossierQuerySet, user: User, wanted: Wanted, today: date) -> DossierQuerySet:
    """Return one tab's dossiers in their order, with the next term (`next_due`, `next_kind`) of each."""
    running = Deadline.objects.filter(dossier=OuterRef("pk"), closed_on__isnull=True).order_by("due_on", "pk")
    facts = (
        "company_facts",
        "device_facts",
        "declarations",
        "commitments",
        "company__facts",
        "device__facts",
    )
    return (
        found.filter(_tab_conditions(user, today)[wanted.tab])
        .select_related("company", "device", "officer")
        .defer(*facts)
        .annotate(
            next_due=Subquery(running.values("due_on")[:1]), next_kind=Subquery(running.values("kind")[:1])
        )
        .order_by(*SORTS[wanted.sort][1])
    )


def officers() -> QuerySet[User]:
    """Return the officers whom a list may be filtered by, those who left included."""
    return User.objects.filter(staff_role=StaffRole.OFFICER).order_by("full_name", "pk")


# --- Terms ---------------------------------------------------------------------------------------
def running_deadlines(user: User, *, officer: str = "", kind: str = "") -> QuerySet[Deadline]:
    """Return the running terms of the dossiers a person may see, the nearest first."""
    found = Deadline.objects.filter(
        closed_on__isnull=True, dossier__in=Dossier.objects.visible_to(user)
    ).exclude(dossier__state__in=sorted(ENDED))
    if officer:
        found = found.filter(dossier__officer=int(officer))
    if kind:
        found = found.filter(kind=kind)
    return found.select_related("dossier__company", "dossier__officer", "mission__firm").order_by(
        "due_on", "pk"
    )


def deadline_counts(found: QuerySet[Deadline], today: date) -> Mapping[str, int]:
    """Return how many terms are past, within thirty days, and in all."""
    soon = today + timedelta(days=SOON_DAYS)
    return found.order_by().aggregate(
        late=Count("pk", filter=Q(due_on__lt=today)),
        soon=Count("pk", filter=Q(due_on__gte=today, due_on__lte=soon)),
        all=Count("pk"),
    )


def in_window(found: QuerySet[Deadline], tab: str, today: date) -> QuerySet[Deadline]:
    """Return the terms of one tab: late, soon or all."""
    if tab == "late":
        return found.filter(due_on__lt=today)
    if tab == "soon":
        return found.filter(due_on__gte=today, due_on__lte=today + timedelta(days=SOON_DAYS))
    return found


# --- Payments ------------------------------------------------------------------------------------
def _held() -> Exists:
    return Exists(Hold.objects.filter(mission=OuterRef("pk"), lifted_at__isnull=True))


def _payment_conditions() -> dict[str, Q]:
    return {
        "approve": Q(state=MissionState.CLOSURE_SUBMITTED),
        "pay": Q(state=MissionState.PAYMENT_APPROVED),
        "paid": Q(state=MissionState.PAID),
        "hold": Q(_held()) & ~Q(state__in=[MissionState.PAID, MissionState.ENDED]),
        "reversed": Q(Exists(Payment.objects.filter(mission=OuterRef("pk"), reversed_on__isnull=False))),
    }


def payable_missions(user: User, words: str = "") -> QuerySet[Mission]:
    """Return the missions whose payment a person may follow, searched by number, company or firm."""
    found: QuerySet[Mission] = Mission.objects.visible_to(user)
    if words:
        found = found.filter(
            Q(dossier__number__icontains=words)
            | Q(dossier__company__name__icontains=words)
            | Q(firm__name__icontains=words)
        )
    return found


def payment_counts(found: QuerySet[Mission]) -> Mapping[str, int]:
    """Return the exact number of missions under each tab, in one query."""
    sums = {tab: Count("pk", filter=condition) for tab, condition in _payment_conditions().items()}
    return found.order_by().aggregate(**sums)


def payment_totals(found: QuerySet[Mission], tab: str) -> Mapping[str, Decimal]:
    """Return what one tab's missions come to, euros: {ht, ttc} of Bpifrance's invoices; what came back, of payments."""
    listed = found.filter(_payment_conditions()[tab]).order_by()
    asked = {"ht": Sum("ht"), "ttc": Sum("ttc")}
    if tab in {"paid", "reversed"}:
        payments = Payment.objects.filter(mission__in=listed.values("pk"))
        sums = payments.filter(reversed_on__isnull=tab == "paid").order_by().aggregate(**asked)
    else:
        ours = {"addressee": Invoice.Addressee.BPIFRANCE, "replaced_at__isnull": True}
        invoices = Invoice.objects.filter(mission__in=listed.values("pk"), **ours)
        sums = invoices.order_by().aggregate(**asked)
    return {name: value or Decimal(0) for name, value in sums.items()}


def payments(found: QuerySet[Mission], tab: str) -> QuerySet[Mission]:
    """Return one tab's missions, oldest closure first (paid: latest first), with invoices, holds and payments."""
    latest = tab in {"paid", "reversed"}
    order = ("-closure_submitted_on", "-pk") if latest else ("closure_submitted_on", "pk")
    return (
        found.filter(_payment_conditions()[tab])
        .select_related("dossier__company", "dossier__officer", "firm")
        .prefetch_related("invoices", "holds__owner", "payments", "payment_orders__batch")
        .order_by(*order)
    )


# --- Two-person acts and transmissions -----------------------------------------------------------
def to_forward(user: User) -> DossierQuerySet:
    """Return the paid dossiers whose report may still have to go to a ministry, longest waiting first."""
    return (
        Dossier.objects.visible_to(user)
        .filter(state=State.PAID)
        .select_related("company", "officer")
        .prefetch_related("transmissions")
        .order_by("state_since", "pk")
    )
