"""A JSON case read into frozen facts; the first field that can't be meant, in their order, is named."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from tariffs.engine import facts, values
from tariffs.engine.editions import Edition, Editions
from tariffs.engine.facts import Case, CaseError
from tariffs.engine.french import day
from tariffs.engine.terms import add_months, report_due_on, term_months

Reader = Callable[[Any], Any]
Field = tuple[str, Reader, Any]
REQUIRED = object()

NOT_AN_OBJECT = "Un objet JSON est attendu, entre accolades."
DATED_AND_ABSENT = "Une pièce datée est là : retirez sa date, ou la raison de son absence."
AFTER_9999 = "L’échéance qui part de cette date tombe après l’an 9999."


class Shape(NamedTuple):
    """The fields of an object in their order, the keys it may have, and the places of the fields it must have."""

    fields: tuple[Field, ...]
    keys: frozenset[str]
    required: tuple[int, ...]


def shape(*fields: Field) -> Shape:
    """The shape of an object with those fields."""
    required = [place for place, (_, _, default) in enumerate(fields) if default is REQUIRED]
    return Shape(fields, frozenset(key for key, _, _ in fields), tuple(required))


def read_object(data: Any, shape: Shape) -> list[Any]:
    """The values of the fields of an object, in their order; absent or null gives the default."""
    if not isinstance(data, dict):
        raise CaseError("", NOT_AN_OBJECT)
    get = data.get
    try:
        found = [
            default if (value := get(key)) is None else read(value) for key, read, default in shape.fields
        ]
    except CaseError:
        raise first_error(data, shape) from None
    for place in shape.required:
        if found[place] is REQUIRED:
            raise first_error(data, shape)
    if not shape.keys.issuperset(data):
        raise unknown_key(data, shape.keys)
    return found


def first_error(data: dict[Any, Any], shape: Shape) -> CaseError:
    """The error of the first field that can't be meant, known to exist; the fields are read again to name it."""
    for key, read, default in shape.fields:
        value = data.get(key)
        if value is None and default is REQUIRED:
            return CaseError(key, "Ce champ est nécessaire.")
        try:
            if value is not None:
                read(value)
        except CaseError as error:
            return error.under(key)
    return CaseError("", NOT_AN_OBJECT)


def unknown_key(data: dict[Any, Any], known: frozenset[str]) -> CaseError:
    """The error for the first key that no field has."""
    key = next(key for key in data if key not in known)
    return CaseError(str(key), "Ce champ n’existe pas : corrigez son nom ou retirez-le.")


def object_of(build: Callable[..., Any], shape: Shape) -> Reader:
    """A reader of an object of that shape, given to `build` field by field."""

    def read(data: Any) -> Any:
        return build(*read_object(data, shape))

    return read


SHAREHOLDER: tuple[Field, ...] = (
    ("name", values.text, None),
    ("kind", values.word(*facts.SHAREHOLDER_KINDS), "enterprise"),
    ("share", values.share, REQUIRED),
    ("exempt_investor", values.flag, False),
    ("headcount", values.figure, None),
    ("turnover", values.amount, None),
    ("balance_sheet", values.amount, None),
)
PASSI: tuple[Field, ...] = (
    ("valid_from", values.day, REQUIRED),
    ("valid_until", values.day, REQUIRED),
    ("scopes", values.list_of(values.word(*facts.PASSI_SCOPES)), ()),
)
EXPERT: tuple[Field, ...] = (
    ("accredited_volets", values.list_of(values.volet), ()),
    ("derogation", values.word(*facts.DEROGATIONS), "none"),
    ("passi", object_of(facts.Passi, shape(*PASSI)), None),
)
DECLARATIONS: tuple[Field, ...] = (
    ("training_not_cumulated", values.flag, None),
    ("business_model_defined", values.flag, None),
    ("medical_committee", values.flag, None),
)


BEFORE_CREATED_ON: tuple[Field, ...] = (
    ("legal_form", values.legal_form, None),
    ("registered_in", values.country, None),
)
AFTER_CREATED_ON: tuple[Field, ...] = (
    ("headcount", values.figure, None),
    ("turnover", values.amount, None),
    ("balance_sheet", values.amount, None),
    ("equity", values.signed_amount, None),
    ("subscribed_capital", values.amount, None),
    ("insolvency_proceedings", values.flag, None),
    ("in_difficulty", values.flag, None),
    ("tax_and_social_up_to_date", values.flag, None),
    ("volets_used", values.list_of(values.volet), ()),
    ("shareholders", values.list_of(object_of(facts.Shareholder, shape(*SHAREHOLDER))), None),
)
DEVICE_KIND: tuple[Field, ...] = (("kind", values.word(*facts.DEVICE_KINDS), None),)
AFTER_RISK_CLASS: tuple[Field, ...] = (
    ("digital_functions", values.flag, None),
    ("hardware", values.flag, None),
    ("targets", values.list_of(values.word(*facts.TARGETS)), None),
    ("ce_marking", values.word(*facts.CE_MARKINGS), None),
    ("audience", values.word(*facts.AUDIENCES), None),
    ("purpose", values.word(*facts.PURPOSES), None),
)
AFTER_ITEM: tuple[Field, ...] = (
    ("amount", values.amount, REQUIRED),
    ("complexity", values.word(*facts.COMPLEXITIES), None),
    ("performed_by", values.word(*facts.PERFORMERS), "expert"),
)
BEFORE_LINES: tuple[Field, ...] = (
    ("signed", values.flag, None),
    ("issued_on", values.day, None),
)
DOCUMENT_KIND: tuple[Field, ...] = (("kind", values.word(*facts.DOCUMENT_KINDS), REQUIRED),)
COVERS: Field = ("covers", values.obligations, facts.OBLIGATIONS)

read_declarations = object_of(facts.Declarations, shape(*DECLARATIONS))
read_expert = object_of(facts.Expert, shape(*EXPERT))
read_stage = values.word(*facts.STAGES)
read_word_of_class = values.word(*facts.RISK_CLASSES)


def past_day(on: date) -> Reader:
    """A reader of dates that can't be after the day of the evaluation."""

    def read(value: Any) -> date:
        found = values.day(value)
        if found > on:
            raise CaseError("", "Cette date est postérieure à la date de l’évaluation.")
        return found

    return read


@lru_cache(maxsize=64)
def company_reader(on: date) -> Reader:
    """A reader of the company, which can't have been created after `on`."""
    created_on = ("created_on", past_day(on), None)
    return object_of(facts.Company, shape(*BEFORE_CREATED_ON, created_on, *AFTER_CREATED_ON))


def device_shape(kind: str | None) -> Shape:
    """The shape of a device of that kind, whose class must be one of the kind's."""
    classes = None if kind is None else facts.DEVICE_CLASSES[kind]

    def risk_class(value: Any) -> str:
        found = read_word_of_class(value)
        if classes == ():
            raise CaseError("", "Une solution numérique n’a pas de classe de risque.")
        if classes is not None and found not in classes:
            raise CaseError("", f"Ce dispositif est de l’une de ces classes : {', '.join(classes)}.")
        return found

    return shape(*DEVICE_KIND, ("risk_class", risk_class, None), *AFTER_RISK_CLASS)


ANY_DEVICE = device_shape(None)
DEVICE_SHAPES = {kind: device_shape(kind) for kind in facts.DEVICE_KINDS}


def read_device(data: Any) -> facts.Device:
    """The device, with its place in the price table."""
    kind = data.get("kind") if isinstance(data, dict) else None
    found = read_object(data, DEVICE_SHAPES.get(kind, ANY_DEVICE) if type(kind) is str else ANY_DEVICE)
    return facts.Device(*[*found, facts.column_of(found[0], found[1])])


@lru_cache(maxsize=64)
def quote_reader(edition: Edition) -> Reader:
    """A reader of the quote, whose lines are of items that the edition knows."""

    def item(value: Any) -> str:
        if type(value) is str and value in edition.codes:
            return edition.codes[value]
        raise CaseError("", f"Un de ces postes est attendu : {', '.join(edition.codes)}.")

    line = object_of(facts.Line, shape(("item", item, REQUIRED), *AFTER_ITEM))
    return object_of(facts.Quote, shape(*BEFORE_LINES, ("lines", values.list_of(line), ())))


def document_reader(on: date) -> Reader:
    """A reader of one document: not issued after `on`, and undated where it is the reason of an absence."""
    issued_on = ("issued_on", past_day(on), None)
    undated = shape(*DOCUMENT_KIND, issued_on, COVERS, ("absent_because", values.reason, None))
    dated = shape(*DOCUMENT_KIND, issued_on, COVERS, ("absent_because", not_both, None))

    def read(data: Any) -> facts.Document:
        is_dated = isinstance(data, dict) and data.get("issued_on") is not None
        return facts.Document(*read_object(data, dated if is_dated else undated))

    return read


def not_both(value: Any) -> NoReturn:
    """Refuse the reason of an absence beside a date."""
    values.reason(value)
    raise CaseError("", DATED_AND_ABSENT)


@lru_cache(maxsize=64)
def documents_reader(on: date) -> Reader:
    """A reader of the documents."""
    return values.list_of(document_reader(on))


def field_of(data: dict[str, Any], key: str, read: Reader, default: Any) -> Any:
    """One field of the case itself."""
    value = data.get(key)
    if value is None:
        if default is REQUIRED:
            raise CaseError(key, "Ce champ est nécessaire.")
        return default
    try:
        return read(value)
    except CaseError as error:
        raise error.under(key) from None


def day_and_edition(data: dict[str, Any], editions: Editions, today: date | None) -> tuple[date, Edition]:
    """The day of the evaluation, and the edition: the one that is named, or the one in force that day."""
    on: date = field_of(data, "on", values.day, REQUIRED if today is None else today)
    first = editions.all[0].in_force_from
    if on < first:
        raise CaseError("on", f"Aucune édition n’est en vigueur avant le {day(first)}.")
    code: str | None = field_of(data, "edition", values.word(*editions.by_code), None)
    edition = editions.at(on) if code is None else editions.by_code[code]
    assert edition is not None
    return on, edition


def term_day(value: Any, event: str, edition: Edition, volet: int, device: facts.Device) -> date:
    """The day of an event; a term that starts from it must end before the year 10000."""
    found = values.day(value)
    if edition.term.starts_on_event == event:
        try:
            add_months(found, term_months(volet, device, edition) or 0)
        except OverflowError:
            raise CaseError("", AFTER_9999) from None
    return found


def end_day(value: Any, edition: Edition) -> date:
    """The day when the work ended; its report must be due before the year 10000."""
    found = values.day(value)
    try:
        report_due_on(found, edition)
    except OverflowError:
        raise CaseError("", AFTER_9999) from None
    return found


def read_case(data: Any, editions: Editions, today: date | None = None) -> Case:
    """The facts of a case that `parse_json` read; `today` stands in for an absent `on`."""
    if not isinstance(data, dict):
        raise CaseError("", NOT_AN_OBJECT)
    on, edition = day_and_edition(data, editions, today)
    stage = field_of(data, "stage", read_stage, "simulation")
    volet = field_of(data, "volet", values.volet, REQUIRED)
    company = company_reader(on)
    company_facts = field_of(data, "company", company, None) or company({})
    device = field_of(data, "device", read_device, None) or read_device({})
    case = Case(
        on=on,
        edition=edition.code,
        stage=stage,
        volet=volet,
        company=company_facts,
        device=device,
        declarations=field_of(data, "declarations", read_declarations, None) or read_declarations({}),
        expert=field_of(data, "expert", read_expert, None),
        quote=field_of(data, "quote", quote_reader(edition), None),
        documents=field_of(data, "documents", documents_reader(on), None),
        contract_signed_on=field_of(
            data,
            "contract_signed_on",
            lambda day: term_day(day, "contract_signed", edition, volet, device),
            None,
        ),
        validated_on=field_of(
            data, "validated_on", lambda day: term_day(day, "validated", edition, volet, device), None
        ),
        work_ended_on=field_of(data, "work_ended_on", lambda day: end_day(day, edition), None),
    )
    if not CASE_KEYS.issuperset(data):
        raise unknown_key(data, CASE_KEYS)
    return case


CASE_KEYS = frozenset(Case._fields)
