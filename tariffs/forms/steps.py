"""The three short steps of the simulator, the answer as the fourth, and which of them a narrow screen shows."""

from typing import NamedTuple

from django.http import QueryDict

from tariffs.forms.simulation import SimulationForm

# The step that a page is on, in its address (« etape=2 »), and the one that a button leads to; wide screens show all.
STEP, TO_STEP = "etape", "vers"
DEVICE, COMPANY, QUOTE, ANSWER = 1, 2, 3, 4
LABELS = {DEVICE: "Dispositif", COMPANY: "Entreprise", QUOTE: "Devis", ANSWER: "Réponse"}
DEVICE_FIELDS = frozenset(
    {
        "volet",
        "edition",
        "on",
        "device",
        "digital_functions",
        "hardware",
        "targets",
        "ce_marking",
        "audience",
        "purpose",
    }
)
COMPANY_FIELDS = frozenset(
    {
        "created_on",
        "headcount",
        "turnover",
        "balance_sheet",
        "legal_form",
        "legal_form_code",
        "registered_in",
        "equity",
        "subscribed_capital",
        "in_difficulty",
        "insolvency_proceedings",
        "tax_and_social_up_to_date",
        "volets_used",
        "holders",
    }
)


class Step(NamedTuple):
    """A step of the indicator."""

    number: int
    label: str
    has_error: bool


def step_of(field: str) -> int:
    """The step that asks a question."""
    if field in DEVICE_FIELDS:
        return DEVICE
    return COMPANY if field in COMPANY_FIELDS or field.startswith("holder") else QUOTE


def step_asked(query: QueryDict) -> int:
    """The step that the address names, the first one where it names none."""
    typed = query.get(TO_STEP) or query.get(STEP, "")
    return int(typed) if typed in {"1", "2", "3", "4"} else DEVICE


def step_shown(form: SimulationForm, query: QueryDict) -> int:
    """The step that a page opens on: one that must be mended comes before any later one."""
    asked = step_asked(query)
    return min([asked, *(step_of(field) for field in form.errors if field != "__all__")])


def steps(form: SimulationForm) -> list[Step]:
    """The indicator's steps."""
    wrong = {step_of(field) for field in form.errors if field != "__all__"}
    return [Step(number, label, number in wrong) for number, label in LABELS.items()]
