"""What is told when a request or a mission ends otherwise."""

from __future__ import annotations

from applications.services.notices.audience import C, E, F, M, Notice

ENDS: dict[str, tuple[Notice, ...]] = {
    "withdraw": (
        Notice(F, "Demande {number} retirée", "{company} a retiré sa demande."),
        Notice(
            E, "Demande {number} retirée", "{company} a retiré sa demande : votre mission n’aura pas lieu."
        ),
    ),
    "request_cancellation": (
        Notice(
            M,
            "Annulation demandée – {number}",
            "{company} demande l’annulation de son dossier.",
            "Répondre à la demande",
        ),
    ),
    "end_mission": (
        Notice(
            E,
            "Mission terminée – {number}",
            "Votre mission, reprise par un autre expert, prend fin sans paiement. Le motif vous est donné sur demande.",
        ),
    ),
    "decline_cancellation": (
        Notice(
            C,
            "Annulation refusée – {number}",
            "Votre dossier suit son cours ; le motif est sur la page du dossier.",
        ),
    ),
    "cancel": (
        Notice(C, "Dossier {number} annulé", "Le dossier est annulé ; la lettre est sur sa page."),
        Notice(E, "Dossier {number} annulé", "Le dossier de {company} est annulé."),
    ),
}
