"""The OpenAPI description of what the API reads and writes; its words come from the engine."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework.serializers import Serializer

from tariffs import catalogue
from tariffs.engine import facts

Json = dict[str, Any]

MOST = 999_999_999_999_999
RULE_STATUSES = ["pass", "fail", "missing", "review", "warning", "not_applicable", "not_evaluated"]
VERDICTS = ["eligible", "ineligible", "incomplete", "needs_review"]
AMOUNT_TEXT: Json = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "example": "12000.00"}
TEXT: Json = {"type": "string"}
DATE: Json = {"type": "string", "format": "date"}
FLAG: Json = {"type": "boolean"}
WHOLE: Json = {"type": "integer"}


def described(properties: Json, *, required: bool | list[str] = True, closed: bool = True) -> Json:
    """An object; `required`: every key (True) or these ones."""
    found: Json = {"type": "object", "properties": properties}
    names = list(properties) if required is True else list(required or [])
    if names:
        found["required"] = names
    if closed:
        found["additionalProperties"] = False
    return found


def nullable(schema: Json) -> Json:
    """The same, or null (« not known »)."""
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None], "nullable": True}
    return schema | {"nullable": True}


def word(words: tuple[str, ...] | list[str]) -> Json:
    """One of the words."""
    return {"type": "string", "enum": list(words)}


def several(schema: Json) -> Json:
    """A list."""
    return {"type": "array", "items": schema}


def figure(decimals: int, *, most: int = MOST, negative: bool = False) -> Json:
    """A number, or a text of the same grammar, read exactly as it is written."""
    sign = "-?" if negative else ""
    pattern = rf"^{sign}(0|[1-9][0-9]{{0,{len(str(most)) - 1}}})(\.[0-9]{{1,{decimals}}})?$"
    number: Json = {"type": "number", "minimum": -most if negative else 0, "maximum": most}
    return {"anyOf": [{"type": "string", "pattern": pattern}, number]}


AMOUNT, SIGNED, PEOPLE, SHARE = figure(2), figure(2, negative=True), figure(15), figure(15, most=100)
VOLET: Json = {"type": "integer", "minimum": 1, "maximum": 5}


def optional(properties: Json, required: list[str] | None = None) -> Json:
    """An object of a case: what is not required may be absent or null."""
    needed = required or []
    shown = {key: schema if key in needed else nullable(schema) for key, schema in properties.items()}
    return described(shown, required=needed)


def case_schema() -> Json:
    """The case that is evaluated."""
    known = catalogue.editions().all
    items = list(dict.fromkeys(code for edition in reversed(known) for code in edition.codes))
    shareholder = {
        "name": TEXT, "kind": word(facts.SHAREHOLDER_KINDS), "share": SHARE, "exempt_investor": FLAG,
        "headcount": PEOPLE, "turnover": AMOUNT, "balance_sheet": AMOUNT,
    }  # fmt: skip
    company = {
        "legal_form": {"type": "string", "pattern": "^[0-9]{4}$", "description": "Catégorie de l’INSEE."},
        "registered_in": {"type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166."},
        "created_on": DATE, "headcount": PEOPLE, "turnover": AMOUNT, "balance_sheet": AMOUNT,
        "equity": SIGNED, "subscribed_capital": AMOUNT, "insolvency_proceedings": FLAG, "in_difficulty": FLAG,
        "tax_and_social_up_to_date": FLAG, "volets_used": several(VOLET),
        "shareholders": several(optional(shareholder, ["share"])),
    }  # fmt: skip
    device = {
        "kind": word(facts.DEVICE_KINDS), "risk_class": word(facts.RISK_CLASSES), "digital_functions": FLAG,
        "hardware": FLAG, "targets": several(word(facts.TARGETS)), "ce_marking": word(facts.CE_MARKINGS),
        "audience": word(facts.AUDIENCES), "purpose": word(facts.PURPOSES),
    }  # fmt: skip
    declarations = {"training_not_cumulated": FLAG, "business_model_defined": FLAG, "medical_committee": FLAG}
    passi = {"valid_from": DATE, "valid_until": DATE, "scopes": several(word(facts.PASSI_SCOPES))}
    expert = {
        "accredited_volets": several(VOLET),
        "derogation": word(facts.DEROGATIONS),
        "passi": optional(passi, ["valid_from", "valid_until"]),
    }
    line = {
        "item": word(items), "amount": AMOUNT, "complexity": word(facts.COMPLEXITIES),
        "performed_by": word(facts.PERFORMERS),
    }  # fmt: skip
    document = {
        "kind": word(facts.DOCUMENT_KINDS),
        "issued_on": DATE,
        "covers": several(word(facts.OBLIGATIONS)) | {"minItems": 1},
        "absent_because": TEXT | {"minLength": 1},
    }
    properties = {
        "on": DATE | {"description": "Date de l’évaluation\u00a0; absente\u00a0: aujourd’hui à Paris."},
        "edition": word([edition.code for edition in known]),
        "stage": word(facts.STAGES),
        "volet": VOLET,
        "company": optional(company),
        "device": optional(device),
        "declarations": optional(declarations),
        "expert": optional(expert),
        "quote": optional(
            {"signed": FLAG, "issued_on": DATE, "lines": several(optional(line, ["item", "amount"]))}
        ),
        "documents": several(optional(document, ["kind"])),
        "contract_signed_on": DATE,
        "validated_on": DATE,
        "work_ended_on": DATE,
    }
    return optional(properties, ["volet"]) | {"description": "Absent ou null\u00a0: pas encore connu."}


def situation_schema() -> Json:
    """A case whose volet need not be chosen."""
    case = case_schema()
    properties = case["properties"] | {"volet": nullable(VOLET)}
    return {key: value for key, value in case.items() if key != "required"} | {"properties": properties}


def evaluation_schema() -> Json:
    """The answer of an evaluation."""
    finding = {
        "rule": TEXT, "status": word(RULE_STATUSES), "observed": nullable(TEXT), "expected": nullable(TEXT),
        "message": TEXT, "remedy": nullable(TEXT), "source": TEXT,
    }  # fmt: skip
    line = {
        "item": TEXT, "amount": AMOUNT_TEXT, "ceiling": nullable(AMOUNT_TEXT), "eligible": AMOUNT_TEXT,
        "excess": AMOUNT_TEXT,
    }  # fmt: skip
    sums = ("total", "covered_total", "eligible_total", "excess_total", "bpifrance_share", "company_share")
    funding = {"rate": AMOUNT_TEXT, **dict.fromkeys(sums, AMOUNT_TEXT), "lines": several(described(line))}
    term = {
        "months": nullable(WHOLE), "starts_on_event": word(["contract_signed", "validated"]),
        "starts_on": nullable(DATE), "due_on": nullable(DATE), "report_due_on": nullable(DATE),
    }  # fmt: skip
    return described(
        {
            "edition": TEXT,
            "on": DATE,
            "stage": word(facts.STAGES),
            "volet": VOLET,
            "verdict": word(VERDICTS),
            "category": nullable(word(["startup", "pme"])),
            "findings": several(described(finding)),
            "funding": nullable(described(funding)),
            "required_documents": several(described({"kind": word(facts.DOCUMENT_KINDS), "why": TEXT})),
            "term": described(term),
        }
    )


def changes_schema() -> Json:
    """What would change the answer."""
    change = {
        "rule": TEXT,
        "path": nullable(TEXT) | {"description": "Chemin du fait ; null : aucun fait ne suffit à lui seul."},
        "from": {"nullable": True, "description": "La valeur actuelle, dans la grammaire d’un cas."},
        "to": {"nullable": True, "description": "La valeur avec laquelle la règle change."},
        "sentence": TEXT,
        "kind": word(["choice", "event", "fact", "none"]),
        "becomes": nullable(word(RULE_STATUSES)),
        "verdict": word(VERDICTS),
        "improves": FLAG,
    }
    return described({"changes": several(described(change))})


def openings_schema() -> Json:
    """What each volet would give."""
    reason = described({"rule": TEXT, "title": TEXT, "message": TEXT})
    opening = {
        "volet": VOLET, "label": TEXT, "state": word(["open", "review", "incomplete", "closed"]),
        "reasons": several(reason), "most": nullable(AMOUNT_TEXT), "items": WHOLE,
    }  # fmt: skip
    return described({"openings": several(described(opening))})


SOURCED: Json = {"source": TEXT, "decision": nullable(TEXT)}
SUMMARY: Json = {
    "code": TEXT, "label": TEXT, "in_force_from": DATE, "in_force": FLAG, "digest": TEXT,
    "decision": nullable(TEXT),
}  # fmt: skip


def edition_schema() -> Json:
    """An edition."""
    price = described({"price": AMOUNT_TEXT, "clue": TEXT})
    item = {
        "code": TEXT, "label": TEXT, "volet": VOLET, "source": TEXT,
        "ceilings": {"type": "object", "additionalProperties": AMOUNT_TEXT},
        "indicative": {"type": "object", "additionalProperties": price},
    }  # fmt: skip
    pme = {"headcount_below": TEXT, "turnover_below": AMOUNT_TEXT, "balance_sheet_below": AMOUNT_TEXT}
    startup = {"age_below_years": WHOLE, "headcount_below": TEXT, "turnover_below": AMOUNT_TEXT}
    duration = {"volet": VOLET, "software_only": WHOLE, "otherwise": WHOLE}
    term = {
        "starts_on_event": TEXT, "report_days": WHOLE, "extension_months": WHOLE,
        "durations": several(described(duration)), **SOURCED,
    }  # fmt: skip
    rule = {"name": TEXT, "title": TEXT, "expected": TEXT, **SOURCED, "overridable": FLAG}
    return described(
        {
            **SUMMARY,
            "funding": described({"rate": AMOUNT_TEXT, **SOURCED}),
            "thresholds": described({"pme": described(pme), "startup": described(startup)}),
            "term": described(term),
            "volets": several(described({"number": VOLET, "label": TEXT, "offered": FLAG})),
            "devices": several(described({"code": TEXT, "label": TEXT})),
            "items": several(described(item)),
            "uncovered_items": several(described({"code": TEXT, "label": TEXT, **SOURCED})),
            "rules": several(described(rule)),
        }
    )


def error_schema() -> Json:
    """A refusal."""
    path = TEXT | {
        "description": "Chemin du champ en cause (quote.lines[0].amount)\u00a0; vide\u00a0: le tout."
    }
    return described({"error": described({"path": path, "message": TEXT})})


class Body(Serializer[Any]):
    """A body that the engine reads or writes itself; only its description is used."""

    name = ""

    @staticmethod
    def describe() -> Json:
        """The schema of the body."""
        raise NotImplementedError


class CaseBody(Body):
    """The body of a simulation."""

    name = "Case"
    describe = staticmethod(case_schema)


class SituationBody(Body):
    """The body of a search for the volets that are open."""

    name = "Situation"
    describe = staticmethod(situation_schema)


class EvaluationBody(Body):
    """The answer to a simulation."""

    name = "Evaluation"
    describe = staticmethod(evaluation_schema)


class ChangesBody(Body):
    """The answer that holds the changes."""

    name = "Changes"
    describe = staticmethod(changes_schema)


class OpeningsBody(Body):
    """The answer that holds the openings."""

    name = "Openings"
    describe = staticmethod(openings_schema)


class EditionBody(Body):
    """The answer that holds an edition."""

    name = "Edition"
    describe = staticmethod(edition_schema)


class EditionListBody(Body):
    """The answer that lists the editions."""

    name = "EditionList"
    describe = staticmethod(lambda: described({"editions": several(described(SUMMARY))}))


class ErrorBody(Body):
    """A refusal."""

    name = "Error"
    describe = staticmethod(error_schema)


class DescribedBody(OpenApiSerializerExtension):
    """Gives drf-spectacular the schema that a body describes, as a component of its own."""

    target_class = "tariffs.api.schemas.Body"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:  # noqa: ARG002 the library's signature
        """The name of the component."""
        return str(self.target.name)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Json:  # noqa: ARG002 idem
        """The schema of the component."""
        found: Json = self.target.describe()
        return found
