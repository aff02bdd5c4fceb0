"""The seam between the rulebooks and the portal: which edition when, and one door to evaluate a case.

It needs no Django: files, views, the API, the command and the use cases all come in here. Editions that were
published on the portal itself come from a source that Django registers (`use`, by `TariffsConfig.ready`).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tariffs.engine.editions import Edition, Editions
from tariffs.engine.evaluation import Evaluation
from tariffs.engine.evaluation import evaluate as evaluate_facts
from tariffs.engine.facts import Case
from tariffs.engine.jsontext import parse_json
from tariffs.engine.loading import load_published
from tariffs.engine.reading import read_case

DIRECTORY = Path(__file__).parent / "editions"
# A code that nobody knows has the source looked at again, but never more often than this, in seconds.
UNKNOWN_WITHIN = 1.0


class Source(Protocol):
    """Where editions come from that no file of the program holds."""

    def editions(self, closed: Editions, *, within: float | None = None) -> Editions:
        """The closed editions and those of the source, oldest first, as they were less than `within` seconds ago."""

    def content(self, code: str) -> bytes:
        """The text of one edition of the source, as it was brought; KeyError where it has none of that code."""


class _Sources:
    """The source in use, None without Django."""

    extra: Source | None = None


def use(source: Source | None) -> None:
    """Take the editions of that source too, from now on; None: those of the files alone."""
    _Sources.extra = source


@cache
def closed_editions() -> Editions:
    """The editions of the program's own files, oldest first, read once and checked against their digests."""
    return load_published(DIRECTORY)


def editions() -> Editions:
    """The published editions, oldest first, those to come included."""
    source = _Sources.extra
    return closed_editions() if source is None else source.editions(closed_editions())


def look_again() -> None:
    """Have this process see at once what was published, or called off; the others see it within their minute."""
    if _Sources.extra is not None:
        _Sources.extra.editions(closed_editions(), within=0.0)


def get_edition(code: str) -> Edition:
    """The edition of that code; KeyError where there is none, EditionError where it can't be trusted any more."""
    known = editions()
    if code not in known.by_code and _Sources.extra is not None:
        known = _Sources.extra.editions(closed_editions(), within=UNKNOWN_WITHIN)
    if code in known.withheld:
        raise known.withheld[code][1]
    return known.by_code[code]


def content_of(code: str) -> bytes:
    """The file of an edition, byte for byte; KeyError where there is none, EditionError as `get_edition`."""
    if code in closed_editions().by_code:
        return (DIRECTORY / f"{code}.toml").read_bytes()
    get_edition(code)
    if _Sources.extra is None:
        raise KeyError(code)
    return _Sources.extra.content(code)


def edition_at(on: date) -> Edition | None:
    """The edition in force on a civil date, or None before the first one; EditionError where it is withheld."""
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


def changes_json(case: str | bytes | Mapping[str, Any], *, today: date | None) -> list[dict[str, Any]]:
    """What would change each rule that fails or warns, as JSON; CaseError where the case can't be meant.

    [{rule, path, from, to, sentence, kind, becomes, verdict, improves}], the nearest change of a rule first.
    """
    from tariffs.engine.changes import changes

    facts = read(case, today=today)
    return [change.to_json() for change in changes(facts, get_edition(facts.edition))]


def openings_json(case: str | bytes | Mapping[str, Any], *, today: date | None) -> list[dict[str, Any]]:
    """What each volet would give the company for its device, as JSON; the case may leave its volet out.

    [{volet, label, state, reasons [{rule, title, message}], most, items}], in the order of the volets.
    """
    from tariffs.engine.openings import openings

    data = parse_json(case) if isinstance(case, str | bytes) else case
    if isinstance(data, Mapping) and data.get("volet") is None:
        data = {**data, "volet": 1}
    facts = read(data, today=today)
    return [opening.to_json() for opening in openings(facts, get_edition(facts.edition))]


def left_out_json(case: str | bytes | Mapping[str, Any], *, today: date | None) -> list[dict[str, str]]:
    """The items that the quote leaves out of its volet for good: [{item, label, ceiling}]."""
    from tariffs.engine.openings import left_out

    facts = read(case, today=today)
    return [each.to_json() for each in left_out(facts, get_edition(facts.edition))]


def asked_json(case: str | bytes | Mapping[str, Any], *, today: date | None) -> dict[str, Any]:
    """Why each document is asked for and the cash to put forward: {documents {kind: {because, fresh}}, cash}."""
    from tariffs.engine.asked import cash_of, documents_asked

    facts = read(case, today=today)
    edition = get_edition(facts.edition)
    evaluation = evaluate_facts(facts, edition)
    cash = cash_of(evaluation)
    asked = documents_asked(facts, edition, evaluation)
    return {
        "documents": {each.kind: each.to_json() for each in asked},
        "cash": None if cash is None else cash.to_json(),
    }
