"""Every transition of a dossier on one screen: who, from where to where, on which conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from applications.workflow import assignment_guards as a
from applications.workflow import closure_guards as c
from applications.workflow import entry_guards as e
from applications.workflow import guards as g
from applications.workflow import mission_guards as m
from applications.workflow.guards import Guard
from applications.workflow.situation import COMPANY, Actor, Situation
from applications.workflow.states import State

S = State
OFFICER, MANAGER, CONTROLLER = (
    frozenset({Actor.OFFICER}),
    frozenset({Actor.MANAGER}),
    frozenset({Actor.CONTROLLER}),
)
OWNER, EXPERT, SWEEP = frozenset({Actor.OWNER}), frozenset({Actor.EXPERT}), frozenset({Actor.SWEEP})
DESK = OFFICER | MANAGER
STAFF = DESK | CONTROLLER
HOLDABLE = (
    S.CONTRACT_SENT,
    S.IN_PROGRESS,
    S.WORK_DONE,
    S.CLOSURE_SUBMITTED,
    S.CLOSURE_INCOMPLETE,
    S.PAYMENT_APPROVED,
)
BEFORE_SIGNATURE = (S.DRAFT, S.SUBMITTED, S.UNDER_REVIEW, S.INCOMPLETE, S.APPROVED, S.CONTRACT_SENT)


@dataclass(frozen=True, slots=True)
class Second:
    """A second person: needed when `needed` is true, of one of these roles and never of the first one's role."""

    actors: frozenset[Actor]
    needed: Callable[[Situation], bool]


@dataclass(frozen=True, slots=True)
class Transition:
    """One act. `guards` judge the dossier (and grey the button), `checks` judge what was typed.

    `concerns` are guards that also hide the button: there is nothing of the kind to act on.

    `target` None keeps the state. `elsewhere` is the target when the effect finds no officer. `on_mission`
    acts on one mission's state, which is the dossier's for its current mission; `waiting` also on the mission
    of a new expert whose amendment is not signed by all.
    """

    name: str
    label: str
    sources: tuple[State, ...]
    target: State | None
    actors: frozenset[Actor]
    concerns: tuple[Guard, ...] = ()
    guards: tuple[Guard, ...] = ()
    checks: tuple[Guard, ...] = ()
    second: Second | None = None
    on_mission: bool = False
    waiting: bool = False
    elsewhere: State | None = None
    danger: bool = False


def _t(
    name: str,
    label: str,
    sources: tuple[State, ...],
    target: State | None,
    actors: frozenset[Actor],
    **rest: object,
) -> Transition:
    return Transition(name, label, sources, target, actors, **rest)  # type: ignore[arg-type]


SIGNING = (m.signatory_may_sign,)
FILED = (g.device_and_firm_are_chosen, g.nothing_is_missing, g.derogation_is_evidenced)
TYPED = (g.motive_is_given,)

# fmt: off
# One act a line, so that the table is read as one.
TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        # --- The request
        _t("submit", "Déposer la demande", (S.DRAFT,), S.SUBMITTED, COMPANY, guards=FILED, checks=(g.review_is_current, g.engagements_are_ticked, g.failure_is_accepted)),
        _t("take", "Prendre en charge", (S.SUBMITTED,), S.UNDER_REVIEW, OFFICER, guards=(a.assigned_is_not_rejecter, e.assigned_did_not_enter)),
        _t("assign", "Affecter", (S.SUBMITTED,), S.UNDER_REVIEW, MANAGER, checks=(a.officer_is_assignable, a.assigned_is_not_rejecter, e.assigned_did_not_enter)),
        _t("assign_by_rules", "Affecter par les règles", (S.SUBMITTED,), S.UNDER_REVIEW, SWEEP, checks=(a.officer_is_assignable, a.assigned_is_not_rejecter, e.assigned_did_not_enter)),
        _t("reassign", "Réaffecter", (S.UNDER_REVIEW, S.INCOMPLETE, S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS, S.WORK_DONE, S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE, S.PAYMENT_APPROVED, S.PAID), None, MANAGER, checks=(a.officer_is_assignable, a.assigned_is_another, a.assigned_is_not_rejecter, e.assigned_did_not_enter, *TYPED)),
        _t("request_completion", "Demander un complément", (S.SUBMITTED, S.UNDER_REVIEW), S.INCOMPLETE, OFFICER, guards=(g.actor_did_not_reject, e.actor_did_not_enter), checks=(g.completion_items_are_named,)),
        _t("resubmit", "Déposer le complément", (S.INCOMPLETE,), S.UNDER_REVIEW, COMPANY, guards=FILED, checks=(g.review_is_current,), elsewhere=S.SUBMITTED),
        _t("abandon", "Constater l’abandon", (S.INCOMPLETE,), S.ABANDONED, SWEEP, guards=(m.deadline_is_over("completion"),)),
        # --- The review
        _t("decide_finding", "Trancher un constat", (S.UNDER_REVIEW,), None, OFFICER, guards=(g.actor_did_not_reject, e.actor_did_not_enter), checks=(g.finding_exists, g.outcome_is_known, *TYPED)),
        _t("advise_derogation", "Donner un avis sur la dérogation", (S.UNDER_REVIEW,), None, OFFICER, concerns=(g.derogation_is_open,), guards=(g.actor_did_not_reject, e.actor_did_not_enter), checks=TYPED),
        _t("decide_derogation", "Décider la dérogation", (S.UNDER_REVIEW,), None, MANAGER, concerns=(g.derogation_is_open,), guards=(g.actor_did_not_reject, g.derogation_is_advised, e.actor_did_not_enter), checks=TYPED),
        _t("approve", "Accepter la demande", (S.UNDER_REVIEW,), S.APPROVED, OFFICER, guards=(g.derogation_is_decided, g.findings_are_settled, g.day_checks_pass, g.term_is_known, g.funding_is_known, g.envelope_has_room, g.takes_no_other_decision("approve"), g.actor_did_not_reject, e.actor_did_not_enter), second=Second(MANAGER, g.needs_manager_at_approval)),
        _t("reject", "Rejeter la demande", (S.UNDER_REVIEW,), S.REJECTED, OFFICER, guards=(g.actor_did_not_reject, e.actor_did_not_enter), checks=(g.rules_are_cited, *TYPED), second=Second(MANAGER, g.was_reviewed), danger=True),
        _t("request_review", "Demander le réexamen", (S.REJECTED,), S.SUBMITTED, COMPANY, guards=(g.review_is_possible,), checks=TYPED),
        # --- The contract
        _t("declare_conflict", "Déclarer ses intérêts", (S.SUBMITTED, S.UNDER_REVIEW, S.INCOMPLETE, S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), None, EXPERT, on_mission=True, waiting=True, guards=(m.charter_is_accepted,), checks=(m.conflict_statement_is_given,)),
        _t("sign_for_bpifrance", "Signer pour Bpifrance", (S.APPROVED, S.CONTRACT_SENT), None, MANAGER, guards=(m.signatory_has_delegation, m.contract_is_not_signed_yet, m.no_amendment_is_open)),
        _t("send_contract", "Envoyer le contrat", (S.APPROVED,), S.CONTRACT_SENT, OFFICER, guards=(m.bpifrance_signed, m.conflict_is_declared, m.no_amendment_is_open, g.day_checks_pass)),
        _t("sign", "Signer le contrat", (S.CONTRACT_SENT,), S.IN_PROGRESS, frozenset({Actor.SIGNATORY}), guards=(m.contract_is_intact, *SIGNING, m.no_amendment_is_open), checks=(m.identity_is_confirmed,)),
        _t("unsigned", "Constater le défaut de signature", (S.CONTRACT_SENT,), S.LAPSED, SWEEP, guards=(m.deadline_is_over("signature"),)),
        # --- The work
        _t("start_work", "Déclarer le démarrage", (S.IN_PROGRESS,), None, EXPERT, on_mission=True, guards=(m.conflict_is_declared, m.service_contract_is_there, m.work_did_not_start), checks=(g.date_is_given("work_started_on"), m.start_follows_signature)),
        _t("amend", "Signer un avenant", (S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), None, OFFICER | EXPERT | {Actor.SIGNATORY}, guards=(m.amendment_is_signable,), checks=(m.amendment_signer_is_sure,)),
        _t("drop_amendment", "Abandonner l’avenant", (S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), None, DESK, concerns=(m.an_amendment_is_open,), checks=TYPED),
        _t("replace_expert", "Remplacer l’expert", (S.UNDER_REVIEW, S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), None, MANAGER, guards=(m.no_amendment_is_open,), checks=(m.replacement_is_possible, *TYPED)),
        _t("request_extension", "Demander une prolongation", (S.IN_PROGRESS,), None, COMPANY, concerns=(m.the_edition_extends,), guards=(m.an_extension_may_be_asked,), checks=TYPED),
        _t("extend", "Accorder la prolongation", (S.IN_PROGRESS,), None, MANAGER, concerns=(m.the_edition_extends, m.an_extension_is_asked), guards=(m.no_amendment_is_open,), checks=TYPED),
        _t("decline_extension", "Refuser la prolongation", (S.IN_PROGRESS,), None, MANAGER, concerns=(m.the_edition_extends, m.an_extension_is_asked), guards=(m.no_amendment_is_open,), checks=TYPED),
        _t("declare_work_done", "Déclarer la fin de la prestation", (S.IN_PROGRESS,), S.WORK_DONE, EXPERT, on_mission=True, guards=(m.work_started, m.no_amendment_is_open), checks=(g.date_is_given("work_ended_on"), m.end_follows_start, m.end_is_within_term, m.lateness_is_accepted), second=Second(MANAGER, g.declared_after_term)),
        _t("give_notice", "Mettre en demeure", (S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), None, SWEEP, guards=(m.no_end_awaits_a_manager, m.term_is_over,)),
        _t("lapse", "Constater la caducité", (S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS), S.LAPSED, SWEEP, guards=(m.no_end_awaits_a_manager, m.deadline_is_over("lapse"),)),
        _t("reopen", "Rouvrir le dossier caduc", (S.LAPSED,), S.WORK_DONE, MANAGER, guards=(m.lapse_can_be_reopened, g.volet_is_free, g.envelope_has_room), checks=(g.date_is_given("work_started_on"), g.date_is_given("work_ended_on"), m.start_follows_signature, m.end_follows_start, m.end_is_within_term, *TYPED)),
        # --- The closure
        _t("submit_closure", "Envoyer la clôture", (S.WORK_DONE, S.CLOSURE_INCOMPLETE), S.CLOSURE_SUBMITTED, EXPERT, on_mission=True, guards=(c.closure_is_complete, c.invoices_match_shares), checks=(g.date_is_given("report_given_on"), c.report_follows_start)),
        _t("confirm_restitution", "Confirmer la restitution", (S.WORK_DONE, S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE), None, COMPANY, on_mission=True, concerns=(c.restitution_is_open,), checks=(g.date_is_given("restitution_on"), c.restitution_follows_start)),
        _t("contest_restitution", "Contester la restitution", (S.WORK_DONE, S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE), None, COMPANY, on_mission=True, concerns=(c.restitution_is_open, c.restitution_is_not_contested), checks=TYPED, danger=True),
        _t("settle_restitution", "Trancher la restitution", (S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE), None, OFFICER, on_mission=True, concerns=(c.restitution_is_open,), guards=(c.restitution_silence_is_over,), checks=(g.date_is_given("restitution_on"), c.restitution_follows_start, c.evidence_is_given)),
        _t("request_corrections", "Demander des corrections", (S.CLOSURE_SUBMITTED,), S.CLOSURE_INCOMPLETE, OFFICER, on_mission=True, checks=(g.completion_items_are_named,)),
        _t("refuse_closure", "Refuser la clôture", (S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE), S.CANCELLED, MANAGER, on_mission=True, checks=TYPED, danger=True),
        _t("end_mission", "Mettre fin à la mission remplacée", (S.IN_PROGRESS, S.WORK_DONE, S.CLOSURE_SUBMITTED, S.CLOSURE_INCOMPLETE), None, MANAGER, on_mission=True, concerns=(m.a_replaced_mission_is_open,), checks=TYPED, danger=True),
        _t("set_hold", "Suspendre le paiement", HOLDABLE, None, STAFF, on_mission=True, checks=(c.hold_is_described, *TYPED)),
        _t("lift_hold", "Lever la suspension", HOLDABLE, None, STAFF, on_mission=True, checks=(c.hold_is_liftable, *TYPED), second=Second(STAFF, c.hold_is_of_two)),
        # --- The money
        _t("hold_changed_account", "Suspendre pour un compte changé", (S.PAYMENT_APPROVED,), None, SWEEP, on_mission=True, guards=(c.account_is_not_held, c.no_file_has_left)),
        _t("certify_service", "Certifier le service fait", (S.CLOSURE_SUBMITTED,), None, OFFICER, on_mission=True, concerns=(c.service_is_not_certified,), guards=(c.contract_is_signed, c.closure_is_complete, c.invoices_match_shares, c.restitution_is_confirmed)),
        _t("approve_payment", "Valider le paiement", (S.CLOSURE_SUBMITTED,), S.PAYMENT_APPROVED, CONTROLLER, on_mission=True, guards=(c.contract_is_signed, c.closure_is_complete, c.invoices_match_shares, c.restitution_is_confirmed, c.service_is_certified, c.nothing_is_held, c.iban_is_known, g.earlier_missions_are_settled, g.takes_no_other_decision("approve_payment"))),
        _t("mark_paid", "Enregistrer le paiement", (S.PAYMENT_APPROVED,), S.PAID, CONTROLLER | MANAGER, on_mission=True, guards=(c.nothing_is_held, c.iban_is_known, c.iban_is_the_approved_one, c.order_is_released, g.takes_no_other_decision("mark_paid")), checks=(c.payment_is_described, c.payment_is_of_its_order, g.date_is_given("paid_on"), c.payment_follows_approval)),
        _t("reverse_payment", "Annuler le paiement", (S.PAID, S.CLOSED), S.PAYMENT_APPROVED, CONTROLLER | MANAGER, on_mission=True, guards=(c.a_payment_stands,), checks=(c.return_is_described, *TYPED), second=Second(CONTROLLER | MANAGER, g.always), danger=True),
        _t("forward_report", "Enregistrer la transmission", (S.PAID,), None, OFFICER, checks=(m.recipients_are_known, g.date_is_given("sent_on"), c.sending_follows_report)),
        _t("close", "Clore le dossier", (S.PAID,), S.CLOSED, OFFICER, guards=(m.every_mission_is_over, m.report_is_forwarded)),
        # --- The ends
        _t("withdraw", "Retirer la demande", BEFORE_SIGNATURE, S.WITHDRAWN, OWNER, danger=True),
        _t("request_cancellation", "Demander l’annulation", (S.IN_PROGRESS, S.WORK_DONE), None, OWNER, guards=(m.cancellation_is_not_asked,), checks=TYPED, danger=True),
        _t("decline_cancellation", "Refuser l’annulation", (S.IN_PROGRESS, S.WORK_DONE), None, MANAGER, concerns=(m.cancellation_is_asked,), checks=TYPED),
        _t("cancel", "Annuler le dossier", (S.APPROVED, S.CONTRACT_SENT, S.IN_PROGRESS, S.WORK_DONE), S.CANCELLED, MANAGER, checks=TYPED, danger=True),
    )
}
# fmt: on


def transition(name: str) -> Transition:
    """Return the transition `name`; KeyError names the unknown act."""
    return TRANSITIONS[name]
