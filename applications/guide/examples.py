"""The worked case of each volet: answers given to the simulator, and what the engine says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from applications.guide.words import VoletWords
from tariffs import catalogue
from tariffs.engine.editions import Edition
from tariffs.forms import case_from_query

# A company that any volet takes: whoever reads the example looks at the quote alone.
COMPANY = {
    "legal_form": "5710",
    "registered_in": "FR",
    "headcount": "12",
    "turnover": "850 000",
    "in_difficulty": "non",
    "insolvency_proceedings": "non",
    "tax_and_social_up_to_date": "oui",
    "holders": "none",
    "expert": "accredited",
    "quote_signed": "non",
    "ce_marking": "in_progress",
    "digital_functions": "oui",
}
AUDITS = ("configuration_audit", "code_audit", "penetration_test")
YEARS_OLD = 2


@dataclass(frozen=True, slots=True)
class Example:
    """A worked case: its story, its lines with their labels, the funding by the engine, and its simulation."""

    story: str
    device: str
    evaluation: dict[str, Any]
    lines: list[dict[str, Any]]
    query: str


def example(volet: VoletWords, edition: Edition, today: date) -> Example:
    """The worked case of a volet on a day, evaluated as the simulator would."""
    query = urlencode(_answers(volet, today), doseq=True)
    case, _ = case_from_query(QueryDict(query))
    evaluation = catalogue.evaluate_json(case, today=today)
    lines = (evaluation["funding"] or {}).get("lines", [])
    labels = {device.code: device.label for device in edition.devices}
    return Example(
        story=volet.example["story"],
        device=labels.get(volet.example["device"], ""),
        evaluation=evaluation,
        lines=[line | {"label": edition.item_label(line["item"])} for line in lines],
        query=query,
    )


def _answers(volet: VoletWords, today: date) -> dict[str, str | list[str]]:
    """The answers to the simulator's questions; the dates follow the day, so that the case stays true."""
    device = volet.example["device"]
    answers: dict[str, str | list[str]] = {"volet": str(volet.number), "device": device, **COMPANY}
    answers["created_on"] = date(today.year - YEARS_OLD, 1, 15).isoformat()
    if device == "digital_solution":
        answers |= {"targets": "mon_espace_sante", "audience": "users", "purpose": "health"}
    else:
        answers |= {"targets": "lpp"}
    if "expert.passi" in volet.conditions:
        answers |= {
            "passi_from": date(today.year - 1, 1, 1).isoformat(),
            "passi_until": date(today.year + 1, 12, 31).isoformat(),
            "passi_scopes": list(AUDITS),
        }
    return answers | volet.example["answers"]
