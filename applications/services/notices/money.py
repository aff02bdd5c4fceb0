"""What is told of holds and payments."""

from __future__ import annotations

from applications.services.notices.audience import C, E, F, K, M, Notice

MONEY: dict[str, tuple[Notice, ...]] = {
    "set_hold": (
        Notice(
            E,
            "Paiement suspendu – {number}",
            "Le paiement est suspendu ; le motif est sur la page de la mission.",
        ),
        Notice(F, "Paiement suspendu – {number}", "Une suspension vient d’être posée."),
    ),
    "hold_changed_account": (
        Notice(
            E,
            "Paiement suspendu – {number}",
            "Votre compte a changé après la validation de ce paiement\u00a0: Bpifrance le vérifie auprès de vous.",
        ),
        Notice(
            K,
            "Compte changé – {number}",
            "Le compte de {expert} a changé après la validation\u00a0: vérifiez-le, puis levez la suspension.",
            "Vérifier le compte",
        ),
    ),
    "lift_hold_asked": (
        Notice(
            M,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            K,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            F,
            "Levée d’une cession à confirmer – {number}",
            "La levée d’une cession de créance attend sa seconde personne.",
            "Répondre à la proposition",
        ),
    ),
    "lift_hold_dropped": (
        Notice(
            F,
            "Cession maintenue – {number}",
            "La levée n’est pas confirmée\u00a0: le paiement reste suspendu.",
        ),
    ),
    "certify_service": (
        Notice(
            K,
            "Paiement à valider – {number}",
            "Le service fait est certifié pour {expert}\u00a0: le paiement peut être validé.",
            "Valider le paiement",
        ),
    ),
    "lift_hold": (Notice(E, "Suspension levée – {number}", "Une suspension de paiement est levée."),),
    "approve_payment": (
        Notice(E, "Paiement validé – {number}", "Votre paiement est validé ; le virement suit."),
        Notice(
            K,
            "Paiement à exécuter – {number}",
            "Le paiement de {expert} est validé : il reste à le virer.",
            "Préparer le virement",
        ),
    ),
    "mark_paid": (
        Notice(E, "Virement effectué – {number}", "Bpifrance a réglé sa quote-part."),
        Notice(
            C,
            "Expert payé – {number}",
            "Bpifrance a réglé sa quote-part à {expert}. Votre attestation d’aide est sur la page du dossier.",
            "Voir mon attestation d’aide",
        ),
        Notice(
            F,
            "Dossier {number} payé",
            "Transmettez le rapport final, puis clôturez le dossier.",
            "Transmettre le rapport",
        ),
    ),
    "reverse_payment_asked": (
        Notice(
            M,
            "Annulation de paiement à confirmer – {number}",
            "Une annulation du paiement attend sa seconde personne.",
            "Répondre à la proposition",
        ),
        Notice(
            K,
            "Annulation de paiement à confirmer – {number}",
            "Une annulation du paiement attend sa seconde personne.",
            "Répondre à la proposition",
        ),
    ),
    "reverse_payment_dropped": (
        Notice(
            M,
            "Annulation de paiement abandonnée – {number}",
            "L’annulation n’est pas confirmée : le paiement tient.",
        ),
        Notice(
            K,
            "Annulation de paiement abandonnée – {number}",
            "L’annulation n’est pas confirmée : le paiement tient.",
        ),
    ),
    "reverse_payment": (
        Notice(
            E,
            "Virement rejeté – {number}",
            "La banque a rejeté le virement ; vérifiez vos coordonnées bancaires.",
            "Ouvrir la mission",
            blocking=True,
        ),
        Notice(F, "Paiement annulé – {number}", "Le paiement est à refaire."),
    ),
    "close": (Notice(C, "Dossier {number} terminé", "Le dossier est clos. Merci."),),
}
