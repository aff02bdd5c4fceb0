"""The facts of a case: what a company says of itself, its device, its expert, its quote and its documents.

None means "not known yet", never zero. Amounts are euros HT, shares are percentages.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

STAGES = ("simulation", "submission")
VOLETS = (1, 2, 3, 4, 5)
SHAREHOLDER_KINDS = ("enterprise", "person")
DEVICE_CLASSES = {"dm": ("I", "IIa", "IIb", "III"), "dmdiv": ("A", "B", "C", "D"), "digital_solution": ()}
DEVICE_KINDS = tuple(DEVICE_CLASSES)
RISK_CLASSES = DEVICE_CLASSES["dm"] + DEVICE_CLASSES["dmdiv"]
DEVICES = (
    "dm.I", "dm.IIa", "dm.IIb", "dm.III", "dmdiv.A", "dmdiv.B", "dmdiv.C", "dmdiv.D", "digital_solution",
)  # fmt: skip
TARGETS = ("lpp", "latm", "mon_espace_sante")
CE_MARKINGS = ("none", "in_progress", "obtained")
AUDIENCES = ("users", "professionals", "both")
PURPOSES = ("health", "wellbeing", "autonomy", "other")
DEROGATIONS = ("none", "requested", "granted", "refused")
PASSI_SCOPES = (
    "architecture_audit", "configuration_audit", "code_audit", "penetration_test", "organisational_audit",
)  # fmt: skip
COMPLEXITIES = ("simple", "medium", "complex")
PERFORMERS = ("expert", "third_party", "other_expert")
DOCUMENT_KINDS = ("quote", "regularity_certificate", "tax_return")
OBLIGATIONS = ("tax", "social")


class CaseError(ValueError):
    """Input that can't be meant: `path` names the field ("quote.lines[0].amount"), `message` is French."""

    def __init__(self, path: str, message: str) -> None:
        self.path = _printable(path)
        self.message = _printable(message)
        super().__init__(self.path, self.message)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def under(self, key: str | int) -> "CaseError":
        """The same error seen from the object or the list that holds the field."""
        here = f"[{key}]" if isinstance(key, int) else key
        joint = "." if self.path and not self.path.startswith("[") else ""
        return CaseError(f"{here}{joint}{self.path}", self.message)

    def to_json(self) -> dict[str, dict[str, str]]:
        """The error as the command and the API give it."""
        return {"error": {"path": self.path, "message": self.message}}


def _printable(text: str) -> str:
    """The text with half characters (lone surrogates, which no encoding can write) replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Shareholder(NamedTuple):
    """Who holds a share (percent) of the company."""

    name: str | None
    kind: str
    share: Decimal
    exempt_investor: bool
    headcount: Decimal | None
    turnover: Decimal | None
    balance_sheet: Decimal | None


class Company(NamedTuple):
    """The company that asks."""

    legal_form: str | None
    registered_in: str | None
    created_on: date | None
    headcount: Decimal | None
    turnover: Decimal | None
    balance_sheet: Decimal | None
    equity: Decimal | None
    subscribed_capital: Decimal | None
    insolvency_proceedings: bool | None
    in_difficulty: bool | None
    tax_and_social_up_to_date: bool | None
    volets_used: tuple[int, ...]
    shareholders: tuple[Shareholder, ...] | None


class Device(NamedTuple):
    """The product; `column` is its place in the price table ("dm.IIa"), None while that is unknown."""

    kind: str | None
    risk_class: str | None
    digital_functions: bool | None
    hardware: bool | None
    targets: tuple[str, ...] | None
    ce_marking: str | None
    audience: str | None
    purpose: str | None
    column: str | None


def column_of(kind: str | None, risk_class: str | None) -> str | None:
    """The place of a device in the price table ("dm.IIa", "digital_solution"), None while it is unknown."""
    if kind is None or kind == "digital_solution":
        return kind
    return None if risk_class is None else f"{kind}.{risk_class}"


class Declarations(NamedTuple):
    """What the company declares on its honour."""

    training_not_cumulated: bool | None
    business_model_defined: bool | None
    medical_committee: bool | None


class Passi(NamedTuple):
    """A PASSI certificate, valid on both its days and between them."""

    valid_from: date
    valid_until: date
    scopes: tuple[str, ...]


class Expert(NamedTuple):
    """The firm that does the work."""

    accredited_volets: tuple[int, ...]
    derogation: str
    passi: Passi | None


class Line(NamedTuple):
    """One line of the quote, HT."""

    item: str
    amount: Decimal
    complexity: str | None
    performed_by: str


class Quote(NamedTuple):
    """The expert's offer."""

    signed: bool | None
    issued_on: date | None
    lines: tuple[Line, ...]


class Document(NamedTuple):
    """A piece joined to the request, or (with `absent_because`) the reason why it can't be given."""

    kind: str
    issued_on: date | None
    covers: tuple[str, ...]
    absent_because: str | None


class Case(NamedTuple):
    """Everything that is evaluated; `edition` is the code of the edition that applies."""

    on: date
    edition: str
    stage: str
    volet: int
    company: Company
    device: Device
    declarations: Declarations
    expert: Expert | None
    quote: Quote | None
    documents: tuple[Document, ...] | None
    contract_signed_on: date | None
    validated_on: date | None
    work_ended_on: date | None
