"""An edition as JSON: the machine-readable schedule of rates. Amounts are texts with two decimals."""

from typing import Any

from tariffs.engine.editions import Edition, Item, Rule


def summary_json(edition: Edition, in_force: Edition | None) -> dict[str, Any]:
    """One line of the list of editions."""
    return {
        "code": edition.code,
        "label": edition.label,
        "in_force_from": edition.in_force_from.isoformat(),
        "in_force": in_force is not None and edition.code == in_force.code,
        "digest": edition.digest,
        "decision": edition.decision,
    }


def edition_json(edition: Edition, in_force: Edition | None) -> dict[str, Any]:
    """Everything that an edition says, each part with its source."""
    return summary_json(edition, in_force) | {
        "funding": {
            "rate": f"{edition.funding.rate:.2f}",
            "source": edition.funding.source,
            "decision": edition.funding.decision,
        },
        "thresholds": _thresholds(edition),
        "term": _term(edition),
        "volets": [
            {"number": volet.number, "label": volet.label, "offered": volet.offered}
            for volet in edition.volets.values()
        ],
        "devices": [{"code": device.code, "label": device.label} for device in edition.devices],
        "items": [_item(item) for item in edition.items.values()],
        "uncovered_items": [
            {"code": item.code, "label": item.label, "source": item.source, "decision": item.decision}
            for item in edition.uncovered_items.values()
        ],
        "rules": [_rule(rule) for rule in edition.rules],
    }


def _thresholds(edition: Edition) -> dict[str, Any]:
    return {
        "pme": {
            "headcount_below": str(edition.pme.headcount_below),
            "turnover_below": f"{edition.pme.turnover_below:.2f}",
            "balance_sheet_below": f"{edition.pme.balance_sheet_below:.2f}",
        },
        "startup": {
            "age_below_years": edition.startup.age_below_years,
            "headcount_below": str(edition.startup.headcount_below),
            "turnover_below": f"{edition.startup.turnover_below:.2f}",
        },
    }


def _term(edition: Edition) -> dict[str, Any]:
    return {
        "starts_on_event": edition.term.starts_on_event,
        "report_days": edition.term.report_days,
        "extension_months": edition.extension_months,
        "durations": [
            {"volet": number, "software_only": duration.software_only, "otherwise": duration.otherwise}
            for number, duration in edition.term.months.items()
        ],
        "source": edition.term.source,
        "decision": edition.term.decision,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label,
        "volet": item.volet,
        "source": item.source,
        "ceilings": {device: f"{ceiling:.2f}" for device, ceiling in item.ceilings.items()},
        "indicative": {
            complexity: {"price": f"{indicative.price:.2f}", "clue": indicative.clue}
            for complexity, indicative in item.indicative.items()
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "title": rule.title,
        "expected": rule.expected,
        "source": rule.source,
        "decision": rule.decision,
        "overridable": rule.overridable,
    }
