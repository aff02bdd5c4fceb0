"""The families of notices that a person sets apart on the preferences page, and who gets some of each."""

from portal.accounts.access import Role
from portal.notifications.preferences import Family

DESK = frozenset({Role.OFFICER, Role.MANAGER, Role.CONTROLLER})
ALL = frozenset({Role.COMPANY, Role.EXPERT}) | DESK

FAMILIES = {
    "progress": Family(
        "Vie des dossiers", "Dépôt, étude, décision, contrat, prestation, clôture et paiement.", ALL
    ),
    "messages": Family("Messages", "Ce que l’on vous écrit dans un dossier.", ALL),
    "reminders": Family(
        "Rappels d’échéance", "Les termes qui approchent ou qui sont passés, quand un autre doit agir.", ALL
    ),
    "follow_up": Family(
        "Suivi des prestations",
        "Comptes rendus, retards et incidents déposés par l’expert.",
        frozenset({Role.COMPANY}) | DESK,
    ),
    "quotes": Family(
        "Demandes de devis",
        "Demandes envoyées ou reçues, offres, choix d’un cabinet.",
        frozenset({Role.COMPANY, Role.EXPERT}),
    ),
    "exports": Family("Exports", "Un export long que vous avez demandé est prêt.", DESK | {Role.AUDITOR}),
    "firm": Family(
        "Cabinets d’experts",
        "Agréments, qualifications et coordonnées.",
        frozenset({Role.EXPERT}) | DESK,
    ),
}
