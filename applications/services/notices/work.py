"""What is told of the expert’s work, its terms and its closure."""

from __future__ import annotations

from applications.services.notices.audience import C, E, F, K, M, Notice

WORK: dict[str, tuple[Notice, ...]] = {
    "declare_work_done_asked": (
        Notice(
            M,
            "Fin de prestation à accepter – {number}",
            "{expert} déclare après le terme une fin antérieure : votre accord est requis.",
            "Répondre à la déclaration",
        ),
    ),
    "declare_work_done_dropped": (
        Notice(
            E,
            "Fin de prestation non acceptée – {number}",
            "Votre déclaration de fin, faite après le terme, n’est plus en attente : rien n’est enregistré. La page de la mission dit ce qui est attendu de vous.",
            "Ouvrir la mission",
            blocking=True,
        ),
    ),
    "declare_work_done": (
        Notice(
            C,
            "Prestation {number} terminée",
            "{expert} a déclaré la fin de la prestation. Le rapport final vous est dû sous dix jours ; confirmez la restitution quand elle a eu lieu.",
            "Suivre la restitution",
            blocking=True,
        ),
        Notice(
            E,
            "Clôture attendue – {number}",
            "Vous avez dix jours pour remettre le rapport et déposer les pièces de clôture.",
            "Préparer la clôture",
            blocking=True,
        ),
        Notice(F, "Prestation {number} terminée", "{expert} a déclaré la fin de la prestation."),
    ),
    "give_notice": (
        Notice(
            C,
            "Terme dépassé – {number}",
            "Le terme du {term} est passé. Sans fin de prestation antérieure à cette date, le dossier deviendra caduc dans trente jours.",
            "Voir le terme dépassé",
            blocking=True,
        ),
        Notice(
            E,
            "Terme dépassé – {number}",
            "Le terme du {term} est passé. Si la prestation s’est achevée avant, déclarez-le dès maintenant.",
            "Déclarer la fin de la prestation",
            blocking=True,
        ),
        Notice(F, "Mise en demeure envoyée – {number}", "Le terme du {term} est passé."),
    ),
    "lapse": (
        Notice(
            C,
            "Dossier {number} caduc",
            "La prestation ne s’est pas achevée dans son délai : le dossier est caduc.",
        ),
        Notice(
            E,
            "Dossier {number} caduc",
            "La prestation ne s’est pas achevée dans son délai : le dossier est caduc.",
        ),
        Notice(F, "Dossier {number} caduc", "La prestation ne s’est pas achevée dans son délai."),
    ),
    "reopen": (
        Notice(
            C,
            "Dossier {number} rouvert",
            "La fin de la prestation avant le terme est établie : la clôture peut se poursuivre.",
        ),
        Notice(
            E,
            "Dossier {number} rouvert",
            "Déposez les pièces de clôture.",
            "Déposer les pièces de clôture",
            blocking=True,
        ),
    ),
    "submit_closure": (
        Notice(
            C,
            "Clôture envoyée – {number}",
            "{expert} a envoyé ses pièces de clôture. Confirmez la restitution si elle a eu lieu.",
            "Confirmer la restitution",
            blocking=True,
        ),
        Notice(
            F,
            "Clôture à contrôler – {number}",
            "{expert} a envoyé ses pièces de clôture.",
            "Contrôler la clôture",
        ),
        Notice(
            K,
            "Clôture à contrôler – {number}",
            "Les pièces de clôture sont déposées.",
            "Contrôler la clôture",
        ),
    ),
    "confirm_restitution": (
        Notice(E, "Restitution confirmée – {number}", "{company} a confirmé la restitution."),
        Notice(F, "Restitution confirmée – {number}", "{company} a confirmé la restitution."),
    ),
    "contest_restitution": (
        Notice(
            E,
            "Restitution contestée – {number}",
            "{company} conteste la restitution : le paiement est suspendu.",
        ),
        Notice(
            F,
            "Restitution contestée – {number}",
            "{company} conteste la restitution : le paiement est suspendu.",
        ),
    ),
    "settle_restitution": (
        Notice(
            C,
            "Restitution tranchée – {number}",
            "Sans réponse de votre part, Bpifrance a retenu la restitution sur preuve.",
        ),
        Notice(E, "Restitution retenue – {number}", "Bpifrance a retenu la restitution sur preuve."),
    ),
    "request_corrections": (
        Notice(
            E,
            "Clôture à corriger – {number}",
            "Chaque point à corriger est expliqué sur la page de clôture.",
            "Corriger la clôture",
            blocking=True,
        ),
    ),
    "refuse_closure": (
        Notice(
            E, "Clôture refusée – {number}", "La clôture est refusée : la mission prend fin sans paiement."
        ),
        Notice(C, "Dossier {number} : clôture refusée", "La clôture de l’expert est refusée par Bpifrance."),
    ),
}
