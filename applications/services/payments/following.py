"""What an expert follows of his payment: received, checked, approved, sent, paid; why it waits, and who has it.

Nothing private is in it: no motive, no note, no name of Bpifrance's people; holds are told in words for the expert.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Case, OuterRef, Prefetch, QuerySet, Subquery, When, prefetch_related_objects

from applications.models import Hold, Invoice, Mission, Payment, PaymentOrder, ServiceCertificate
from applications.services.mission_work import stage_of
from applications.services.payments.due import amount_of
from applications.workflow.policy import policy
from applications.workflow.states import MissionState, State
from experts.models import VatRegime
from portal.accounts.models import User
from portal.clock import civil_date
from portal.display import short_date

# On so many of the last payments rests the usual delay, told only once there are a few of them.
LAST_PAYMENTS, FEWEST_PAYMENTS = 50, 5
HELD: dict[str, tuple[str, str]] = {
    Hold.Reason.STARTED_EARLY: (
        "Un élément de la mission est daté d’avant la signature du contrat",
        "Un responsable de Bpifrance décide.",
    ),
    Hold.Reason.INSOLVENCY: ("Une vérification juridique est en cours", "Bpifrance la mène."),
    Hold.Reason.SEIZURE: (
        "Une opposition au paiement (saisie) est à traiter",
        "Bpifrance vous écrit à ce sujet.",
    ),
    Hold.Reason.ASSIGNMENT: (
        "Votre créance a été cédée à un tiers",
        "Bpifrance vérifie la cession avant de payer.",
    ),
    Hold.Reason.BANK_RETURN: (
        "Le virement est revenu de la banque",
        "Vérifiez l’IBAN de votre cabinet\u00a0; Bpifrance relance ensuite le paiement.",
    ),
    Hold.Reason.RESTITUTION: (
        "L’entreprise conteste la restitution de vos travaux",
        "Bpifrance tranche après vous avoir entendus tous deux.",
    ),
    Hold.Reason.IBAN: (
        "Le compte de votre cabinet a changé",
        "Bpifrance vérifie le nouveau compte avec vous.",
    ),
    Hold.Reason.OTHER: ("Une vérification est en cours", "Bpifrance la mène."),
}
AMOUNTS = {
    VatRegime.STANDARD: "Bpifrance paie le TTC de votre facture.",
    VatRegime.FRANCHISE: "Sans TVA\u00a0: franchise en base, article 293 B du CGI.",
    VatRegime.REVERSE_CHARGE: "Bpifrance paie le HT et déclare elle-même la TVA (autoliquidation).",
}


@dataclass(frozen=True, slots=True)
class Held:
    """Why a payment waits, in words for the expert; who has it; since when."""

    what: str
    who: str
    since: date


@dataclass(frozen=True, slots=True)
class Following:
    """The payment of one mission, as its expert follows it; `steps` are those of the timeline component."""

    mission: Mission
    steps: list[dict[str, Any]]
    held: list[Held]
    payment: Payment | None
    returned: list[Payment]
    sent_back: bool
    ht: Decimal | None
    amount: Decimal | None
    basis: str

    @property
    def expected_on(self) -> date | None:
        """When it should be paid, None once it is or while nobody can say."""
        last = self.steps[-1]
        return None if last["done"] or self.held else last["expected"]


def followed(user: User) -> QuerySet[Mission]:
    """Return the person's missions whose closure was sent, those to be paid first, the oldest closure first."""
    return (
        Mission.objects.visible_to(user)
        .filter(closure_submitted_on__isnull=False)
        .exclude(state=MissionState.ENDED)
        .select_related("dossier__company", "firm")
        .annotate(is_paid=Case(When(state=MissionState.PAID, then=1), default=0))
        .order_by("is_paid", "closure_submitted_on", "pk")
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What a person's firms received and still await, euros: HT, and what is transferred by each VAT regime."""

    received_ht: Decimal
    received: Decimal
    awaited_ht: Decimal
    awaited: Decimal


def totals_of(user: User) -> Totals:
    """Return the totals of every mission that the person follows, those of other pages of the list included."""
    standing = Payment.objects.filter(mission=OuterRef("pk"), reversed_on__isnull=True)
    lean = followed(user).select_related(None).select_related("firm")
    missions = lean.annotate(
        received_ht=Subquery(standing.values("ht")[:1]), received=Subquery(standing.values("ttc")[:1])
    )
    received_ht = received = awaited_ht = awaited = Decimal("0.00")
    invoices = Prefetch("invoices", _invoices(), to_attr="bpifrance_invoices")
    for mission in missions.prefetch_related(invoices):
        if mission.received is not None:
            received_ht, received = received_ht + mission.received_ht, received + mission.received
        else:
            for invoice in mission.bpifrance_invoices[:1]:
                awaited_ht += invoice.ht
                awaited += amount_of(invoice, mission.firm.vat_regime)
    return Totals(received_ht, received, awaited_ht, awaited)


def _invoices() -> QuerySet[Invoice]:
    return Invoice.objects.filter(addressee=Invoice.Addressee.BPIFRANCE, replaced_at__isnull=True)


def usual_days() -> int | None:
    """Return the median delay of the last payments, in days from the closure's sending; None while they are few."""
    last = Payment.objects.filter(
        reversed_on__isnull=True, mission__closure_submitted_on__isnull=False
    ).order_by("-paid_on", "-pk")
    dates = last.values_list("paid_on", "mission__closure_submitted_on")[:LAST_PAYMENTS]
    days = [(paid_on - sent_on).days for paid_on, sent_on in dates if sent_on is not None]
    return round(median(days)) if len(days) >= FEWEST_PAYMENTS else None


def read_papers(missions: Iterable[Mission]) -> None:
    """Read, for all of these missions together, what their following rests on."""
    prefetch_related_objects(
        list(missions),
        Prefetch("holds", Hold.objects.filter(lifted_at__isnull=True), to_attr="open_holds"),
        Prefetch("payments", Payment.objects.order_by("paid_on", "pk"), to_attr="all_payments"),
        Prefetch(
            "certificates", ServiceCertificate.objects.filter(void_at__isnull=True), to_attr="standing_papers"
        ),
        Prefetch(
            "payment_orders",
            PaymentOrder.objects.exclude(status=PaymentOrder.Status.RETIRED)
            .select_related("batch")
            .order_by("pk"),
            to_attr="orders",
        ),
        Prefetch("invoices", _invoices(), to_attr="bpifrance_invoices"),
    )


def following_of(mission: Mission, *, today: date, usual: int | None) -> Following:
    """Return how far a mission's payment is; `read_papers` has read what it rests on."""
    payments: list[Payment] = mission.all_payments  # type: ignore[attr-defined]
    payment = next((one for one in payments if one.reversed_on is None), None)
    invoice = next(iter(mission.bpifrance_invoices), None)  # type: ignore[attr-defined]
    regime = VatRegime(mission.firm.vat_regime)
    amount = None if invoice is None else amount_of(invoice, regime)
    held = [
        Held(*HELD[hold.reason], since=civil_date(hold.set_at))
        for hold in mission.open_holds  # type: ignore[attr-defined]
    ]
    return Following(
        mission=mission,
        steps=_steps(mission, payment, usual, today, held=bool(held)),
        sent_back=stage_of(mission) == State.CLOSURE_INCOMPLETE,
        held=held,
        payment=payment,
        returned=[one for one in payments if one.reversed_on is not None],
        ht=payment.ht if payment else invoice.ht if invoice else None,
        amount=payment.ttc if payment else amount,
        basis=AMOUNTS[regime],
    )


def _steps(
    mission: Mission, payment: Payment | None, usual: int | None, today: date, *, held: bool
) -> list[dict[str, Any]]:
    orders: list[PaymentOrder] = mission.orders  # type: ignore[attr-defined]
    order = next((one for one in reversed(orders) if one.status == PaymentOrder.Status.OPEN), None)
    if payment is not None:
        order = next((one for one in reversed(orders) if one.payment_id == payment.pk), None)
    certificate = next(iter(mission.standing_papers), None)  # type: ignore[attr-defined]
    approved = mission.payment_approved_on if mission.state in SETTLED else None
    left = order.batch.approved_at if order is not None else None
    checked = civil_date(certificate.made_at) if certificate else None
    sent_back = stage_of(mission) == State.CLOSURE_INCOMPLETE
    steps = [
        _step("Reçue", None if sent_back else mission.closure_submitted_on, note=BACK if sent_back else ""),
        _step("Contrôlée", checked, note="" if sent_back else _checking(mission, today)),
        _step("Validée", approved),
        _step("Envoyée en banque", civil_date(left) if left else None, *_sending_expected(order, approved)),
        _step("Payée", payment.paid_on if payment else None, *_paying_expected(mission, order, usual, today)),
    ]
    if left is None and (held or sent_back):
        # Nothing runs meanwhile, and nobody can say when it will.
        for step in steps[SENDING:]:
            step["expected"], step["note"] = None, ""
        steps[-1]["note"] = AFTER_CORRECTIONS if sent_back else AFTER_HOLD
    return _with_current(steps, paid=payment is not None)


SETTLED = frozenset({MissionState.PAYMENT_APPROVED, MissionState.PAID})
# The rank of the first step that is a transfer.
SENDING = 3
AFTER_HOLD = "La date sera connue une fois la suspension levée."
AFTER_CORRECTIONS = "La date sera connue une fois la clôture renvoyée."
BACK = "Bpifrance vous a demandé des corrections\u00a0: renvoyez la clôture."


def _step(label: str, on: date | None, expected: date | None = None, note: str = "") -> dict[str, Any]:
    """Return a step of the timeline; how a date is known is only told while it is expected."""
    return {
        "label": label,
        "done": on is not None,
        "on": on,
        "expected": expected if on is None else None,
        "current": False,
        "note": note if on is None else "",
    }


def _with_current(steps: list[dict[str, Any]], *, paid: bool) -> list[dict[str, Any]]:
    """Mark the first step to come; what is paid went through every step, dated or not."""
    for step in steps:
        if paid:
            step["done"], step["note"], step["expected"] = True, "", None
        elif not step["done"]:
            step["current"] = True
            break
    return steps


def _checking(mission: Mission, today: date) -> str:
    """Say what the control waits for; a contested restitution is told as a hold."""
    sent = mission.closure_submitted_on
    if mission.restitution_on is not None or sent is None:
        return "La restitution est confirmée\u00a0; Bpifrance contrôle la clôture."
    if mission.restitution_contested_at is not None:
        return ""
    last = sent + timedelta(days=policy().restitution_days)
    if last < today:
        return "L’entreprise ne s’est pas prononcée sur la restitution\u00a0: Bpifrance tranche sur preuve."
    return (
        f"L’entreprise a jusqu’au {short_date(last)} pour confirmer la restitution\u00a0; "
        "sans réponse, Bpifrance tranche sur preuve."
    )


def _sending_expected(order: PaymentOrder | None, approved: date | None) -> tuple[date | None, str]:
    if order is None:
        return None, "Le paiement est validé\u00a0; le virement est en préparation." if approved else ""
    return order.batch.execution_on, "Dans un lot de virements, qu’une seconde personne valide."


def _paying_expected(
    mission: Mission, order: PaymentOrder | None, usual: int | None, today: date
) -> tuple[date | None, str]:
    if order is not None and order.batch.approved_at is not None:
        return order.batch.execution_on, "Date d’exécution demandée à la banque."
    if usual is None or mission.closure_submitted_on is None:
        return None, "La date sera connue à la mise en virement."
    day = mission.closure_submitted_on + timedelta(days=usual)
    if day < today:
        return None, f"Le délai médian des derniers paiements, {usual} jours, est dépassé."
    return day, f"Estimation\u00a0: {usual} jours après l’envoi, délai médian des derniers paiements."
