"""What is told when a term comes near or passes in silence."""

from __future__ import annotations

from applications.services.notices.audience import C, E, F, M, Notice

REMINDERS: dict[str, tuple[Notice, ...]] = {
    "completion_reminder": (
        Notice(
            C,
            "Complément attendu avant le {due_on} – {number}",
            "Sans réponse à cette date, la demande sera abandonnée.",
            "Compléter ma demande",
            blocking=True,
        ),
    ),
    "signature_reminder": (
        Notice(
            C,
            "Contrat à signer avant le {due_on} – {number}",
            "Sans signature à cette date, le dossier deviendra caduc.",
            "Lire et signer le contrat",
            blocking=True,
        ),
    ),
    "term_reminder": (
        Notice(
            C,
            "La prestation doit s’achever le {due_on} – {number}",
            "Faites le point avec votre expert. {extension}",
        ),
        Notice(
            E,
            "La prestation doit s’achever le {due_on} – {number}",
            "{extension}",
            "Déclarer la fin de la prestation",
            blocking=True,
        ),
        Notice(F, "Terme le {due_on} – {number}", "La prestation n’est pas déclarée terminée."),
    ),
    "report_reminder": (
        Notice(
            E,
            "Rapport final attendu le {due_on} – {number}",
            "Remettez le rapport à l’entreprise et déposez la clôture.",
            "Préparer la clôture",
            blocking=True,
        ),
    ),
    "report_late": (
        Notice(
            E,
            "Rapport final en retard – {number}",
            "Il était attendu le {due_on}. Déposez la clôture dès que possible.",
            "Préparer la clôture",
            blocking=True,
        ),
        Notice(F, "Rapport final en retard – {number}", "{expert} devait le remettre le {due_on}."),
    ),
    "report_overdue": (
        Notice(
            M,
            "Rapport final en grand retard – {number}",
            "{expert} devait le remettre le {due_on} ; trois rappels sont restés sans effet.",
        ),
    ),
    "restitution_silence": (
        Notice(
            F,
            "Restitution à trancher – {number}",
            "{company} ne s’est pas prononcée dans les dix jours : tranchez sur preuve.",
            "Trancher la restitution",
        ),
        Notice(
            C,
            "Confirmez la restitution – {number}",
            "Sans réponse, Bpifrance tranchera sur preuve.",
            "Confirmer la restitution",
            blocking=True,
        ),
    ),
    "corrections_silence": (
        Notice(
            M,
            "Clôture restée sans correction – {number}",
            "{expert} n’a pas corrigé sa clôture dans le délai.",
        ),
    ),
}
