"""What is told from the filing of a request to its decision."""

from __future__ import annotations

from applications.services.notices.audience import C, E, F, M, Notice, P

REQUEST: dict[str, tuple[Notice, ...]] = {
    "submit": (
        Notice(
            C,
            "Demande {number} déposée",
            "Votre demande pour le volet {volet} est déposée. Le récépissé est joint à votre dossier.",
            "Suivre ma demande",
        ),
        Notice(
            E,
            "Vous êtes l’expert choisi par {company}",
            "La demande {number} vous désigne. Déclarez l’absence de conflit d’intérêts sur la page de votre mission.",
            "Déclarer mes intérêts",
            blocking=True,
        ),
        Notice(
            M,
            "Nouvelle demande {number}",
            "{company} a déposé une demande pour le volet {volet} : elle attend un chargé d’affaires.",
            "Affecter le dossier",
        ),
    ),
    "take": (
        Notice(
            C, "Demande {number} en cours d’étude", "Un chargé d’affaires étudie désormais votre demande."
        ),
    ),
    "assign": (
        Notice(
            F,
            "Le dossier {number} vous est affecté",
            "{company}, volet {volet} : le dossier est à instruire.",
            "Instruire le dossier",
        ),
        Notice(
            C, "Demande {number} en cours d’étude", "Un chargé d’affaires étudie désormais votre demande."
        ),
    ),
    "assign_by_rules": (
        Notice(
            F,
            "Le dossier {number} vous est affecté",
            "{company}, volet {volet} : le dossier est à instruire. {motive}",
            "Instruire le dossier",
        ),
        Notice(
            C, "Demande {number} en cours d’étude", "Un chargé d’affaires étudie désormais votre demande."
        ),
    ),
    "reassign": (
        Notice(
            F,
            "Le dossier {number} vous est affecté",
            "{company}, volet {volet} : vous reprenez le dossier. Motif : {motive}",
            "Instruire le dossier",
        ),
        Notice(
            P,
            "Le dossier {number} est confié à {officer}",
            "{company}, volet {volet} : vous n’en êtes plus chargé. Motif : {motive}",
        ),
    ),
    "request_completion": (
        Notice(
            C,
            "Complément demandé pour {number}",
            "Quelques éléments de votre demande sont à compléter ; chacun est expliqué sur la page du dossier.",
            "Compléter ma demande",
            blocking=True,
        ),
    ),
    "resubmit": (
        Notice(
            F,
            "Complément reçu pour {number}",
            "{company} a répondu à la demande de complément.",
            "Reprendre l’étude",
        ),
    ),
    "abandon": (
        Notice(
            C,
            "Demande {number} abandonnée",
            "Faute de complément dans le délai, la demande est abandonnée. Vous pouvez en déposer une nouvelle.",
        ),
        Notice(F, "Dossier {number} abandonné", "{company} n’a pas répondu à la demande de complément."),
        Notice(
            E,
            "Demande {number} abandonnée",
            "La demande de {company} est abandonnée : votre mission n’aura pas lieu.",
        ),
    ),
    "advise_derogation": (
        Notice(
            M,
            "Dérogation à décider pour {number}",
            "Le chargé d’affaires a donné son avis sur l’expert hors vivier.",
            "Décider de la dérogation",
        ),
    ),
    "decide_derogation": (
        Notice(F, "Dérogation décidée pour {number}", "La décision est sur la page du dossier."),
        Notice(
            C,
            "Dérogation décidée pour votre demande {number}",
            "Bpifrance a décidé si l’expert que vous proposez peut réaliser la mission. La décision et son motif "
            "sont sur la page de votre demande.",
            "Lire la décision",
        ),
    ),
    "approve_asked": (
        Notice(
            M,
            "Accord à confirmer pour {number}",
            "Le chargé d’affaires propose d’accepter la demande de {company} ; votre accord est requis.",
            "Répondre à la proposition",
        ),
    ),
    "approve_dropped": (
        Notice(
            F,
            "Accord non confirmé – {number}",
            "L’accord proposé n’attend plus de confirmation : relisez le dossier.",
        ),
    ),
    "approve": (
        Notice(
            C,
            "Demande {number} acceptée",
            "Votre demande est acceptée. Le contrat vous sera envoyé pour signature ; ne signez pas encore le devis.",
        ),
        Notice(
            E,
            "Demande {number} acceptée",
            "La demande de {company} est acceptée. La prestation ne peut pas commencer avant la signature du contrat.",
        ),
        Notice(
            M,
            "Contrat à signer pour {number}",
            "La demande de {company} est acceptée : le contrat attend la signature d’un délégataire.",
            "Signer pour Bpifrance",
        ),
    ),
    "reject_asked": (
        Notice(
            M,
            "Rejet à confirmer pour {number}",
            "Le chargé d’affaires propose de rejeter la demande après réexamen.",
            "Répondre à la proposition",
        ),
    ),
    "reject_dropped": (
        Notice(
            F,
            "Rejet non confirmé – {number}",
            "Le rejet proposé n’attend plus de confirmation : relisez le dossier.",
        ),
    ),
    "reject": (
        Notice(
            C,
            "Demande {number} refusée",
            "La lettre qui motive la décision est sur la page du dossier.",
            "Lire la décision",
        ),
        Notice(
            E,
            "Demande {number} refusée",
            "La demande de {company} n’est pas retenue : votre mission n’aura pas lieu.",
        ),
    ),
    "request_review": (
        Notice(M, "Réexamen demandé pour {number}", "{company} conteste le rejet de sa demande."),
        Notice(
            E,
            "Demande {number} réexaminée",
            "Bpifrance réexamine la demande de {company}, qu’elle avait refusée\u00a0: votre mission peut de nouveau "
            "avoir lieu. La décision vous sera annoncée.",
        ),
    ),
    "declare_conflict": (
        Notice(F, "Déclaration d’intérêts reçue pour {number}", "{expert} a fait sa déclaration."),
    ),
}
