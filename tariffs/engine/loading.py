"""Loads editions: from files to immutable tables, with the digests of the published ones checked."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tariffs.engine import editions as model
from tariffs.engine.editions import EditionError
from tariffs.engine.facts import COMPLEXITIES, DEVICES
from tariffs.engine.french import euros, number
from tariffs.engine.rules import REGISTRY
from tariffs.engine.tables import Table

T = TypeVar("T")


def load_edition(path: Path, digest: str | None = None) -> model.Edition:
    """Read one edition file; with `digest`, refuse a file whose SHA-256 (hexadecimal) is another one."""
    content = path.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if digest is not None and actual != digest:
        raise EditionError(
            f"{path.name}: published with SHA-256 {digest}, found {actual}. "
            "A published edition never changes: write a new edition instead."
        )
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise EditionError(f"{path.name}: not a TOML file ({error})") from error
    return read_edition(table, path.name, actual)


def read_lock(path: Path) -> dict[str, str]:
    """The digests of the published files, by file name, as `sha256sum` writes them."""
    digests: dict[str, str] = {}
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or not name or name in digests:
            raise EditionError(f"{path.name}: line {row}: expected a SHA-256, two spaces and a file name")
        digests[name] = digest
    return digests


def load_published(directory: Path) -> model.Editions:
    """Load the files that `published.lock` names, each with its digest checked, oldest edition first."""
    loaded: list[model.Edition] = []
    for name, digest in read_lock(directory / "published.lock").items():
        path = directory / name
        if not path.is_file():
            raise EditionError(f"{name}: named in published.lock, not found")
        loaded.append(load_edition(path, digest))
    loaded.sort(key=lambda edition: edition.in_force_from)
    codes = [edition.code for edition in loaded]
    if not loaded or len(set(codes)) != len(codes):
        raise EditionError(f"published.lock: expected editions with different codes, found {codes}")
    return model.Editions(tuple(loaded))


def read_edition(content: Mapping[str, Any], file: str, digest: str) -> model.Edition:
    """The edition that a parsed file describes; EditionError on a key that is missing, unknown or wrong."""
    top = Table(content, file, "")
    categories = top.table("categories")
    pme, startup = _one(categories, "pme", _pme), _one(categories, "startup", _startup)
    categories.close()
    volets = _by(top, "volets", _each(top, "volets", _volet), lambda volet: volet.number)
    items = _each(top, "items", _item)
    for item in items:
        if item.volet not in volets:
            raise top.error("items", f"{item.code} is of volet {item.volet}, which is not among the volets")
    bounds = _bounds(pme, startup)
    rules = _each(top, "rules", lambda table: _rule(table, bounds))
    uncovered = _each(top, "uncovered_items", _uncovered)
    edition = model.Edition(
        code=top.text("code"),
        label=top.text("label"),
        in_force_from=top.day("in_force_from"),
        decision=top.optional_text("decision"),
        extension_months=top.whole("extension_months"),
        funding=_one(top, "funding", _funding),
        state_aid=_one(top, "state_aid", _state_aid),
        report_recipients=tuple(_each(top, "report_recipients", _named)),
        pme=pme,
        startup=startup,
        term=_one(top, "term", _term),
        volets=volets,
        devices=tuple(_each(top, "devices", _device)),
        items=_by(top, "items", items, lambda item: item.code),
        uncovered_items=_by(top, "uncovered_items", uncovered, lambda item: item.code),
        rules=_check_rules(top, rules),
        digest=digest,
    )
    top.close()
    return edition


def _each(top: Table, key: str, read: Callable[[Table], T]) -> list[T]:
    """Read each table of a list and refuse what it leaves."""
    found: list[T] = []
    for table in top.tables(key):
        found.append(read(table))
        table.close()
    return found


def _one(top: Table, key: str, read: Callable[[Table], T]) -> T:
    """Read a table and refuse what it leaves."""
    table = top.table(key)
    found = read(table)
    table.close()
    return found


def _by(top: Table, key: str, found: list[T], of: Callable[[T], Any]) -> dict[Any, T]:
    """Index what was read, each with a name of its own."""
    indexed = {of(each): each for each in found}
    if len(indexed) != len(found):
        raise top.error(key, "the same name is given twice")
    return indexed


def _pme(table: Table) -> model.Pme:
    return model.Pme(
        label=table.text("label"),
        headcount_below=table.decimal("headcount_below"),
        turnover_below=table.decimal("turnover_below"),
        balance_sheet_below=table.decimal("balance_sheet_below"),
    )


def _startup(table: Table) -> model.Startup:
    return model.Startup(
        label=table.text("label"),
        age_below_years=table.whole("age_below_years"),
        headcount_below=table.decimal("headcount_below"),
        turnover_below=table.decimal("turnover_below"),
    )


def _funding(table: Table) -> model.FundingRules:
    return model.FundingRules(table.decimal("rate"), table.text("source"), table.optional_text("decision"))


def _state_aid(table: Table) -> model.StateAid:
    return model.StateAid(
        table.text("regime"), table.text("label"), table.text("source"), table.optional_text("decision")
    )


def _named(table: Table) -> model.Named:
    return model.Named(table.text("code"), table.text("label"))


def _device(table: Table) -> model.Named:
    return model.Named(table.word("code", DEVICES), table.text("label"))


def _volet(table: Table) -> model.Volet:
    return model.Volet(table.whole("number", least=1), table.text("label"), table.flag("offered"))


def _uncovered(table: Table) -> model.UncoveredItem:
    return model.UncoveredItem(
        table.text("code"), table.text("label"), table.text("source"), table.optional_text("decision")
    )


def _term(table: Table) -> model.TermRules:
    months: dict[int, model.Duration] = {}
    for duration in table.tables("durations"):
        read = model.Duration(duration.whole("software_only", least=1), duration.whole("otherwise", least=1))
        for volet in duration.numbers("volets"):
            if volet in months:
                raise duration.error("volets", f"volet {volet} has two durations")
            months[volet] = read
        duration.close()
    return model.TermRules(
        starts_on_event=table.word("starts_on_event", ("contract_signed", "validated")),
        report_days=table.whole("report_days"),
        months=months,
        source=table.text("source"),
        decision=table.optional_text("decision"),
    )


def _item(table: Table) -> model.Item:
    ceilings = table.table("ceilings")
    found = {device: ceilings.decimal(device) for device in DEVICES if device in ceilings.content}
    ceilings.close()
    prices: dict[str, model.IndicativePrice] = {}
    if "indicative" in table.content:
        indicative = table.table("indicative")
        prices = {complexity: _one(indicative, complexity, _price) for complexity in COMPLEXITIES}
        indicative.close()
    return model.Item(
        code=table.text("code"),
        label=table.text("label"),
        volet=table.whole("volet", least=1),
        source=table.text("source"),
        ceilings=found,
        indicative=prices,
    )


def _price(table: Table) -> model.IndicativePrice:
    return model.IndicativePrice(table.decimal("price"), table.text("clue"))


def _bounds(pme: model.Pme, startup: model.Startup) -> dict[str, str]:
    """The bounds of the categories, as the texts of the rules show them."""
    return {
        "pme_headcount": number(pme.headcount_below),
        "pme_turnover": euros(pme.turnover_below),
        "pme_balance_sheet": euros(pme.balance_sheet_below),
        "startup_years": str(startup.age_below_years),
        "startup_headcount": number(startup.headcount_below),
        "startup_turnover": euros(startup.turnover_below),
    }


def _rule(table: Table, bounds: Mapping[str, str]) -> model.Rule:
    name = table.word("name", tuple(REGISTRY))
    table.name = f"rules {name}"
    definition = REGISTRY[name]
    params: dict[str, Any] = {}
    if definition.params:
        given = table.table("params")
        params = {key: given.read(kind, key) for key, kind in definition.params.items()}
        given.close()
    shown = {**bounds, **{key: str(value) for key, value in params.items()}}
    if "why" in params:
        params["why"] = _filled(table, "params.why", params["why"], shown)
    decision = table.optional_text("decision")
    return model.Rule(
        name=name,
        title=table.text("title"),
        source=table.text("source"),
        expected=_filled(table, "expected", table.text("expected"), shown),
        decision=None if decision is None else _filled(table, "decision", decision, shown),
        overridable=table.flag("overridable") if "overridable" in table.content else False,
        params=params,
        check=definition.check,
    )


def _filled(table: Table, key: str, text: str, shown: Mapping[str, str]) -> str:
    """The text with the figures that it names between braces."""
    try:
        return text.format_map(shown)
    except (KeyError, ValueError, IndexError) as error:
        raise table.error(key, f"names a figure that is not there: {error}") from error


def _check_rules(top: Table, rules: list[model.Rule]) -> tuple[model.Rule, ...]:
    """The rules, each once and in the order of the registry, which is that of the findings."""
    names = [rule.name for rule in rules]
    expected = [name for name in REGISTRY if name in names]
    if names != expected:
        raise top.error("rules", f"expected in this order: {', '.join(expected)}")
    return tuple(rules)
