"""The seam between the rulebooks and the portal: which edition when, and one door to evaluate a case.

It needs no Django: files, views, the API, the command and the use cases all come in here.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tariffs.engine.editions import Edition, Editions
from tariffs.engine.evaluation import Evaluation
from tariffs.engine.evaluation import evaluate as evaluate_facts
from tariffs.engine.facts import Case
from tariffs.engine.jsontext import parse_json
from tariffs.engine.loading import load_published
from tariffs.engine.reading import read_case

DIRECTORY = Path(__file__).parent / "editions"


@cache
def editions() -> Editions:
    """The published editions, oldest first, read once and checked against their digests."""
    return load_published(DIRECTORY)


def get_edition(code: str) -> Edition:
    """The edition of that code; KeyError where there is none."""
    return editions().by_code[code]


def edition_at(on: date) -> Edition | None:
    """The edition in force on a civil date, or None before the first one."""
    return editions().at(on)


def volets(edition: Edition) -> dict[int, str]:
    """The labels of the volets that an edition offers, by number."""
    return {number: volet.label for number, volet in edition.volets.items() if volet.offered}


def items(edition: Edition, volet: int) -> dict[str, str]:
    """The labels of a volet's items, by code; none where the edition does not offer the volet."""
    if not edition.volets[volet].offered:
        return {}
    return {code: item.label for code, item in edition.items.items() if item.volet == volet}


def uncovered_items(edition: Edition) -> dict[str, str]:
    """The labels of what is never paid for, by code."""
    return {code: item.label for code, item in edition.uncovered_items.items()}


def ceiling(edition: Edition, item: str, kind: str, risk_class: str | None) -> Decimal | None:
    """The ceiling in euros HT of an item for a device, or None where it is not eligible."""
    device = kind if kind == "digital_solution" else f"{kind}.{risk_class}"
    return edition.items[item].ceilings.get(device)


def read(case: str | bytes | Mapping[str, Any], *, today: date | None) -> Case:
    """The facts of a case, from JSON text or from an object whose numbers are texts, ints or Decimals.

    `today` stands in for an absent `on`. CaseError names the field that can't be meant.
    """
    data = parse_json(case) if isinstance(case, str | bytes) else case
    return read_case(data, editions(), today)


def evaluate(case: str | bytes | Mapping[str, Any], *, today: date | None) -> Evaluation:
    """Read a case and evaluate it under its edition; CaseError names the field that can't be meant."""
    facts = read(case, today=today)
    return evaluate_facts(facts, get_edition(facts.edition))


def evaluate_json(case: str | bytes | Mapping[str, Any], *, today: date | None) -> dict[str, Any]:
    """The public JSON of the evaluation of a case; CaseError where the case can't be meant."""
    return evaluate(case, today=today).to_json()
