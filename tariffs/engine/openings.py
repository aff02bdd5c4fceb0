"""What stays open to a company for a device among the volets, and what a quote leaves out of the one it uses."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from tariffs.engine.editions import Edition
from tariffs.engine.evaluation import Evaluation, evaluate
from tariffs.engine.facts import Case
from tariffs.engine.findings import Verdict
from tariffs.engine.funding import NOTHING, share_of

State = Literal["open", "review", "incomplete", "closed"]
STATES: Mapping[Verdict, State] = {
    "eligible": "open",
    "needs_review": "review",
    "incomplete": "incomplete",
    "ineligible": "closed",
}
# Which findings say why a volet is in its state.
REASONS = {"open": (), "review": ("review",), "incomplete": ("missing",), "closed": ("fail",)}


class Opening(NamedTuple):
    """A volet for this company and device, the quote left out; `most` is the largest share of Bpifrance.

    `reasons` are the rule, the title and the message of the findings that close it, or that wait for an answer.
    `most` is None while the class is not known, or where the volet has no ceiling for the device.
    """

    volet: int
    label: str
    state: State
    reasons: tuple[tuple[str, str, str], ...]
    most: Decimal | None
    items: int

    def to_json(self) -> dict[str, Any]:
        """The opening under the names of the public JSON, the amount as a text with two decimals."""
        return {
            "volet": self.volet,
            "label": self.label,
            "state": self.state,
            "reasons": [
                {"rule": rule, "title": title, "message": message} for rule, title, message in self.reasons
            ],
            "most": None if self.most is None else str(self.most),
            "items": self.items,
        }


class LeftOut(NamedTuple):
    """An item of the volet that the quote does not take, and that can't be asked for later."""

    item: str
    label: str
    ceiling: Decimal

    def to_json(self) -> dict[str, str]:
        """The item under the names of the public JSON."""
        return {"item": self.item, "label": self.label, "ceiling": str(self.ceiling)}


def openings(case: Case, edition: Edition) -> tuple[Opening, ...]:
    """Every volet of the edition's list for the company and the device of a case, whatever its own volet."""
    return tuple([_opening(case, edition, number) for number in edition.volets])


def _opening(case: Case, edition: Edition, number: int) -> Opening:
    # Nothing is known yet of another volet's expert, quote and documents: a simulation leaves them aside.
    tried = evaluate(
        case._replace(volet=number, stage="simulation", expert=None, quote=None, documents=None), edition
    )
    volet = edition.volets[number]
    state: State = STATES[tried.verdict] if volet.offered else "closed"
    ceilings = edition.ceilings(number, case.device.column) or {}
    return Opening(
        volet=number,
        label=volet.label,
        state=state,
        reasons=_reasons(tried, edition, state, offered=volet.offered),
        most=share_of(sum(ceilings.values(), NOTHING), edition.funding.rate) if ceilings else None,
        items=len(ceilings),
    )


def _reasons(
    tried: Evaluation, edition: Edition, state: State, *, offered: bool
) -> tuple[tuple[str, str, str], ...]:
    """The rules that give a volet its state."""
    found = [
        (finding.rule, edition.by_name[finding.rule].title, finding.message)
        for finding in tried.findings
        if finding.status in REASONS[state]
    ]
    if not offered:
        found = [reason for reason in found if reason[0] == "volet.exists"] or found
    return tuple(found)


def left_out(case: Case, edition: Edition) -> tuple[LeftOut, ...]:
    """The items of the volet that a quote does not take although it takes another: a volet serves once."""
    ceilings = edition.ceilings(case.volet, case.device.column)
    if case.quote is None or ceilings is None:
        return ()
    taken = {line.item for line in case.quote.lines if line.amount and line.item in ceilings}
    if not taken:
        return ()
    return tuple(
        [
            LeftOut(item, edition.item_label(item), ceiling)
            for item, ceiling in ceilings.items()
            if item not in taken
        ]
    )
