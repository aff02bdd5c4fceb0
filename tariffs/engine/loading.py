"""Loads editions: from files to immutable tables, with the digests of the published ones checked."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tariffs.engine import editions as model
from tariffs.engine.coherence import incoherences
from tariffs.engine.editions import EditionError
from tariffs.engine.facts import COMPLEXITIES, DEVICES
from tariffs.engine.french import euros, listing, number
from tariffs.engine.rules import REGISTRY
from tariffs.engine.tables import Table, shown

T = TypeVar("T")


def load_edition(path: Path, digest: str | None = None) -> model.Edition:
    """Read one edition file; with `digest`, refuse a file whose SHA-256 (hexadecimal) is another one."""
    return read_content(path.read_bytes(), path.name, digest)


def read_content(content: bytes, file: str, digest: str | None = None) -> model.Edition:
    """The edition that the bytes of a file describe; EditionError holds every fault that could be found."""
    actual = hashlib.sha256(content).hexdigest()
    if digest is not None and actual != digest:
        raise _refused(
            file,
            f"publiée avec l’empreinte SHA-256 {digest}, trouvée avec {actual}. "
            "Une édition publiée ne change jamais\u00a0: écrivez-en une nouvelle.",
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise _refused(
            file, f"le texte n’est pas en UTF-8 (ligne {row})\u00a0: enregistrez-le en UTF-8."
        ) from error
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(file, _in_french(error)) from error
    return read_edition(table, file, actual)


def _refused(file: str, message: str) -> EditionError:
    return EditionError(model.Fault(file, "", "", message))


def _in_french(error: Exception) -> str:
    """Where a text stops being TOML; the reader tells the first place only, in its own words."""
    words, _, place = str(error).partition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", place)
    at = f"ligne {found[1]}, colonne {found[2]}" if found else "à la fin du texte"
    known = next((french for english, french in _SYNTAX.items() if words.startswith(english)), words)
    return f"ce n’est plus du TOML, {at}\u00a0: {known}"


# A plain name, and nothing of what else Python's formats could do.
_BRACES = re.compile(r"\{([^{}]*)\}")
_SYNTAX = {
    "Cannot overwrite a value": "cette clé est écrite deux fois",
    "Cannot declare": "cette table est écrite deux fois",
    "Expected '=' after a key": "le signe = est attendu après une clé",
    "Expected newline or end of document": "il reste quelque chose après la valeur",
    "Invalid value": "cette valeur n’a pas de sens",
    "Invalid statement": "cette ligne n’a pas de sens",
    "Unclosed array": "une liste n’est pas fermée par ]",
    "Unterminated string": "un texte n’est pas fermé par un guillemet",
    "Illegal character": "un texte n’est pas fermé par un guillemet sur sa ligne",
    "Invalid initial character": "une clé est attendue ici",
    "Exceeds the limit": "ce nombre est trop long",
    "maximum recursion": "ces listes sont trop profondes",
    "Invalid date or datetime": "cette date n’existe pas",
}


def read_lock(path: Path) -> dict[str, str]:
    """The digests of the published files, by file name, as `sha256sum` writes them."""
    digests: dict[str, str] = {}
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or not name or name in digests:
            raise _refused(
                path.name,
                f"ligne {row}\u00a0: une empreinte SHA-256, deux espaces et un nom de fichier sont attendus",
            )
        digests[name] = digest
    return digests


def load_published(directory: Path) -> model.Editions:
    """Load the files that `published.lock` names, each with its digest checked, oldest edition first."""
    loaded: list[model.Edition] = []
    for name, digest in read_lock(directory / "published.lock").items():
        path = directory / name
        if not path.is_file():
            raise _refused(name, "nommée dans published.lock, introuvable")
        loaded.append(load_edition(path, digest))
    loaded.sort(key=lambda edition: edition.in_force_from)
    codes = [edition.code for edition in loaded]
    if not loaded or len(set(codes)) != len(codes):
        raise _refused("published.lock", f"des éditions de codes différents sont attendues, trouvé {codes}")
    return model.Editions(tuple(loaded))


def read_edition(content: Mapping[str, Any], file: str, digest: str) -> model.Edition:
    """The edition that a parsed file describes; EditionError with all that is missing, unknown or wrong."""
    faults: list[model.Fault] = []
    top = Table(content, file, "", faults)
    parts = _parts(top)
    top.close()
    if faults:
        raise EditionError(*faults)
    edition = model.Edition(**parts, digest=digest)
    found = [model.Fault(file, table, key, what) for table, key, what in incoherences(edition)]
    if found:
        raise EditionError(*found)
    return edition


def _parts(top: Table) -> dict[str, Any]:
    """The tables of an edition by the names of its fields, for as long as no fault was found."""
    categories = top.table("categories")
    pme, startup = _one(categories, "pme", _pme), _one(categories, "startup", _startup)
    categories.close()
    volets = _by(top, "volets", _each(top, "volets", _volet), lambda volet: volet.number)
    items = _each(top, "items", _item)
    for item in items:
        if item.volet not in volets:
            top.fault("items", f"{item.code} est du volet {item.volet}, qui n’est pas parmi les volets")
    bounds = _bounds(pme, startup)
    rules = [rule for rule in _each(top, "rules", lambda table: _rule(table, bounds)) if rule is not None]
    uncovered = _each(top, "uncovered_items", _uncovered)
    return {
        "code": top.text("code"),
        "label": top.text("label"),
        "in_force_from": top.day("in_force_from"),
        "decision": top.optional_text("decision"),
        "extension_months": top.whole("extension_months"),
        "funding": _one(top, "funding", _funding),
        "state_aid": _one(top, "state_aid", _state_aid),
        "report_recipients": tuple(_each(top, "report_recipients", _named)),
        "pme": pme,
        "startup": startup,
        "term": _one(top, "term", _term),
        "volets": volets,
        "devices": tuple(_each(top, "devices", _device)),
        "items": _by(top, "items", items, lambda item: item.code),
        "uncovered_items": _by(top, "uncovered_items", uncovered, lambda item: item.code),
        "rules": _check_rules(top, rules),
    }


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
        top.fault(key, "le même nom est donné deux fois")
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
                duration.fault("volets", f"le volet {volet} a deux durées")
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


def _rule(table: Table, bounds: Mapping[str, str]) -> model.Rule | None:
    """The rule of a table; None, and one fault, where the program has none of that name."""
    name = table.text("name")
    if name not in REGISTRY:
        if not table.is_muted and name != "-":
            table.fault("name", f"la règle {shown(name)} est inconnue du programme\u00a0: {_nearest(name)}")
        table.content = {}
        return None
    table.name = f"rules {name}"
    definition, known = REGISTRY[name], len(table.faults)
    params: dict[str, Any] = {}
    if definition.params:
        given = table.table("params")
        params = {key: given.read(kind, key) for key, kind in definition.params.items()}
        given.close()
    # A text that names a parameter whose fault was told is not a fault of its own.
    figures = {**bounds, **{key: str(value) for key, value in params.items()}}
    filled = partial(_filled, table, figures=None if len(table.faults) > known else figures)
    if "why" in params:
        params["why"] = filled("params.why", params["why"])
    decision = table.optional_text("decision")
    return model.Rule(
        name=name,
        title=table.text("title"),
        source=table.text("source"),
        expected=filled("expected", table.text("expected")),
        decision=None if decision is None else filled("decision", decision),
        overridable=table.flag("overridable") if "overridable" in table.content else False,
        params=params,
        check=definition.check,
    )


def _nearest(name: str) -> str:
    """The rules that a misspelt name may mean: those of the same subject, else all."""
    subject = [known for known in REGISTRY if known.partition(".")[0] == name.partition(".")[0]]
    return f"il connaît {listing(subject or list(REGISTRY))}."


def _filled(table: Table, key: str, text: str, *, figures: Mapping[str, str] | None) -> str:
    """The text with the figures that it names between braces; as it is where these are not known."""
    if figures is None:
        return text
    for name in dict.fromkeys(_BRACES.findall(text)):
        if name not in figures:
            table.fault(key, f"nomme entre accolades un chiffre qui n’est pas là\u00a0: {shown(name)}")
    if set(_BRACES.sub("", text)) & {"{", "}"}:
        table.fault(key, "une accolade est seule")
    return _BRACES.sub(lambda found: figures.get(found[1], ""), text)


def _check_rules(top: Table, rules: list[model.Rule]) -> tuple[model.Rule, ...]:
    """The rules, each once and in the order of the registry, which is that of the findings."""
    names = [rule.name for rule in rules]
    expected = [name for name in REGISTRY if name in names]
    if names != expected:
        top.fault(
            "rules",
            f"les règles sont attendues, chacune une fois, dans cet ordre\u00a0: {', '.join(expected)}",
        )
    return tuple(rules)
