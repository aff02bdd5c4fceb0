"""How amounts, dates, sizes and icons are written on screen: filters and tags every template has at hand."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.clock import PARIS, civil_date

register = template.Library()

UNKNOWN = "—"
NO_BREAK = "\N{NO-BREAK SPACE}"
THIN_NO_BREAK = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SIZE_UNITS = ("octets", "Ko", "Mo", "Go", "To")
SPRITE = "vendor/bootstrap-icons/icons.svg"


def _decimal(value: Any) -> Decimal:
    """Read an exact number; a float is refused, because its cents are not the ones that were meant."""
    if isinstance(value, bool | float):
        raise TypeError(f"A {type(value).__name__} is no exact number: {value!r}.")
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise TypeError(f"Not a number: {value!r}.") from error
    if not number.is_finite():
        raise TypeError(f"Not a finite number: {value!r}.")
    return number


def _is_unknown(value: Any) -> bool:
    """Tell whether there is nothing to write: not known is never zero."""
    return value is None or value == ""


def _written(number: Decimal, decimals: int) -> str:
    """Write a number the French way: thousands apart, a comma, a true minus sign."""
    rounded = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", THIN_NO_BREAK).replace(".", ",")
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def euros(value: Any) -> str:
    """Write an amount in euros with its cents, « 20 000,00 € »; an unknown amount is a dash."""
    return UNKNOWN if _is_unknown(value) else f"{_written(_decimal(value), 2)}{NO_BREAK}€"


@register.filter
def number(value: Any) -> str:
    """Write a count or a quantity with as many decimals as it has, « 1 234,5 »."""
    if _is_unknown(value):
        return UNKNOWN
    exact = _decimal(value)
    exponent = exact.normalize().as_tuple().exponent
    return _written(exact, max(0, -int(exponent)))


@register.filter
def days(value: Any) -> str:
    """Write a number of days, « 1,5 jour », « 2 jours »: the plural begins at two."""
    if _is_unknown(value):
        return UNKNOWN
    return f"{number(value)}{NO_BREAK}{'jour' if abs(_decimal(value)) < 2 else 'jours'}"


@register.filter
def percent(value: Any) -> str:
    """Write a ratio (0.5) as a percentage (« 50 % »), with at most two decimals."""
    if _is_unknown(value):
        return UNKNOWN
    exact = (_decimal(value) * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{number(exact)}{NO_BREAK}%"


def _civil(value: Any) -> date | None:
    """Read a date, an instant or either as ISO text; the civil date is the one in Paris."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        return civil_date(value) if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


@register.filter
def french_date(value: Any) -> str:
    """Write a date in full, « 20 novembre 2026 », « 1er mars 2026 »; an unknown date is a dash."""
    if _is_unknown(value):
        return UNKNOWN
    day = _civil(value)
    if day is None:
        raise TypeError(f"Not a date: {value!r}.")
    ordinal = "1er" if day.day == 1 else str(day.day)
    return f"{ordinal}{NO_BREAK}{MONTHS[day.month - 1]}{NO_BREAK}{day.year:04d}"


@register.filter
def short_date(value: Any) -> str:
    """Write a date for a dense table, « 20/11/2026 »; an unknown date is a dash."""
    if _is_unknown(value):
        return UNKNOWN
    day = _civil(value)
    if day is None:
        raise TypeError(f"Not a date: {value!r}.")
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


@register.filter
def french_datetime(value: datetime | None) -> str:
    """Write an instant as Paris reads it, « 20 novembre 2026 à 14 h 05 »."""
    if value is None:
        return UNKNOWN
    local = value.astimezone(PARIS)
    return f"{french_date(local)} à{NO_BREAK}{local.hour}{NO_BREAK}h{NO_BREAK}{local.minute:02d}"


@register.filter
def file_size(value: int | None) -> str:
    """Write a size in bytes in the unit a person reads, « 1,4 Mo » (1 Ko = 1 024 octets)."""
    if value is None:
        return UNKNOWN
    size, unit = Decimal(value), 0
    while size >= 1024 and unit < len(SIZE_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    word = "octet" if unit == 0 and size < 2 else SIZE_UNITS[unit]
    written = number(size.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)) if unit else _written(size, 0)
    return f"{written}{NO_BREAK}{word}"


@register.filter
def siren(value: str) -> str:
    """Write a SIREN (9 digits) or a SIRET (14) in groups, « 732 829 320 00074 »; anything else as it is."""
    digits = "".join(str(value or "").split())
    if not digits.isdigit() or len(digits) not in (9, 14):
        return str(value or "")
    groups = [digits[0:3], digits[3:6], digits[6:9], digits[9:]]
    return NO_BREAK.join(group for group in groups if group)


@register.filter
def of_person(value: Any) -> str:
    """Write « de » before a name, elided as it is said: « de Karim », « d’Olivia », « d’Yves », « de Yann »."""
    name = str(value)
    plain = unicodedata.normalize("NFD", name).casefold()
    begins = plain[:1] in tuple("aeiou") or (plain[:1] == "y" and plain[1:2] not in tuple("aeiouy"))
    return f"d’{name}" if begins else f"de {name}"


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """Return what a mapping holds under a key known only at display time, or an empty string."""
    return (mapping or {}).get(key, "")


@register.filter
def unlocalized(value: int) -> str:
    """Write a whole number for an address or a form field: digits alone, no thousands apart."""
    return str(int(value))


@register.filter
def field_target(field: Any) -> str:
    """Return the id of what takes the focus for a form's field: its first choice when it has several."""
    return str(field.id_for_label or f"{field.auto_id}_0")


@register.filter
def field_named(field: Any) -> str:
    """Return how a form's field is called away from its place: « Ligne 2, Montant HT »."""
    return str(getattr(field, "whole_label", "") or field.label)


@register.filter
def text_blocks(text: Any) -> list[dict[str, Any]]:
    """Read plain text as blocks {lines, listed}: paragraphs between empty lines, lists of lines with a dash."""
    blocks: list[dict[str, Any]] = []
    apart = True
    for raw in str(text or "").splitlines():
        line = raw.strip()
        listed = line.startswith("- ")
        if line and (apart or blocks[-1]["listed"] is not listed):
            blocks.append({"lines": [], "listed": listed})
        apart = not line
        if line:
            blocks[-1]["lines"].append(line.removeprefix("- "))
    return blocks


@register.simple_tag
def having(items: Iterable[Any], key: str, *values: str) -> list[Any]:
    """Keep the items (dicts or objects) whose `key` is one of the values, in their order."""
    return [
        item
        for item in items or ()
        if (item.get(key) if isinstance(item, Mapping) else getattr(item, key, None)) in values
    ]


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; without a label it is decoration and screen readers skip it."""
    address = f"{static(SPRITE)}#{name}"
    if not label:
        return format_html(
            '<svg class="dm-icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', address
        )
    return format_html(
        '<svg class="dm-icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address
    )


@register.simple_tag
def bar(amount: Any, ceiling: Any) -> dict[str, str | bool]:
    """Measure a line against its ceiling for an SVG bar 100 units wide.

    The bar stands for the larger of the two amounts. `within` and `over` are the widths of what is
    under the ceiling and above it, `mark` the place of the ceiling; all are plain numbers as text.
    """
    spent = max(_decimal(amount or 0), Decimal(0))
    limit = spent if _is_unknown(ceiling) else max(_decimal(ceiling), Decimal(0))
    whole = max(spent, limit)
    if whole == 0:
        return {"within": "0", "over": "0", "mark": "100", "is_over": False}
    cent = Decimal("0.01")
    within = (min(spent, limit) * 100 / whole).quantize(cent)
    over = (max(spent - limit, Decimal(0)) * 100 / whole).quantize(cent)
    over = min(over, 100 - within)
    mark = (limit * 100 / whole).quantize(cent)
    return {"within": str(within), "over": str(over), "mark": str(mark), "is_over": spent > limit}


@register.simple_tag
def shares(items: Iterable[Mapping[str, Any]], key: str) -> dict[str, Any]:
    """Measure items against their sum for a stacked SVG bar 100 units wide.

    Returns {parts: [{item, start, width}], total}: places and widths are plain numbers as text, `total` the sum.
    """
    listed = list(items or ())
    amounts = [max(_decimal(item[key] or 0), Decimal(0)) for item in listed]
    total, cent, parts, before = sum(amounts, Decimal(0)), Decimal("0.01"), [], Decimal(0)
    for item, amount in zip(listed, amounts, strict=True):
        start = (before * 100 / total).quantize(cent) if total else Decimal(0)
        before += amount
        end = (before * 100 / total).quantize(cent) if total else Decimal(0)
        parts.append({"item": item, "start": str(start), "width": str(end - start)})
    return {"parts": parts, "total": total}
