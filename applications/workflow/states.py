"""The states of a dossier and of a mission: what each actor reads, and the groups that have a meaning."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """States of a dossier; the label is what Bpifrance reads, `COMPANY_LABELS` what the company reads."""

    DRAFT = "draft", "Brouillon"
    SUBMITTED = "submitted", "Déposé"
    UNDER_REVIEW = "under_review", "En instruction"
    INCOMPLETE = "incomplete", "Complément demandé"
    APPROVED = "approved", "Accepté"
    CONTRACT_SENT = "contract_sent", "Contrat envoyé"
    IN_PROGRESS = "in_progress", "Prestation en cours"
    WORK_DONE = "work_done", "Prestation terminée"
    CLOSURE_SUBMITTED = "closure_submitted", "Clôture à contrôler"
    CLOSURE_INCOMPLETE = "closure_incomplete", "Clôture à corriger"
    PAYMENT_APPROVED = "payment_approved", "Paiement validé"
    PAID = "paid", "Payé"
    CLOSED = "closed", "Clos"
    REJECTED = "rejected", "Rejeté"
    WITHDRAWN = "withdrawn", "Retiré"
    ABANDONED = "abandoned", "Abandonné"
    CANCELLED = "cancelled", "Annulé"
    LAPSED = "lapsed", "Caduc"


COMPANY_LABELS: dict[str, str] = {
    State.DRAFT: "À compléter et à déposer",
    State.SUBMITTED: "Déposée, en attente d’un chargé d’affaires",
    State.UNDER_REVIEW: "En cours d’étude",
    State.INCOMPLETE: "Complément attendu de votre part",
    State.APPROVED: "Acceptée, contrat en préparation",
    State.CONTRACT_SENT: "Contrat à signer",
    State.IN_PROGRESS: "Prestation en cours",
    State.WORK_DONE: "Prestation terminée, clôture attendue de l’expert",
    State.CLOSURE_SUBMITTED: "Clôture en cours de contrôle",
    State.CLOSURE_INCOMPLETE: "Clôture à corriger par l’expert",
    State.PAYMENT_APPROVED: "Paiement de l’expert validé",
    State.PAID: "Expert payé par Bpifrance",
    State.CLOSED: "Terminée",
    State.REJECTED: "Refusée",
    State.WITHDRAWN: "Retirée",
    State.ABANDONED: "Abandonnée, faute de complément",
    State.CANCELLED: "Annulée",
    State.LAPSED: "Caduque",
}

TONES: dict[str, str] = {
    State.DRAFT: "neutral",
    State.SUBMITTED: "info",
    State.UNDER_REVIEW: "info",
    State.INCOMPLETE: "warning",
    State.APPROVED: "success",
    State.CONTRACT_SENT: "warning",
    State.IN_PROGRESS: "info",
    State.WORK_DONE: "info",
    State.CLOSURE_SUBMITTED: "info",
    State.CLOSURE_INCOMPLETE: "warning",
    State.PAYMENT_APPROVED: "success",
    State.PAID: "success",
    State.CLOSED: "success",
    State.REJECTED: "danger",
    State.WITHDRAWN: "neutral",
    State.ABANDONED: "neutral",
    State.CANCELLED: "danger",
    State.LAPSED: "danger",
}


class MissionState(models.TextChoices):
    """States of one expert firm's mission; the words are the dossier's own from `in_progress` on."""

    ENGAGED = "engaged", "Retenu"
    IN_PROGRESS = State.IN_PROGRESS.value, "En cours"
    WORK_DONE = State.WORK_DONE.value, "Terminée, à clôturer"
    CLOSURE_SUBMITTED = State.CLOSURE_SUBMITTED.value, "Clôture à contrôler"
    CLOSURE_INCOMPLETE = State.CLOSURE_INCOMPLETE.value, "Clôture à corriger"
    PAYMENT_APPROVED = State.PAYMENT_APPROVED.value, "Paiement validé"
    PAID = State.PAID.value, "Payée"
    ENDED = "ended", "Terminée sans paiement"


# The states in which the request no longer runs and its volet is free again, unless it was used.
FREED = frozenset({State.REJECTED, State.WITHDRAWN, State.ABANDONED, State.CANCELLED, State.LAPSED})
# At most one live dossier per company and volet (database constraint).
LIVE = frozenset(State) - FREED
# States that use the volet up, in any edition.
USED = frozenset({State.PAYMENT_APPROVED, State.PAID, State.CLOSED})
# Nothing more happens to the request in these states, but for a review, a reopening or a reversal.
ENDED = FREED | {State.CLOSED}
# Bpifrance must act.
ON_BPIFRANCE = frozenset(
    {
        State.SUBMITTED,
        State.UNDER_REVIEW,
        State.APPROVED,
        State.CLOSURE_SUBMITTED,
        State.PAYMENT_APPROVED,
        State.PAID,
    }
)
ON_COMPANY = frozenset({State.DRAFT, State.INCOMPLETE, State.CONTRACT_SENT})
ON_EXPERT = frozenset({State.IN_PROGRESS, State.WORK_DONE, State.CLOSURE_INCOMPLETE})
# States a dossier can only be in once these dates are known.
AFTER_APPROVAL = frozenset(
    {
        State.APPROVED,
        State.CONTRACT_SENT,
        State.IN_PROGRESS,
        State.WORK_DONE,
        State.CLOSURE_SUBMITTED,
        State.CLOSURE_INCOMPLETE,
        State.PAYMENT_APPROVED,
        State.PAID,
        State.CLOSED,
    }
)
AFTER_SIGNATURE = AFTER_APPROVAL - {State.APPROVED, State.CONTRACT_SENT}
AFTER_WORK = AFTER_SIGNATURE - {State.IN_PROGRESS}
# From the end of work to payment the state is the mission's.
MISSION_STATES = frozenset(
    {
        State.WORK_DONE,
        State.CLOSURE_SUBMITTED,
        State.CLOSURE_INCOMPLETE,
        State.PAYMENT_APPROVED,
        State.PAID,
    }
)


def company_label(state: str) -> str:
    """Return what the company reads for `state`."""
    return COMPANY_LABELS[state]


def tone(state: str) -> str:
    """Return the badge's tone for `state`: neutral, info, success, warning or danger."""
    return TONES[state]
