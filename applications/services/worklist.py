"""The desk's lists: dossiers to work on, terms to come, payments to make, reports to forward."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from applications.models import Absence, Deadline, Dossier, Hold, Invoice, Listing, Mission, Payment, Turn
from applications.models.dossier_sets import DossierQuerySet
from applications.models.worklist import ListingQuerySet
from applications.services.figures import marks
from applications.services.paging import Sort
from applications.services.search import holding, resembling, words_in
from applications.workflow.states import ENDED, MissionState
from portal.accounts.models import StaffRole, User
from portal.clock import PARIS

# A search or a filter counts no further: what comes after is « plus de 1 000 ».
COUNTED = 1000
TABS: dict[str, str] = {
    "mine": "Mes dossiers",
    "unassigned": "Sans chargé d’affaires",
    "company": "Chez l’entreprise",
    "expert": "Chez l’expert",
    "late": "En retard",
    "all": "Tous",
}


SORTS: dict[str, Sort] = {
    "": Sort("Dépôt le plus récent", "submitted_at", datetime.fromisoformat, descending=True),
    "anciens": Sort("Dépôt le plus ancien", "submitted_at", datetime.fromisoformat),
    "attente": Sort("Dans leur état depuis longtemps", "state_since", datetime.fromisoformat),
    "montant": Sort("Quote-part la plus élevée", "share", Decimal, descending=True),
    "echeance": Sort("Échéance la plus proche", "next_due_on", date.fromisoformat),
}
# Quote-parts HT, in euros: from (included), to (excluded).
AMOUNTS: dict[str, tuple[str, Decimal | None, Decimal | None]] = {
    "petit": ("Moins de 10\u202f000\u00a0€", None, Decimal(10_000)),
    "moyen": ("De 10\u202f000 à 25\u202f000\u00a0€", Decimal(10_000), Decimal(25_000)),
    "grand": ("25\u202f000\u00a0€ et plus", Decimal(25_000), None),
}
AGES = (7, 15, 30, 60, 90, 180)
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
    region: str = ""
    edition: str = ""
    # A key of AMOUNTS.
    amount: str = ""
    # At least that many days in the state, counted on `today`.
    age: str = ""
    today: date | None = None
    # What a figure led to: names and values of `figures.marks.MARKS`.
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def is_free(self) -> bool:
        """True where something besides a tab is asked: its counts are capped."""
        asked = (self.state, self.volet, self.officer, self.device, self.verdict, self.region)
        return any((*asked, self.edition, self.amount, self.age, self.words, self.marks))


def tabs_of(user: User) -> dict[str, str]:
    """Return the tabs a person has; « Mes dossiers » is an officer's."""
    return {
        key: label for key, label in TABS.items() if key != "mine" or user.staff_role == StaffRole.OFFICER
    }


def tab_condition(tab: str, user: User, today: date, covered: Collection[int] = ()) -> Q:
    """Return what places a dossier under a tab; a term of today is not late yet.

    `covered` are the accounts of the absent for whom this person stands in: theirs are his too.
    """
    live = ~Q(turn=Turn.ENDED)
    return {
        "mine": (Q(officer__in=[user.pk, *covered]) if covered else Q(officer=user)) & live,
        "unassigned": Q(officer__isnull=True) & live,
        "company": Q(turn=Turn.COMPANY),
        "expert": Q(turn=Turn.EXPERT),
        "late": Q(next_due_on__lt=today) & live,
        "all": Q(),
    }[tab]


def filtered(user: User, wanted: Wanted) -> ListingQuerySet:
    """Return the rows a person may see that answer the filters and hold the words, whatever the tab."""
    found: ListingQuerySet = Listing.objects.all().visible_to(user)
    plain = {
        "state": wanted.state,
        "volet": wanted.volet,
        "verdict": wanted.verdict,
        "device": wanted.device,
        "region": wanted.region,
        "edition": wanted.edition,
        "officer": wanted.officer,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if wanted.amount:
        _, least, most = AMOUNTS[wanted.amount]
        bounds = {"share__gte": least, "share__lt": most}
        found = found.filter(**{name: bound for name, bound in bounds.items() if bound is not None})
    if wanted.marks:
        found = found.filter(marks.condition(wanted.marks))
    if wanted.age and wanted.today:
        last = wanted.today - timedelta(days=int(wanted.age) - 1)
        found = found.filter(state_since__lt=datetime.combine(last, time.min, tzinfo=PARIS))
    return found


def searched(found: ListingQuerySet, wanted: Wanted) -> tuple[ListingQuerySet, bool]:
    """Return the rows that hold the words, or failing any those spelt nearly so, and whether it came to that."""
    if not wanted.words:
        return found, False
    words = words_in(wanted.words)
    if not words:
        return found.none(), False
    exact = holding(found, words)
    if exact.order_by().exists():
        return exact, False
    near = resembling(found, words, trigrams=connection.vendor == "postgresql")
    return (near, True) if near.order_by().exists() else (exact, False)


def matching(user: User, wanted: Wanted) -> DossierQuerySet:
    """Return the dossiers that a person may see and that answer the filters, whatever the tab."""
    found, _ = searched(filtered(user, wanted), wanted)
    return Dossier.objects.visible_to(user).filter(pk__in=found.order_by().values("pk"))


def counts(
    found: ListingQuerySet, user: User, today: date, *, cap: int | None, covered: Collection[int] = ()
) -> Mapping[str, int]:
    """Return the number of dossiers under each tab: exact without a cap, else at most one more than it.

    Where few rows answer they are read once and counted here; else one query counts what is live of them.
    """
    known = tabs_of(user)
    conditions = {tab: tab_condition(tab, user, today, covered) for tab in known}
    if cap is None:
        return _scalars({tab: found.filter(condition) for tab, condition in conditions.items()})
    narrow = {tab: condition for tab, condition in conditions.items() if tab != "all"}
    rows = list(found.order_by().annotate(**_marked(narrow)).values_list(*_marked(narrow))[: cap + 1])
    if len(rows) <= cap:
        sums = [sum(map(bool, column)) for column in zip(*rows, strict=True)] or [0] * len(narrow)
        return {**dict(zip(narrow, sums, strict=True)), "all": len(rows)}
    # Every tab but « all » holds live dossiers, which are few beside the ended ones: one reading counts them.
    live = found.exclude(turn=Turn.ENDED).order_by()
    told = live.aggregate(**{name: Count("pk", filter=one) for name, one in _marked(narrow).items()})
    return {**{tab: min(told[f"in_{tab}"], cap + 1) for tab in narrow}, "all": cap + 1}


def _marked(conditions: Mapping[str, Q]) -> dict[str, Q]:
    """Name the conditions so that no column is called like a tab."""
    return {f"in_{tab}": condition for tab, condition in conditions.items()}


def _scalars(found: Mapping[str, ListingQuerySet]) -> dict[str, int]:
    """Count several sets in one query, each by its own index."""
    parts, params = [], list[Any]()
    for rows in found.values():
        try:
            sql, given = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        # Django's own statement, whose values stay parameters.
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(found, cursor.fetchone(), strict=True))


# What the list shows of each dossier: the rest of its row, of its company and of its device is heavy.
SHOWN = (
    "state",
    "turn",
    "volet",
    "edition",
    "region",
    "verdict",
    "share",
    "submitted_at",
    "state_since",
    "changed_at",
    "next_due_on",
    "next_kind",
    "officer__full_name",
    "officer__email",
    "dossier__number",
    "dossier__volet",
    "dossier__version",
    "dossier__state",
    "dossier__device_kind",
    "dossier__device_class",
    "dossier__company__name",
    "dossier__device__name",
)


def with_dossiers(found: ListingQuerySet) -> ListingQuerySet:
    """Return rows with what the list shows of each dossier, and nothing else."""
    return found.select_related("dossier__company", "dossier__device", "officer").only(*SHOWN)


def officers(today: date | None = None) -> QuerySet[User]:
    """Return the officers whom a list may be filtered by, those who left included.

    With a date, `covered_by` is the account that stands in for each that day, None where none does.
    """
    found = User.objects.filter(staff_role=StaffRole.OFFICER).order_by("full_name", "pk")
    if today is None:
        return found
    covers = Absence.objects.covered(today).filter(person=OuterRef("pk"))
    return found.annotate(covered_by=Subquery(covers.order_by("pk").values("cover")[:1]))


def covered_by(user: User, today: date) -> list[int]:
    """Return the accounts of the absent for whom a person stands in that day."""
    if user.staff_role != StaffRole.OFFICER:
        return []
    return list(Absence.objects.covered(today).filter(cover=user).values_list("person", flat=True))


# --- Terms ---------------------------------------------------------------------------------------
def running_deadlines(user: User, *, officers: Collection[int] = (), kind: str = "") -> QuerySet[Deadline]:
    """Return the running terms of the dossiers a person may see, the nearest first."""
    found = Deadline.objects.filter(
        closed_on__isnull=True, dossier__in=Dossier.objects.visible_to(user)
    ).exclude(dossier__state__in=sorted(ENDED))
    if officers:
        found = found.filter(dossier__officer__in=officers)
    if kind:
        found = found.filter(kind=kind)
    return found.select_related("dossier__company", "dossier__officer", "mission__firm").order_by(
        "due_on", "pk"
    )


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
