"""What the menu holds for each role."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.access import Role, roles_of

# The desk finds them at the foot of each page: its own menu is long enough.
PUBLIC = (("Simulateur", "simulator"), ("Barème", "schedule_of_rates"), ("Comprendre", "guide_index"))

DESK = (("Dossiers", "dossier_list"), ("À confirmer", "pending_list"), ("Échéances", "deadline_list"))
MORNING = ("Aujourd’hui", "morning_queue")
FIGURES = ("Pilotage", "pilotage")
EDITIONS = ("Éditions", "edition_list")
JOURNAL = ("Journal", "audit_journal")
ENTRY = ("Saisies", "assistance_list")
MONEY = (
    ("Paiements", "payment_list"),
    ("Aides", "aid_register"),
    ("Enveloppe", "envelope_list"),
)

ENTRIES: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.COMPANY: (
        ("Mes demandes", "company_home"),
        ("Devis", "quote_request_list"),
        ("Membres", "organisation_members"),
        *PUBLIC,
    ),
    Role.EXPERT: (
        ("Missions", "expert_home"),
        ("Demandes de devis", "quote_invitation_list"),
        ("Mes paiements", "expert_payments"),
        ("Mon cabinet", "firm_profile"),
        ("Membres", "organisation_members"),
        *PUBLIC,
    ),
    Role.OFFICER: (
        MORNING,
        *DESK,
        ENTRY,
        ("Transmissions", "transmission_list"),
        FIGURES,
        ("Experts", "firm_list"),
        EDITIONS,
        ("Mes absences", "absence_list"),
    ),
    Role.MANAGER: (
        MORNING,
        *DESK,
        ("Affectation", "assignment_home"),
        ENTRY,
        *MONEY,
        FIGURES,
        ("Experts", "firm_list"),
        EDITIONS,
    ),
    Role.AUDITOR: (
        *DESK,
        *MONEY,
        ("Transmissions", "transmission_list"),
        FIGURES,
        ("Experts", "firm_list"),
        EDITIONS,
        ("Conservation", "retention_board"),
        JOURNAL,
    ),
    Role.CONTROLLER: (
        ("Paiements", "payment_list"),
        ("À confirmer", "pending_list"),
        ("Dossiers", "dossier_list"),
        ("Aides", "aid_register"),
        ("Enveloppe", "envelope_list"),
        FIGURES,
        ("Experts", "firm_list"),
        EDITIONS,
    ),
    Role.ADMINISTRATOR: (
        ("Comptes", "account_list"),
        ("Délégations", "delegation_list"),
        ("Sceau", "seal_status"),
        ("Conservation", "retention_board"),
        ("Envois", "outbox_list"),
        JOURNAL,
        *PUBLIC,
    ),
}
"""Labels and url names, in the order shown; a person with two roles sees the first one's entries first."""


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the entries {label, url, active, badge} for whoever makes this request."""
    held = roles_of(request.user) if hasattr(request, "user") else frozenset()
    wanted = [entry for role, entries in ENTRIES.items() if role in held for entry in entries]
    items: list[dict[str, Any]] = []
    for label, name in dict.fromkeys(wanted or PUBLIC):
        url = reverse(name)
        items.append({"label": label, "url": url, "active": request.path.startswith(url), "badge": 0})
    # « /gestion/ » begins every address of the desk: only the longest one that fits is where we are.
    deepest = max((item["url"] for item in items if item["active"]), key=len, default="")
    for item in items:
        item["active"] = item["url"] == deepest
    return items
