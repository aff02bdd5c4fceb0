"""What a mission asks of its expert now, and in which group of the expert's list it stands."""

from __future__ import annotations

from datetime import date

from applications.models import Mission, PendingApproval, ServiceContract
from applications.services.expert_sight import Ask, amendment_to_sign, is_over, standing_payment
from applications.services.mission_work import stage_of
from applications.workflow.states import MissionState, State

TO_DECLARE, TO_START, RUNNING, TO_CLOSE, AWAITED, PAID, ENDED = (
    "declare",
    "start",
    "running",
    "close",
    "awaited",
    "paid",
    "ended",
)
GROUPS: dict[str, str] = {
    TO_DECLARE: "À déclarer",
    TO_START: "À démarrer",
    RUNNING: "En cours",
    TO_CLOSE: "À clôturer",
    AWAITED: "En attente de paiement",
    PAID: "Payées",
    ENDED: "Sans suite",
}
"""The groups of the expert's list, in the order of a mission's life."""

_BY_STAGE = {
    State.WORK_DONE: TO_CLOSE,
    State.CLOSURE_INCOMPLETE: TO_CLOSE,
    State.CLOSURE_SUBMITTED: AWAITED,
    State.PAYMENT_APPROVED: AWAITED,
    State.PAID: PAID,
    State.CLOSED: PAID,
}


def group_of(mission: Mission) -> str:
    """Return the group of the expert's list in which the mission stands."""
    stage = stage_of(mission)
    if stage in _BY_STAGE:
        return _BY_STAGE[State(stage)]
    if is_over(mission):
        return ENDED
    if mission.conflict_declared_at is None:
        return TO_DECLARE
    return RUNNING if mission.work_started_on else TO_START


def next_of(mission: Mission) -> str:
    """Return in a few words what comes next, reading nothing more than the mission and its dossier."""
    group, stage = group_of(mission), stage_of(mission)
    if group == TO_DECLARE:
        return "Déclarer vos intérêts"
    if group == TO_START:
        return {
            State.IN_PROGRESS.value: "Déclarer le démarrage",
            State.CONTRACT_SENT.value: "Contrat à signer par l’entreprise",
            State.APPROVED.value: "Contrat en préparation",
        }.get(stage, "Décision de Bpifrance attendue")
    if group == TO_CLOSE:
        return "Corriger la clôture" if stage == State.CLOSURE_INCOMPLETE else "Envoyer la clôture"
    if group == AWAITED:
        return (
            "Virement en préparation" if stage == State.PAYMENT_APPROVED else "Clôture en cours de contrôle"
        )
    return {RUNNING: "Déclarer la fin de la prestation", PAID: "Payée", ENDED: "Sans suite"}[group]


def due_of(mission: Mission) -> tuple[str, date] | None:
    """Return the next date that binds the expert, with its name."""
    stage = stage_of(mission)
    if stage in {State.WORK_DONE, State.CLOSURE_INCOMPLETE} and mission.report_due_on:
        return "Rapport dû le", mission.report_due_on
    if stage == State.IN_PROGRESS and mission.dossier.due_on:
        return "Terme", mission.dossier.due_on
    return None


def asks_of(mission: Mission) -> list[Ask]:
    """Return what is asked of the expert now, the most pressing first, or what there is to wait for."""
    asks = []
    if amendment_to_sign(mission) is not None:
        asks.append(
            Ask("Signer l’avenant", "Un avenant attend votre signature.", form="amendment", tone="warning")
        )
    if is_over(mission):
        return [_end(mission)]
    if mission.conflict_declared_at is None:
        asks.append(
            Ask(
                "Déclarer vos intérêts",
                "Avant tout contrat, dites si un intérêt lie votre cabinet à l’entreprise.",
                form="conflict",
                tone="warning",
            )
        )
    asks += _at_stage(mission)
    return asks


def _at_stage(mission: Mission) -> list[Ask]:
    stage = stage_of(mission)
    if stage in {State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS}:
        return _before_closure(mission, stage)
    if stage == State.WORK_DONE:
        return [
            Ask(
                "Envoyer la clôture",
                "Rapport final, devis signé, factures\u00a0: la liste vous guide.",
                form="closure",
                due_on=mission.report_due_on,
                tone="warning",
            )
        ]
    if stage == State.CLOSURE_INCOMPLETE:
        return [
            Ask("Corriger la clôture", "Bpifrance demande des corrections.", form="closure", tone="warning")
        ]
    if stage == State.CLOSURE_SUBMITTED:
        return [Ask("Clôture envoyée", "Bpifrance la contrôle. Rien n’est attendu de vous.")]
    if stage == State.PAYMENT_APPROVED:
        return [Ask("Paiement validé", "Le virement est en préparation. Rien n’est attendu de vous.")]
    return [
        Ask(
            "Décision attendue",
            "Bpifrance étudie la demande de l’entreprise. La prestation ne peut pas commencer.",
        )
    ]


def _before_closure(mission: Mission, stage: str) -> list[Ask]:
    asks = []
    if not ServiceContract.objects.filter(mission=mission).exists():
        asks.append(
            Ask(
                "Déposer le contrat de prestation",
                "Signé avec l’entreprise, il règle la confidentialité et la propriété intellectuelle.",
                form="service_contract",
                tone="warning",
            )
        )
    if stage != State.IN_PROGRESS:
        waits = (
            "Bpifrance prépare le contrat de l’entreprise."
            if stage == State.APPROVED
            else "L’entreprise doit signer son contrat avec Bpifrance."
        )
        asks.append(Ask("Attendre le contrat", f"{waits} Rien ne commence avant."))
    elif asks and mission.work_started_on is None:
        asks.append(Ask("Puis déclarer le démarrage", "La prestation commence une fois ce contrat déposé."))
    elif mission.work_started_on is None:
        asks.append(
            Ask(
                "Déclarer le démarrage",
                "Le contrat est signé\u00a0: la prestation peut commencer.",
                form="start",
                due_on=mission.dossier.due_on,
            )
        )
    else:
        asks.append(_end_of_work(mission))
    return asks


def _end_of_work(mission: Mission) -> Ask:
    if end_awaiting_manager(mission) is not None:
        return Ask(
            "Fin déclarée, en attente d’un responsable",
            "Vous l’avez déclarée après le terme\u00a0: un responsable de Bpifrance doit l’accepter. "
            "Une erreur dans la date\u00a0? Renoncez à cette déclaration, puis faites-en une autre.",
            form="pending",
        )
    return Ask(
        "Déclarer la fin de la prestation",
        "Dès que les travaux sont achevés\u00a0; le rapport final est alors dû dans les dix jours.",
        form="done",
        due_on=mission.dossier.due_on,
    )


def end_awaiting_manager(mission: Mission) -> PendingApproval | None:
    """Return the end of work that the expert declared after the term and that a manager has yet to accept."""
    return PendingApproval.objects.filter(
        mission=mission,
        transition="declare_work_done",
        status=PendingApproval.Status.OPEN,
        version=mission.dossier.version,
    ).first()


def _end(mission: Mission) -> Ask:
    payment = standing_payment(mission)
    if payment is not None:
        return Ask("Mission payée", "Bpifrance a réglé sa quote-part.", tone="success")
    if not mission.is_current and mission.state == MissionState.ENDED:
        return Ask("Mission terminée", "Le dossier est confié à un autre cabinet.", tone="neutral")
    return Ask(
        "Mission sans suite", "Le dossier n’aboutit pas\u00a0: rien n’est attendu de vous.", tone="neutral"
    )
