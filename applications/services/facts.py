"""What guards may ask about a dossier, read at most once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, Sum

from applications.models import (
    Amendment,
    Contract,
    Deadline,
    Derogation,
    Dossier,
    Envelope,
    Hold,
    Mission,
    Payment,
    PaymentOrder,
    PendingApproval,
    ServiceCertificate,
    ServiceContract,
    Signatory,
)
from applications.services.contents import item_labels
from applications.services.evaluation import (
    Json,
    case_of,
    decision_evaluation,
    evaluate_case,
    last_filed,
    latest_quote,
    merged,
)
from applications.services.extension import months_allowed
from applications.services.judged_again import rules_of_items
from applications.services.preflight import Preflight, examine
from applications.services.settlement import contracted_amounts, contracted_by_dossier, shifted
from applications.services.signing import sealed_hash
from applications.workflow.refusals import Obstacle
from experts.models import ExpertFirm
from portal.accounts.models import Delegation, User
from portal.audit.models import Event
from portal.display import euros
from tariffs import catalogue
from tariffs.engine.facts import CaseError

EXPERT_RULES = ("expert.accredited", "expert.passi", "expert.passi_scope")
# Where an event's data names who else took part in its act.
PARTAKERS = ("first", "by_delegation_of", "first_by_delegation_of")
REJECTING = ("reject", "reject_asked")
ENTERING = ("assistance_opened", "assistance_passed")
MONEY_ACTS = ("approve", "approve_payment", "mark_paid")


class DossierFacts:
    """Lazily read facts of one dossier on one day."""

    def __init__(self, dossier: Dossier, *, today: date, now: datetime) -> None:
        self.dossier, self.today, self.now = dossier, today, now
        self.examined: dict[int, Preflight] = {}

    # --- Evaluations
    @cached_property
    def filing_case(self) -> Json:
        """The request as it stands, as the engine reads it today."""
        return case_of(self.dossier, on=self.today)

    @cached_property
    def filing_evaluation(self) -> Json:
        """The request as it stands, judged today; at a resubmission only what was named is judged again."""
        fresh = evaluate_case(self.filing_case)
        request = self.dossier.completion_requests.filter(answered_at__isnull=True).first()
        snapshot = last_filed(self.dossier) if request is not None else None
        if request is None or snapshot is None:
            return fresh
        named = rules_of_items(list(request.items.all()), [f["rule"] for f in fresh["findings"]])
        kept = merged(snapshot.evaluation, fresh, named)
        return {**fresh, "findings": kept["findings"], "verdict": kept["verdict"]}

    @cached_property
    def decision_evaluation(self) -> Json:
        """What a decision judges."""
        return decision_evaluation(self.dossier, today=self.today)

    @cached_property
    def decision_findings(self) -> dict[str, Json]:
        """Findings of the decision, by rule."""
        return {finding["rule"]: finding for finding in self.decision_evaluation["findings"]}

    @cached_property
    def finding_outcomes(self) -> dict[str, str]:
        """What the officer concluded, by rule."""
        return dict(self.dossier.finding_decisions.values_list("rule", "outcome"))

    @cached_property
    def overridable_rules(self) -> frozenset[str]:
        """Rules whose failure the edition lets an officer and a manager override."""
        edition = catalogue.get_edition(self.dossier.edition)
        return frozenset(rule.name for rule in edition.rules if rule.overridable)

    @property
    def term_months(self) -> int | None:
        """Months of the term, None while the edition can't tell."""
        months: int | None = self.decision_evaluation["term"]["months"]
        return months

    @property
    def extension_months(self) -> int:
        """Months by which the edition lets a term be extended: 0 where it allows none."""
        return months_allowed(self.dossier)

    @cached_property
    def was_extended(self) -> bool:
        """True once an extension was signed by all."""
        granted = self.dossier.amendments.filter(status=Amendment.Status.SIGNED, new_due_on__isnull=False)
        return bool(granted.exists())

    # --- The day's checks
    @cached_property
    def day_obstacles(self) -> list[Obstacle]:
        """Insolvency, volet use, accreditation and PASSI on the day."""
        return list(self._day_obstacles())

    def _day_obstacles(self) -> Iterator[Obstacle]:
        company = self.dossier.company
        if company.insolvency_recorded_on or company.facts.get("insolvency_proceedings") is True:
            yield Obstacle(
                "insolvency",
                "L’entreprise fait l’objet d’une procédure collective.",
                "Vérifiez-le, puis rejetez ou annulez le dossier.",
            )
        for rule in ("company.volet_unused", *EXPERT_RULES):
            finding = self.decision_findings.get(rule)
            # A judgement once given stands for `review`; a `fail` of the day never passes.
            if finding is not None and finding["status"] == "fail":
                yield Obstacle(f"day:{rule}", finding["message"], finding["remedy"] or "")

    def firm_obstacles(self, firm: ExpertFirm) -> Iterator[Obstacle]:
        """What forbids a new firm to take over today: it must pass `expert.*`."""
        evaluation = evaluate_case(case_of(self.dossier, on=self.today, firm=firm))
        for finding in evaluation["findings"]:
            if finding["rule"] in EXPERT_RULES and finding["status"] not in {"pass", "not_applicable"}:
                if finding["rule"] == "expert.accredited" and finding["status"] == "review":
                    continue
                yield Obstacle(
                    f"firm:{finding['rule']}", finding["message"], finding["remedy"] or "", field="firm"
                )

    def amended_quote_obstacles(
        self, lines: list[Json], *, firm: ExpertFirm | None = None
    ) -> Iterator[Obstacle]:
        """An amended quote keeps volet and edition, raises no share, and stays within what was contracted."""
        if not lines:
            yield Obstacle(
                "lines_missing", "Le devis modifié n’a aucune ligne.", "Saisissez-les.", field="lines"
            )
            return
        try:
            evaluation = evaluate_case(case_of(self.dossier, on=self.today, firm=firm, lines=lines))
            whole = evaluate_case(case_of(self.dossier, on=self.today, lines=self._whole_with(lines, firm)))
        except CaseError as error:
            yield Obstacle("lines_wrong", error.message, field="lines")
            return
        quote_rules = {
            "quote.covered_line",
            "quote.single_volet",
            "quote.performed_by",
            "quote.within_ceilings",
        }
        for finding in evaluation["findings"]:
            accepted = self.finding_outcomes.get(finding["rule"]) == "accepted"
            if accepted and finding["rule"] in self.overridable_rules:
                continue
            if finding["rule"] in quote_rules and finding["status"] == "fail":
                yield Obstacle(
                    f"amended:{finding['rule']}", finding["message"], finding["remedy"] or "", field="lines"
                )
        funding = whole["funding"]
        share = Decimal(funding["bpifrance_share"]) if funding else Decimal(0)
        if share > self.dossier.bpifrance_share:
            yield Obstacle(
                "share_raised",
                f"La quote-part de Bpifrance passerait de {euros(self.dossier.bpifrance_share)} à {euros(share)}.",
                "Un avenant peut la baisser ou la répartir, jamais l’augmenter.",
                field="lines",
            )
        if firm is not None:
            yield from self._beyond_contracted(lines)

    def _whole_with(self, lines: list[Json], firm: ExpertFirm | None) -> list[Json]:
        """Return the lines of all that the dossier would contract; a replacing expert adds nothing to it."""
        whole = contracted_by_dossier(self.dossier)
        if firm is not None and whole:
            return [{"item": item, "amount": amount} for item, amount in whole.items()]
        replaced = any(a.mission_id and a.status == "signed" for a in self.dossier.amendments.all())
        if not replaced:
            return lines
        own = contracted_amounts(latest_quote(self.dossier))
        moved = shifted(whole, own, _summed(lines))
        return [{"item": item, "amount": amount} for item, amount in moved.items()]

    def _beyond_contracted(self, lines: list[Json]) -> Iterator[Obstacle]:
        contracted = contracted_by_dossier(self.dossier) or contracted_amounts(latest_quote(self.dossier))
        labels = item_labels(self.dossier.edition)
        for item, amount in _summed(lines).items():
            if amount > contracted.get(item, Decimal(0)):
                yield Obstacle(
                    f"beyond:{item}",
                    f"Le nouvel expert demande plus que ce qui était contracté pour « {labels.get(item, item)} ».",
                    "Toutes missions réunies, un poste ne dépasse pas son montant contracté.",
                    field="lines",
                )

    # --- People who decided
    def _events(self, *names: str) -> Any:
        return Event.objects.filter(chain=self.dossier.chain, name__in=names)

    def _acts(self, *names: str) -> list[tuple[int | None, Json]]:
        """Return who did these acts, and what each kept."""
        return list(self._events(*names).values_list("actor_ref", "data"))

    @cached_property
    def rejecters(self) -> frozenset[int]:
        """Accounts that took part in a rejection."""
        return self._eyes_of(*REJECTING)

    @cached_property
    def enterers(self) -> frozenset[int]:
        """Accounts that wrote the request for its company; nothing is asked where it wrote itself."""
        if self.dossier.entered is None:
            return frozenset()
        return frozenset(data["entered_by"] for _, data in self._acts(*ENTERING))

    def money_deciders(self, *, besides: str) -> frozenset[int]:
        """Accounts that took part in approve, approve_payment or mark_paid, but for the act `besides`."""
        return self._eyes_of(*(act for act in MONEY_ACTS if act != besides))

    def _eyes_of(self, *names: str) -> frozenset[int]:
        """Return who took part in these acts: first and second persons, and whoever lent them the power."""
        eyes: set[int | None] = set()
        for actor, data in self._acts(*names):
            eyes |= {actor, *(data.get(name) for name in PARTAKERS)}
        return frozenset(eye for eye in eyes if eye is not None)

    # --- Company side
    @cached_property
    def volet_taken(self) -> bool:
        """True when another live or used request, or a past use, holds the volet."""
        company = self.dossier.company
        others = company.dossiers.filter(volet=self.dossier.volet).exclude(pk=self.dossier.pk)
        return (
            others.live().exists()
            or others.using_volet().exists()
            or company.used_volets.filter(volet=self.dossier.volet).exists()
        )

    @cached_property
    def derogation(self) -> Derogation | None:
        """The derogation asked for this dossier."""
        return Derogation.objects.filter(dossier=self.dossier).first()

    @property
    def derogation_counts(self) -> bool:
        """True where the expert of the day is in by a derogation, asked or granted, and not by the pool."""
        finding = self.decision_findings.get("expert.accredited")
        volets = case_of(self.dossier, on=self.today)["expert"] or {}
        accredited = self.dossier.volet in volets.get("accredited_volets", [])
        return finding is not None and self.derogation is not None and not accredited

    @property
    def derogation_waits(self) -> bool:
        """True while a derogation that the expert needs is not decided."""
        return (
            self.derogation is not None and self.derogation.status == "requested" and self.derogation_counts
        )

    def signatory_of(self, user: User | None) -> Signatory | None:
        """The signatory record of a person for this company."""
        if user is None:
            return None
        return Signatory.objects.filter(company=self.dossier.company_id, user=user, is_active=True).first()

    # --- Contract
    @cached_property
    def contract(self) -> Contract | None:
        """The contract, once composed and signed for Bpifrance."""
        return Contract.objects.filter(dossier=self.dossier).first()

    @property
    def contract_is_intact(self) -> bool:
        """True while the contract's terms are those that Bpifrance sealed."""
        return self.contract is not None and sealed_hash(self.contract.terms) == self.contract.sha256

    @property
    def end_awaits_a_manager(self) -> bool:
        """True while an end of work declared after the term waits for a manager."""
        return self.pending is not None and self.pending.transition == "declare_work_done"

    def delegation_of(self, user: User | None) -> Delegation | None:
        """The delegation of signature of a person, in force today."""
        if user is None:
            return None
        return Delegation.objects.in_force(self.today).filter(user=user).first()

    @cached_property
    def service_contract(self) -> ServiceContract | None:
        """The service contract of the current mission."""
        return ServiceContract.objects.filter(mission__dossier=self.dossier, mission__is_current=True).first()

    @cached_property
    def open_amendment(self) -> Amendment | None:
        """The amendment that waits for signatures."""
        return Amendment.objects.filter(dossier=self.dossier, status=Amendment.Status.OPEN).first()

    # --- Missions and money
    @cached_property
    def missions(self) -> list[Mission]:
        """Every mission of the dossier."""
        return list(self.dossier.missions.all())

    def open_holds(self, mission: Mission) -> list[Hold]:
        """Holds not lifted on a mission."""
        return list(mission.holds.filter(lifted_at__isnull=True))

    @property
    def hold_reasons(self) -> frozenset[str]:
        """The reasons a hold may have."""
        return frozenset(Hold.Reason.values)

    def preflight(self, mission: Mission) -> Preflight:
        """The closure as it stands, examined once."""
        if mission.pk not in self.examined:
            self.examined[mission.pk] = examine(mission)
        return self.examined[mission.pk]

    def standing_payment(self, mission: Mission) -> Payment | None:
        """The payment that is not reversed."""
        return Payment.objects.filter(mission=mission, reversed_on__isnull=True).first()

    def certificate(self, mission: Mission) -> ServiceCertificate | None:
        """The standing certificate of service done."""
        return ServiceCertificate.objects.filter(mission=mission, void_at__isnull=True).first()

    @cached_property
    def _open_orders(self) -> dict[int, PaymentOrder]:
        found = PaymentOrder.objects.filter(mission__dossier=self.dossier, status=PaymentOrder.Status.OPEN)
        return {order.mission_id: order for order in found.select_related("batch")}

    def open_order(self, mission: Mission) -> PaymentOrder | None:
        """The transfer order that is in a batch, neither paid nor taken out."""
        return self._open_orders.get(mission.pk)

    def released_order(self, mission: Mission) -> PaymentOrder | None:
        """The open order whose batch was approved: its file may be at the bank."""
        order = self.open_order(mission)
        return order if order is not None and order.batch.status == order.batch.Status.APPROVED else None

    @property
    def return_reasons(self) -> frozenset[str]:
        """The reasons for which a bank returns a transfer."""
        return frozenset(Payment.Return.values)

    @cached_property
    def envelope_remaining(self) -> Decimal | None:
        """What the open envelope can still commit besides this dossier, HT; None without an open envelope."""
        others = Sum("commitments__amount", filter=~Q(commitments__dossier=self.dossier))
        envelope = Envelope.objects.filter(is_open=True).annotate(held=others).first()
        return envelope.amount - (envelope.held or Decimal(0)) if envelope else None

    @cached_property
    def recipients_to_serve(self) -> dict[str, str]:
        """Codes and names of the edition's recipients that the report has not gone to yet."""
        served = set(self.dossier.transmissions.values_list("recipient", flat=True))
        recipients = catalogue.get_edition(self.dossier.edition).report_recipients
        return {named.code: named.label for named in recipients if named.code not in served}

    def deadline_on(self, kind: str) -> date | None:
        """The due date of the running deadline of that kind."""
        running = Deadline.objects.filter(dossier=self.dossier, kind=kind, closed_on__isnull=True)
        return running.values_list("due_on", flat=True).first()

    @cached_property
    def pending(self) -> PendingApproval | None:
        """The act that waits for its second person."""
        return PendingApproval.objects.filter(
            dossier=self.dossier, status=PendingApproval.Status.OPEN
        ).first()


def _summed(lines: list[Json]) -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = {}
    for line in lines:
        amounts[line["item"]] = amounts.get(line["item"], Decimal(0)) + Decimal(str(line["amount"]))
    return amounts
