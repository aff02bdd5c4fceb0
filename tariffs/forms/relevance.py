"""Which questions of the simulator matter, given the volet, the edition, the product and the expert."""

from datetime import date
from typing import Any

from tariffs.engine.editions import Edition
from tariffs.forms import choices
from tariffs.forms.simulation import Line, SimulationForm

SOLUTION = "digital_solution"
COMPANY_RULES = {
    "legal_form": "company.legal_form",
    "registered_in": "company.registered_in_france",
    "equity": "company.not_in_difficulty",
    "subscribed_capital": "company.not_in_difficulty",
    "in_difficulty": "company.not_in_difficulty",
    "insolvency_proceedings": "company.not_in_difficulty",
    "tax_and_social_up_to_date": "company.tax_and_social",
    "holders": "company.autonomy",
}
PIECES = ("doc_quote", "doc_regularity", "doc_tax_on", "doc_social_on", "doc_tax_return")
VOLET_RULES = {
    "targets": "volet.digital_target",
    "ce_marking": "volet.ce_marking",
    "business_model_defined": "volet.business_model",
}


class Questions:
    """The questions to ask; every doubt (a volet not chosen yet) asks rather than hides."""

    def __init__(self, form: SimulationForm, today: date) -> None:
        """Read the structuring answers of the form; an answer in error counts as not given."""
        self.form = form
        self.volet = _volet(form)
        self.edition = _edition(form, today)
        device = form.typed("device")
        self.kind = device.partition(".")[0]
        self.column = device
        self.shown = frozenset(self._shown())

    def _shown(self) -> set[str]:
        """The names of the optional questions that matter."""
        shown = {name for name, rule in COMPANY_RULES.items() if rule in self.edition.by_name}
        shown |= {name for name, rule in VOLET_RULES.items() if self._concerned(rule)}
        shown |= self._device_questions()
        shown |= self._expert_questions()
        if self._concerned("volet.medical_committee") or self._concerned(
            "volet.medical_committee", "volets_with_item"
        ):
            shown.add("medical_committee")
        if self.volet in (None, self._volet_of("volet.training_not_cumulated")):
            shown.add("training_not_cumulated")
        if "quote.unsigned" in self.edition.by_name:
            shown.add("quote_signed")
        if "documents.quote" in self.edition.by_name:
            shown |= set(PIECES)
        if self.form.typed("legal_form") == choices.OTHER:
            shown.add("legal_form_code")
        # An answer that must be mended is always on the page.
        return shown | set(self.form.errors)

    def _device_questions(self) -> set[str]:
        """What is asked of a device, and of a digital solution."""
        shown: set[str] = set()
        if self.kind in ("", SOLUTION) and "device.solution_scope" in self.edition.by_name:
            shown |= {"audience", "purpose"}
        durations = self.edition.term.months.get(self.volet or 0)
        if durations is not None and durations.software_only != durations.otherwise:
            shown |= {"hardware", "digital_functions"}
        if self.kind != SOLUTION and any(
            self._concerned(rule) for rule in ("volet.digital_target", "volet.digital_or_connected")
        ):
            shown.add("digital_functions")
        return shown

    def _expert_questions(self) -> set[str]:
        """What is asked of a certificate, once there is an expert."""
        if self.form.typed("expert") and self._concerned("expert.passi"):
            return {"passi_from", "passi_until", "passi_scopes"}
        return set()

    def _concerned(self, rule: str, key: str = "volets") -> bool:
        """Tell whether the edition has this rule for the volet; an unknown volet may be any."""
        found = self.edition.by_name.get(rule)
        if found is None:
            return False
        volets: Any = found.params.get(key, ())
        return self.volet is None or self.volet in volets

    def _volet_of(self, rule: str) -> int | None:
        """The volet of the item that a rule names."""
        found = self.edition.by_name.get(rule)
        item = self.form.covered.get(str(found.params.get("item"))) if found else None
        return item.volet if item else None

    @property
    def start_label(self) -> str:
        """What the day on which the term starts is called in the edition."""
        signed = self.edition.term.starts_on_event == "contract_signed"
        return "Signature du contrat" if signed else "Validation de la demande par Bpifrance"

    def groups(self) -> list[dict[str, Any]]:
        """The lines of the quote by volet: the chosen one, and any other in which something was typed."""
        found: list[dict[str, Any]] = []
        for volet in self.edition.volets.values():
            lines = self.form.lines_of(volet.number)
            stray = self.volet is not None and volet.number != self.volet
            if stray:
                lines = [line for line in lines if line.is_used]
            if lines:
                rows = [{"line": line, "ceiling": self._ceiling(line)} for line in lines]
                found.append({"volet": volet, "rows": rows, "stray": stray})
        return found

    def _ceiling(self, line: Line) -> Any:
        """The ceiling of a line for the product, None where there is none or the product is not known."""
        item = self.edition.items.get(line.item.code)
        return item.ceilings.get(self.column) if item else None

    @property
    def holders_open(self) -> bool:
        """Tell whether the rows of the shareholders are unfolded."""
        return self.form.typed("holders") == "some" or self.form.holder_count.used > 0

    @property
    def device_open(self) -> bool:
        """Tell whether the questions about a product not chosen yet are unfolded."""
        names = ("digital_functions", "hardware", "targets", "ce_marking", "audience", "purpose")
        return self.form.any_typed(names) or any(name in self.form.errors for name in names)

    @property
    def pieces_open(self) -> bool:
        """Tell whether the questions about the documents are unfolded."""
        return self.form.any_typed(PIECES) or any(name in self.form.errors for name in PIECES)

    @property
    def uncovered_open(self) -> bool:
        """Tell whether the lines that are never paid for are unfolded."""
        return any(line.is_used for line in self.form.uncovered_lines())

    @property
    def asks_holders(self) -> bool:
        """Tell whether the rows of the shareholders make sense."""
        return "holders" in self.shown and self.form.typed("holders") != "none"


def _volet(form: SimulationForm) -> int | None:
    typed = form.typed("volet")
    return int(typed) if typed in {"1", "2", "3", "4", "5"} else None


def _edition(form: SimulationForm, today: date) -> Edition:
    """The edition that the answers name, else the one in force on their day."""
    for edition in form.catalogue:
        if edition.code == form.typed("edition"):
            return edition
    try:
        on = date.fromisoformat(str(form["on"].value() or ""))
    except ValueError:
        on = today
    in_force = [edition for edition in form.catalogue if edition.in_force_from <= on]
    return in_force[-1] if in_force else form.catalogue[0]
