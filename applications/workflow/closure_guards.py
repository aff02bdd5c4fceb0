"""The conditions of the closure and of the payment: statements that are true when satisfied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from applications.workflow.policy import policy
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Actor, Situation

# The hold that names a third party, and that two persons lift: `Hold.Reason.ASSIGNMENT`.
ASSIGNMENT = "assignment"


# --- Closure -----------------------------------------------------------------------------------
def closure_is_complete(situation: Situation) -> Iterator[Obstacle]:
    """Report, signed quote, acquitted invoices of the company's share and Bpifrance's invoice are there."""
    yield from situation.facts.preflight(situation.the_mission).obstacles("lignes", "rapport", "devis")


def invoices_match_shares(situation: Situation) -> Iterator[Obstacle]:
    """Each addressee's invoices add up to its final share, to the cent."""
    yield from situation.facts.preflight(situation.the_mission).obstacles("entreprise", "bpifrance")


def _not_before(situation: Situation, name: str, day: date | None, sentence: str) -> Iterator[Obstacle]:
    """The input `name` is not before `day`; `sentence` names that day's event."""
    typed = situation.inputs.get(name)
    if isinstance(typed, date) and day is not None and typed < day:
        yield Obstacle(
            f"{name}_too_early",
            f"Cette date est antérieure {sentence}, le {day:%d/%m/%Y}.",
            "Indiquez la date réelle.",
            field=name,
        )


def report_follows_start(situation: Situation) -> Iterator[Obstacle]:
    """The report is given to the company after the work began."""
    started = situation.the_mission.work_started_on
    yield from _not_before(situation, "report_given_on", started, "au début de la prestation")


def restitution_follows_start(situation: Situation) -> Iterator[Obstacle]:
    """The restitution takes place after the work began."""
    started = situation.the_mission.work_started_on
    yield from _not_before(situation, "restitution_on", started, "au début de la prestation")


def payment_follows_approval(situation: Situation) -> Iterator[Obstacle]:
    """Nothing is paid before the payment was approved."""
    approved = situation.the_mission.payment_approved_on
    yield from _not_before(situation, "paid_on", approved, "à la validation du paiement")


def sending_follows_report(situation: Situation) -> Iterator[Obstacle]:
    """The report is sent to the ministries after it was given to the company."""
    given = [m.report_given_on for m in situation.facts.missions if m.is_current and m.report_given_on]
    yield from _not_before(situation, "sent_on", max(given, default=None), "à la remise du rapport")


def restitution_is_open(situation: Situation) -> Iterator[Obstacle]:
    """The restitution is neither confirmed nor settled yet."""
    if situation.the_mission.restitution_on is not None:
        yield Obstacle("restitution_done", "La restitution est déjà confirmée.")


def restitution_is_not_contested(situation: Situation) -> Iterator[Obstacle]:
    """The company contests once."""
    if situation.the_mission.restitution_contested_at is not None:
        yield Obstacle("contested_already", "Vous avez déjà contesté la restitution.")


def restitution_silence_is_over(situation: Situation) -> Iterator[Obstacle]:
    """The officer settles the restitution only 10 days after the closure was sent, without a word."""
    sent = situation.the_mission.closure_submitted_on
    if sent is None or situation.today < sent + timedelta(days=policy().restitution_days):
        yield Obstacle(
            "restitution_waits",
            f"L’entreprise a {policy().restitution_days} jours après l’envoi de la clôture pour se prononcer.",
            "Attendez ce délai, ou rappelez l’entreprise.",
        )


def evidence_is_given(situation: Situation) -> Iterator[Obstacle]:
    """The officer says on what evidence the restitution is held to have taken place."""
    if len(situation.text("evidence")) < 10:
        yield Obstacle(
            "evidence_missing", "La preuve manque.", "Dites sur quoi vous vous fondez.", field="evidence"
        )


def restitution_is_confirmed(situation: Situation) -> Iterator[Obstacle]:
    """The restitution took place: a condition of payment (edition 2024, §2.4)."""
    if situation.the_mission.restitution_on is None:
        yield Obstacle(
            "no_restitution",
            "La restitution n’est pas confirmée par l’entreprise.",
            "Elle peut la confirmer sur sa page ; dix jours après l’envoi de la clôture, vous tranchez sur preuve.",
        )


def nothing_is_held(situation: Situation) -> Iterator[Obstacle]:
    """No hold is on the mission."""
    for hold in situation.facts.open_holds(situation.the_mission):
        yield Obstacle(
            f"hold:{hold.reason}",
            f"Le paiement est suspendu : {hold.get_reason_display().lower()}.",
            "La suspension doit être levée avec un motif.",
        )


def contract_is_signed(situation: Situation) -> Iterator[Obstacle]:
    """The contract bears its last signature."""
    contract = situation.facts.contract
    if contract is None or contract.signed_by_company_at is None:
        yield Obstacle("contract_unsigned", "Le contrat n’est pas signé par l’entreprise.")


def iban_is_known(situation: Situation) -> Iterator[Obstacle]:
    """The firm's bank account is recorded."""
    if not situation.the_mission.firm.iban:
        yield Obstacle(
            "no_iban", "Les coordonnées bancaires de l’expert manquent.", "Demandez-lui de les enregistrer."
        )


def iban_is_the_approved_one(situation: Situation) -> Iterator[Obstacle]:
    """The account to pay is the one approved, or the one accepted since by lifting a hold set after its change."""
    if situation.facts.released_order(situation.the_mission) is not None:
        # The file bears the account that was approved, whatever the firm changed since.
        return
    if not situation.the_mission.account_is_approved:
        yield Obstacle(
            "iban_changed",
            "Le compte de l’expert n’est plus celui qui a été validé : le paiement ne peut pas partir.",
            "Suspendez le paiement pour changement de coordonnées bancaires, vérifiez le nouveau compte auprès "
            "du cabinet, puis levez la suspension.",
        )


def account_is_not_held(situation: Situation) -> Iterator[Obstacle]:
    """No hold for a changed account is on the mission yet."""
    if any(hold.reason == hold.Reason.IBAN for hold in situation.facts.open_holds(situation.the_mission)):
        yield Obstacle("held_already", "Le paiement est déjà suspendu pour ce motif.")


def no_file_has_left(situation: Situation) -> Iterator[Obstacle]:
    """The payment is in no approved batch: there, it keeps the account that was approved."""
    if situation.facts.released_order(situation.the_mission) is not None:
        yield Obstacle("batch_left", "Le virement est dans un lot validé\u00a0: il garde le compte validé.")


def order_is_released(situation: Situation) -> Iterator[Obstacle]:
    """A payment that was put in a batch is recorded once the batch is approved."""
    order = situation.facts.open_order(situation.the_mission)
    if order is not None and order.batch.status != order.batch.Status.APPROVED:
        yield Obstacle(
            "batch_waits",
            f"Ce paiement est dans le lot {order.batch}, qui n’est pas validé.",
            "Validez le lot, ou retirez-en ce virement.",
        )


def payment_is_of_its_order(situation: Situation) -> Iterator[Obstacle]:
    """A payment that left in a batch is recorded under its order's own reference, so that it is matched once."""
    order = situation.facts.open_order(situation.the_mission)
    if order is not None and situation.text("reference") not in {"", order.reference}:
        yield Obstacle(
            "reference_of_order",
            f"Ce paiement est dans le lot {order.batch}, sous la référence {order.reference}.",
            "Rapprochez-le sous cette référence\u00a0; un autre virement paierait deux fois.",
            field="reference",
        )


def service_is_certified(situation: Situation) -> Iterator[Obstacle]:
    """The service was certified done, on the closure as it stands."""
    if situation.facts.certificate(situation.the_mission) is None:
        yield Obstacle(
            "not_certified",
            "Le service fait n’est pas certifié.",
            "Le chargé d’affaires le certifie, une fois la clôture contrôlée.",
        )


def service_is_not_certified(situation: Situation) -> Iterator[Obstacle]:
    """The service is certified once for one closure."""
    if situation.facts.certificate(situation.the_mission) is not None:
        yield Obstacle("certified_already", "Le service fait est déjà certifié.")


def payment_is_described(situation: Situation) -> Iterator[Obstacle]:
    """The payment has its bank reference."""
    if not situation.text("reference"):
        yield Obstacle(
            "reference_missing", "La référence du virement manque.", "Recopiez-la.", field="reference"
        )


def a_payment_stands(situation: Situation) -> Iterator[Obstacle]:
    """There is a payment that is not reversed."""
    if situation.facts.standing_payment(situation.the_mission) is None:
        yield Obstacle("no_payment", "Aucun paiement n’est à annuler.")


def hold_is_described(situation: Situation) -> Iterator[Obstacle]:
    """The reason of the hold is one of the list and is not held already."""
    reason = situation.text("reason")
    if reason not in situation.facts.hold_reasons:
        yield Obstacle(
            "reason_missing", "La raison de la suspension manque.", "Choisissez-la.", field="reason"
        )
    elif reason in {hold.reason for hold in situation.facts.open_holds(situation.the_mission)}:
        yield Obstacle("held_already", "Cette suspension est déjà posée.", field="reason")
    elif reason == ASSIGNMENT:
        yield from _assignment_is_documented(situation)


def _assignment_is_documented(situation: Situation) -> Iterator[Obstacle]:
    """An assignment of the claim names who it went to, when Bpifrance was told, and keeps the deed."""
    if len(situation.text("assignee")) < 2:
        yield Obstacle(
            "assignee_missing",
            "Le cessionnaire manque.",
            "Nommez l’établissement ou la personne.",
            field="assignee",
        )
    if not isinstance(situation.inputs.get("notified_on"), date):
        yield Obstacle(
            "notified_missing",
            "La date de notification manque.",
            "Indiquez-la au format JJ/MM/AAAA.",
            field="notified_on",
        )
    if not situation.inputs.get("deed"):
        yield Obstacle("deed_missing", "L’acte de cession manque.", "Joignez-le en PDF.", field="deed")


def return_is_described(situation: Situation) -> Iterator[Obstacle]:
    """The bank's reason for the return is one of the list, and what follows is said: pay anew, or hold."""
    if situation.text("bank_reason") not in situation.facts.return_reasons:
        yield Obstacle(
            "bank_reason_missing", "La raison du retour manque.", "Choisissez-la.", field="bank_reason"
        )
    if situation.text("then") not in {"pay", "hold"}:
        yield Obstacle("then_missing", "La suite manque.", "Choisissez-la.", field="then")


def hold_is_of_two(situation: Situation) -> bool:
    """True for the assignment of a claim, which two persons lift."""
    wanted = situation.inputs.get("hold")
    return any(
        hold.pk == wanted and hold.reason == hold.Reason.ASSIGNMENT
        for hold in situation.facts.open_holds(situation.the_mission)
    )


def hold_is_liftable(situation: Situation) -> Iterator[Obstacle]:
    """The hold is on this mission; work started early is lifted by a manager only."""
    wanted = situation.inputs.get("hold")
    hold = next((h for h in situation.facts.open_holds(situation.the_mission) if h.pk == wanted), None)
    if hold is None:
        yield Obstacle("no_hold", "Cette suspension n’existe pas ou n’est plus posée.", field="hold")
    elif hold.reason == hold.Reason.STARTED_EARLY and Actor.MANAGER not in situation.standing:
        yield Obstacle(
            "manager_lifts",
            "Seul un responsable lève cette suspension.",
            "Transmettez-lui votre avis.",
            field="hold",
        )
