"""From the answers of the simulator to the case that the engine evaluates, and back from its errors."""

from typing import Any, NamedTuple

from django.http import QueryDict

from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.forms import choices
from tariffs.forms.simulation import SimulationForm

COMPANY = (
    "registered_in",
    "created_on",
    "headcount",
    "turnover",
    "balance_sheet",
    "equity",
    "subscribed_capital",
    "insolvency_proceedings",
    "in_difficulty",
    "tax_and_social_up_to_date",
)
DEVICE = ("digital_functions", "hardware", "ce_marking", "audience", "purpose")
DECLARATIONS = ("training_not_cumulated", "business_model_defined", "medical_committee")
HOLDER_FACTS = ("headcount", "turnover", "balance_sheet")


class Mapped(NamedTuple):
    """A case (with the fields whose answers are valid), and the field behind each path of it."""

    form: SimulationForm
    case: dict[str, Any]
    fields: dict[str, str]

    def field_of(self, error: CaseError) -> str | None:
        """The field that an error of the engine is about, None where it concerns the whole."""
        path = error.path
        while path:
            if path in self.fields:
                return self.fields[path]
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return None


class _Builder:
    """Collects the case; each value that is known notes the field it came from."""

    def __init__(self, form: SimulationForm) -> None:
        self.answers = form.cleaned_data
        self.form = form
        self.fields: dict[str, str] = {}

    def put(self, target: dict[str, Any], path: str, field: str) -> None:
        """Copy one answer under the last name of its path; an unknown one stays out."""
        value = self.answers.get(field)
        self.fields[path] = field
        if value is not None and value != "":
            target[path.rpartition(".")[2]] = value

    def section(self, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        """A section whose keys bear the names of their fields."""
        found: dict[str, Any] = {}
        for key in keys:
            self.put(found, f"{name}.{key}", key)
        return found

    def case(self) -> dict[str, Any]:
        """The whole case at the simulation stage."""
        found: dict[str, Any] = {"stage": "simulation"}
        self.put(found, "on", "on")
        self.put(found, "edition", "edition")
        self.fields["volet"] = "volet"
        if self.answers.get("volet"):
            found["volet"] = int(self.answers["volet"])
        found["company"] = self.company()
        found["device"] = self.device()
        found["declarations"] = self.section("declarations", DECLARATIONS)
        found["expert"] = self.expert()
        found["quote"] = self.quote()
        found["documents"] = self.documents()
        self.dates(found)
        return found

    def company(self) -> dict[str, Any]:
        """The company, without anything that names it."""
        company = self.section("company", COMPANY)
        other = self.answers.get("legal_form") == choices.OTHER
        self.put(company, "company.legal_form", "legal_form_code" if other else "legal_form")
        company["volets_used"] = [int(number) for number in self.answers.get("volets_used") or ()]
        self.fields["company.volets_used"] = "volets_used"
        self.fields["company.shareholders"] = "holders"
        company["shareholders"] = self.shareholders()
        return company

    def shareholders(self) -> list[dict[str, Any]] | None:
        """The rows that say a share; no row is « none » or « not known » as the question was answered."""
        if self.answers.get("holders") == "none":
            return []
        rows: list[dict[str, Any]] = []
        for row in range(1, self.form.holder_count.shown + 1):
            if self.answers.get(f"holder{row}_share") is None:
                continue
            path = f"company.shareholders[{len(rows)}]"
            exempt = bool(self.answers.get(f"holder{row}_exempt"))
            holder: dict[str, Any] = {"kind": "enterprise", "exempt_investor": exempt}
            for fact in ("kind", "share", *HOLDER_FACTS):
                self.put(holder, f"{path}.{fact}", f"holder{row}_{fact}")
            rows.append(holder)
        return rows or None

    def device(self) -> dict[str, Any]:
        """The product; one question asks for its kind and its class together."""
        device = self.section("device", DEVICE)
        kind, _, risk_class = str(self.answers.get("device") or "").partition(".")
        device |= {"kind": kind or None, "risk_class": risk_class or None}
        targets = self.answers.get("targets")
        device["targets"] = [target for target in targets if target != "none"] if targets else None
        for key, field in (("kind", "device"), ("risk_class", "device"), ("targets", "targets")):
            self.fields[f"device.{key}"] = field
        return device

    def expert(self) -> dict[str, Any] | None:
        """The expert, None while there is none."""
        answer = self.answers.get("expert")
        if not answer:
            return None
        accredited = answer == "accredited"
        volet = self.answers.get("volet")
        return {
            "accredited_volets": [int(volet)] if accredited and volet else [],
            "derogation": "none" if accredited else answer,
            "passi": self.passi(),
        }

    def passi(self) -> dict[str, Any] | None:
        """The PASSI certificate, None where neither of its days is given."""
        passi: dict[str, Any] = {}
        self.put(passi, "expert.passi.valid_from", "passi_from")
        self.put(passi, "expert.passi.valid_until", "passi_until")
        if not passi:
            return None
        return passi | {"scopes": list(self.answers.get("passi_scopes") or ())}

    def quote(self) -> dict[str, Any] | None:
        """The quote, None while no line has an amount."""
        lines: list[dict[str, Any]] = []
        for code in (*self.form.covered, *self.form.uncovered):
            if self.answers.get(f"amount_{code}") is None:
                continue
            path = f"quote.lines[{len(lines)}]"
            line: dict[str, Any] = {"item": code, "performed_by": "expert"}
            self.put(line, f"{path}.amount", f"amount_{code}")
            self.put(line, f"{path}.complexity", f"complexity_{code}")
            self.put(line, f"{path}.performed_by", f"by_{code}")
            lines.append(line)
        self.more_lines(lines)
        if not lines:
            return None
        quote: dict[str, Any] = {"lines": lines}
        self.put(quote, "quote.signed", "quote_signed")
        return quote

    def more_lines(self, lines: list[dict[str, Any]]) -> None:
        """Add the further lines that have an item and an amount, after those of the items in their order."""
        for row in range(1, self.form.line_count.shown + 1):
            code = self.answers.get(f"line{row}_item")
            if not code or self.answers.get(f"line{row}_amount") is None:
                continue
            path = f"quote.lines[{len(lines)}]"
            line: dict[str, Any] = {"item": code, "performed_by": "expert"}
            self.fields[f"{path}.item"] = f"line{row}_item"
            self.put(line, f"{path}.amount", f"line{row}_amount")
            item = self.form.covered.get(code)
            if item is not None:
                self.put(line, f"{path}.performed_by", f"line{row}_by")
            if item is not None and item.indicative:
                self.put(line, f"{path}.complexity", f"line{row}_complexity")
            lines.append(line)

    def documents(self) -> list[dict[str, Any]] | None:
        """The pieces that are there, or can't be; None while nothing is said of any."""
        found: list[dict[str, Any]] = []
        self.piece(found, "quote", "doc_quote")
        self.certificates(found)
        self.piece(found, "tax_return", "doc_tax_return")
        return found or None

    def piece(self, found: list[dict[str, Any]], kind: str, field: str) -> None:
        """Add what is said of one piece."""
        answer = self.answers.get(field)
        if answer:
            self.fields[f"documents[{len(found)}]"] = field
            absent = {"absent_because": choices.ABSENT} if answer == "cannot" else {}
            found.append({"kind": kind, **absent})

    def certificates(self, found: list[dict[str, Any]]) -> None:
        """Add the certificates of the tax office and of the Urssaf, each with its own date."""
        dated = [field for field in ("doc_tax_on", "doc_social_on") if self.answers.get(field)]
        if self.answers.get("doc_regularity") != "have" and not dated:
            self.piece(found, "regularity_certificate", "doc_regularity")
            return
        for field, obligation in (("doc_tax_on", "tax"), ("doc_social_on", "social")):
            certificate: dict[str, Any] = {"kind": "regularity_certificate", "covers": [obligation]}
            self.fields[f"documents[{len(found)}]"] = field
            if self.answers.get(field):
                certificate["issued_on"] = self.answers[field]
            if field in dated or self.answers.get("doc_regularity") == "have":
                found.append(certificate)

    def dates(self, found: dict[str, Any]) -> None:
        """The day on which the term starts, under the name of either event, and the end of work."""
        start = self.answers.get("starts_on")
        for key in ("contract_signed_on", "validated_on"):
            self.fields[key] = "starts_on"
            if start:
                found[key] = start
        self.put(found, "work_ended_on", "work_ended_on")


def read_query(query: QueryDict | None) -> Mapped:
    """The form of these answers and the case they make; `form.errors` says which answers can't be meant."""
    form = SimulationForm(query, editions=catalogue.editions().all)
    if query is None:
        return Mapped(form, {}, {})
    form.full_clean()
    builder = _Builder(form)
    return Mapped(form, builder.case(), builder.fields)


def case_from_query(query: QueryDict) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The case behind a simulation's address, and the French errors by field.

    Fields in error are left out of the case; the case holds no name and no personal data.
    """
    mapped = read_query(query)
    return mapped.case, {
        field: [str(one) for one in messages] for field, messages in mapped.form.errors.items()
    }
