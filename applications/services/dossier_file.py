"""Reads everything Bpifrance sees of one dossier, in few queries: what is not there is not asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Exists,
    Expression,
    F,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
    prefetch_related_objects,
)

from applications.models import (
    Absence,
    Amendment,
    CompletionItem,
    CompletionRequest,
    Deadline,
    DeliveredLine,
    Derogation,
    Dossier,
    DossierDocument,
    FindingDecision,
    Hold,
    Invoice,
    Letter,
    LetterDraft,
    Message,
    Minutes,
    MinutesVersion,
    Mission,
    MissionReport,
    Note,
    Offer,
    Opinion,
    Payment,
    PendingApproval,
    Quote,
    Satisfaction,
    Snapshot,
    Transmission,
)
from applications.services.compiled import Once
from applications.services.evaluation import UNDECIDED, Json, as_decided, current_evaluation
from applications.services.mission.phases import PlannedPhase, phases_of_planning, with_planning
from applications.services.settlement import contracted_for, settlement_of
from applications.services.talk import Thread, thread_of
from applications.workflow.states import State
from portal.accounts.models import User
from portal.audit.models import Event
from portal.documents.policy import PAGE_SEEN

OTHERS_SHOWN = 20
HISTORY_SHOWN = 300


@dataclass(slots=True)
class MissionFile:
    """One mission with what was filed for it; `settlement` only once something was delivered."""

    mission: Mission
    invoices: list[Invoice] = field(default_factory=list)
    delivered: list[DeliveredLine] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    reports: list[MissionReport] = field(default_factory=list)
    satisfactions: list[Satisfaction] = field(default_factory=list)
    documents: list[DossierDocument] = field(default_factory=list)
    # What was proposed of its minutes, drafts apart; the desk shows the words of those both sides approved.
    minutes: list[MinutesVersion] = field(default_factory=list)
    phases: list[PlannedPhase] = field(default_factory=list)
    settlement: Json | None = None
    contracted: dict[str, Decimal] = field(default_factory=dict)

    @property
    def open_holds(self) -> list[Hold]:
        """The holds not lifted."""
        return [hold for hold in self.holds if hold.lifted_at is None]

    @property
    def standing_payment(self) -> Payment | None:
        """The payment that is not reversed."""
        return next((payment for payment in self.payments if payment.reversed_on is None), None)


@dataclass(slots=True)
class DossierFile:
    """One dossier as the desk reads it."""

    dossier: Dossier
    # As judged, and as it reads once findings are lifted.
    judged: Json
    evaluation: Json
    decisions: dict[str, FindingDecision]
    missions: list[MissionFile]
    documents: list[DossierDocument]
    letters: list[Letter]
    letter_drafts: list[LetterDraft]
    deadlines: list[Deadline]
    amendments: list[Amendment]
    completions: list[CompletionRequest]
    pending: PendingApproval | None
    derogation: Derogation | None
    transmissions: list[Transmission]
    talk: Thread
    notes: list[Note]
    opinions: list[Opinion]
    events: list[Event]


def _has(model: Any, **conditions: Any) -> Exists:
    return Exists(model.objects.filter(dossier=OuterRef("pk"), **conditions))


def _of_missions(model: Any) -> Exists:
    return Exists(model.objects.filter(mission__dossier=OuterRef("pk")))


# What a dossier has: nothing is asked of the parts that are empty.
PRESENCE: dict[str, Expression] = {
    "has_amendments": Once(_has(Amendment)),
    "has_completions": Once(_has(CompletionRequest)),
    "has_decisions": Once(_has(FindingDecision)),
    "has_pending": Once(_has(PendingApproval, status=PendingApproval.Status.OPEN)),
    "has_deadlines": Once(_has(Deadline)),
    "has_transmissions": Once(_has(Transmission)),
    "has_messages": Once(_has(Message)),
    "has_notes": Once(_has(Note)),
    "has_opinions": Once(_has(Opinion)),
    "has_mentions": Once(_has(Note, mentioned__isnull=False)),
    "has_attachments": Once(_has(Message, attachments__isnull=False)),
    "has_letters": Once(_has(Letter)),
    "has_letter_drafts": Once(_has(LetterDraft)),
    "has_invoices": Once(_of_missions(Invoice)),
    "has_delivered_lines": Once(_of_missions(DeliveredLine)),
    "has_holds": Once(_of_missions(Hold)),
    "has_payments": Once(_of_missions(Payment)),
    "has_reports": Once(_of_missions(MissionReport)),
    "has_satisfactions": Once(_of_missions(Satisfaction)),
    "has_minutes": Once(_of_missions(Minutes)),
    "has_planning": Once(
        Exists(Offer.objects.filter(quote__dossier=OuterRef("pk"), state=Offer.State.ACCEPTED))
    ),
}

# As judged at the last snapshot, null while the evaluation still moves.
LAST_EVALUATION = Once(
    Case(
        When(
            ~Q(state__in=[State.DRAFT, State.INCOMPLETE, *UNDECIDED]),
            then=Subquery(
                Snapshot.objects.filter(dossier=OuterRef("pk"))
                .order_by("-taken_at", "-pk")
                .values("evaluation")[:1]
            ),
        ),
        default=None,
        output_field=JSONField(),
    )
)


def find(user: User, pk: int, *, today: date | None = None) -> Dossier:
    """Return the dossier a person may see, with what it has; raises Dossier.DoesNotExist.

    With a date, `absent_until` is the end of its officer's absence that day and `stands_in` the cover's name.
    """
    away = Absence.objects.on(today).filter(person=OuterRef("officer")) if today else Absence.objects.none()
    found: Dossier = (
        Dossier.objects.visible_to(user)
        .select_related("company", "device", "officer", "firm", "contract", "derogation")
        .select_related("derogation__officer", "derogation__manager")
        .annotate(
            **PRESENCE,
            last_evaluation=LAST_EVALUATION,
            absent_until=Subquery(away.order_by("pk").values("until")[:1]),
            stands_in=Subquery(away.order_by("pk").values("cover__full_name")[:1]),
        )
        .get(pk=pk)
    )
    return found


def read(user: User, pk: int, *, today: date) -> DossierFile:
    """Return the whole file of a dossier the person may see; raises Dossier.DoesNotExist."""
    dossier = find(user, pk, today=today)
    _fetch(dossier)
    decisions = _decisions(dossier)
    derogation: Derogation | None = getattr(dossier, "derogation", None)
    pending = dossier.pending_approvals.filter(status="open").select_related("asked_by", "mission__firm")
    judged = current_evaluation(dossier, today=today, last=dossier.last_evaluation)  # type: ignore[attr-defined]
    return DossierFile(
        dossier=dossier,
        judged=judged,
        evaluation=as_decided(judged, decisions.values()),
        decisions=decisions,
        missions=mission_files(dossier),
        documents=[piece for piece in dossier.documents.all() if piece.mission_id is None],
        letters=_if(dossier, "has_letters", dossier.letters.select_related("document")),
        letter_drafts=_if(
            dossier, "has_letter_drafts", LetterDraft.objects.filter(dossier=dossier).select_related("author")
        ),
        deadlines=_if(dossier, "has_deadlines", dossier.deadlines.select_related("mission__firm")),
        amendments=_if(dossier, "has_amendments", dossier.amendments),
        completions=_if(dossier, "has_completions", _completions(dossier)),
        pending=next(iter(_if(dossier, "has_pending", pending)), None),
        derogation=derogation,
        transmissions=_if(dossier, "has_transmissions", dossier.transmissions.select_related("sent_by")),
        talk=_talk(dossier),
        notes=_if(dossier, "has_notes", _notes(dossier)),
        opinions=_if(dossier, "has_opinions", _opinions(dossier)),
        events=history(dossier.chain),
    )


def _talk(dossier: Dossier) -> Thread:
    messages = dossier.messages.all() if dossier.has_messages else Message.objects.none()  # type: ignore[attr-defined]
    return thread_of(messages, for_bpifrance=True, with_files=dossier.has_attachments)  # type: ignore[attr-defined]


def _if(dossier: Dossier, known: str, rows: Any) -> list[Any]:
    return list(rows.all()) if getattr(dossier, known) else []


def _completions(dossier: Dossier) -> QuerySet[CompletionRequest]:
    items = Prefetch("items", CompletionItem.objects.order_by("pk"))
    return dossier.completion_requests.select_related("asked_by").prefetch_related(items)


def _notes(dossier: Dossier) -> QuerySet[Note]:
    people = User.objects.order_by("full_name", "pk")
    named = people if dossier.has_mentions else people.none()  # type: ignore[attr-defined]
    found = Note.objects.filter(dossier=dossier).select_related("author")
    return found.prefetch_related(Prefetch("mentioned", named))


def _opinions(dossier: Dossier) -> QuerySet[Opinion]:
    found = Opinion.objects.filter(dossier=dossier).select_related("asked_by")
    return found.prefetch_related("pieces")


def _decisions(dossier: Dossier) -> dict[str, FindingDecision]:
    rows = _if(dossier, "has_decisions", dossier.finding_decisions.select_related("decided_by"))
    return {decision.rule: decision for decision in rows}


def _fetch(dossier: Dossier) -> None:
    """Read the parts that evaluation and settlement look at, and those of the missions that exist."""
    missions: QuerySet[Mission] = Mission.objects.select_related("firm", "service_contract__document")
    if dossier.has_planning:  # type: ignore[attr-defined]
        missions = with_planning(missions).prefetch_related("phases_done")
    wanted: list[Any] = [
        Prefetch("missions", missions),
        Prefetch("quotes", Quote.objects.prefetch_related("lines")),
        Prefetch("documents", DossierDocument.objects.select_related("document", "added_by")),
    ]
    parts: dict[str, QuerySet[Any]] = {
        "amendments": Amendment.objects.select_related("quote", "mission__firm"),
        "invoices": Invoice.objects.select_related("document"),
        "delivered_lines": DeliveredLine.objects.all(),
        "holds": Hold.objects.select_related("owner", "lifted_by"),
        "payments": Payment.objects.select_related("paid_by"),
        "reports": MissionReport.objects.select_related("document"),
        "satisfactions": Satisfaction.objects.all(),
    }
    for name, rows in parts.items():
        there = getattr(dossier, f"has_{name}")
        path = name if name == "amendments" else f"missions__{name}"
        # An empty set asks nothing of the database, and nobody asks it again.
        wanted.append(Prefetch(path, rows if there else rows.none()))
    prefetch_related_objects([dossier], *wanted)


def mission_files(dossier: Dossier) -> list[MissionFile]:
    """Return the file of each mission of a dossier read by `find`, the current one first."""
    found = []
    minutes = _if(dossier, "has_minutes", _proposed(dossier))
    for mission in sorted(dossier.missions.all(), key=lambda one: (not one.is_current, -one.rank)):
        delivered = _if(dossier, "has_delivered_lines", mission.delivered_lines)
        found.append(
            MissionFile(
                mission=mission,
                invoices=_if(dossier, "has_invoices", mission.invoices),
                delivered=delivered,
                holds=_if(dossier, "has_holds", mission.holds),
                payments=_if(dossier, "has_payments", mission.payments),
                reports=_if(dossier, "has_reports", mission.reports),
                satisfactions=_if(dossier, "has_satisfactions", mission.satisfactions),
                documents=[piece for piece in dossier.documents.all() if piece.mission_id == mission.pk],
                minutes=[one for one in minutes if one.minutes.mission_id == mission.pk],
                phases=_phases(dossier, mission),
                settlement=settlement_of(mission) if delivered else None,
                contracted=contracted_for(mission),
            )
        )
    return found


def _proposed(dossier: Dossier) -> QuerySet[MinutesVersion]:
    found = MinutesVersion.objects.filter(minutes__mission__dossier=dossier)
    return found.exclude(state=MinutesVersion.State.DRAFT).select_related(
        "minutes", "document", "proposed_by", "answered_by"
    )


def _phases(dossier: Dossier, mission: Mission) -> list[PlannedPhase]:
    return phases_of_planning(mission) if dossier.has_planning else []  # type: ignore[attr-defined]


def read_mission(user: User, pk: int) -> MissionFile:
    """Return one mission's file for its payment page; raises Mission.DoesNotExist or Dossier.DoesNotExist."""
    mission = Mission.objects.visible_to(user).get(pk=pk)
    dossier = find(user, mission.dossier_id)
    _fetch(dossier)
    return next(one for one in mission_files(dossier) if one.mission.pk == pk)


def history(chain: str) -> list[Event]:
    """Return the events of a chain with their details, latest first; pages looked at have a list of their own."""
    events = Event.objects.filter(chain=chain).exclude(name=PAGE_SEEN)
    return list(events.select_related("detail").order_by("-sequence")[:HISTORY_SHOWN])


def others(user: User, dossier: Dossier) -> tuple[list[Dossier], list[Dossier]]:
    """Return the company's other dossiers and those of the current expert, twenty of each at most, in one query."""
    current = dossier.current_mission
    firm_id = current.firm_id if current is not None else dossier.firm_id
    missions = Mission.objects.filter(firm=firm_id).values("dossier")
    rows = (
        Dossier.objects.visible_to(user)
        .filter(Q(company=dossier.company_id) | Q(pk__in=missions))
        .exclude(pk=dossier.pk)
        .select_related("company")
        .only("number", "volet", "state", "state_since", "bpifrance_share", "company__name", "submitted_at")
        .order_by(F("submitted_at").desc(), "-pk")[: OTHERS_SHOWN * 2]
    )
    ours = [row for row in rows if row.company_id == dossier.company_id]
    theirs = [row for row in rows if row.company_id != dossier.company_id]
    return ours[:OTHERS_SHOWN], theirs[:OTHERS_SHOWN]
