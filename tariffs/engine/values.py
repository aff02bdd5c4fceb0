"""How one value of a case is read: each reader returns its meaning or raises CaseError with an empty path."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from tariffs.engine.facts import OBLIGATIONS, CaseError
from tariffs.engine.jsontext import JsonNumber

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,2})?")
_FIGURE = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
_GRAMMAR = re.compile(r"-?(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_LEGAL_FORM = re.compile(r"[0-9]{4}")
_COUNTRY = re.compile(r"[A-Z]{2}")
CENT = Decimal("0.01")
_NOTHING = Decimal("0.00")
_HUNDRED = Decimal(100)
_MOST_BITS = 64

NOT_A_NUMBER = "Un nombre est attendu, écrit en chiffres avec un point pour les décimales et sans exposant."

NOT_A_DATE = "Une date est attendue, qui existe et s’écrit AAAA-MM-JJ."


def _written(value: Any) -> str:
    """The figure as it was written; a float is refused, since it has already lost its decimals."""
    if isinstance(value, str):
        return value
    if type(value) is int and value.bit_length() <= _MOST_BITS:
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    raise CaseError("", NOT_A_NUMBER)


def _refused(text: str, decimals: int, negative_allowed: bool) -> CaseError:
    """Why the text is not a figure that can be meant."""
    parts = _GRAMMAR.fullmatch(text)
    if parts is None:
        return CaseError("", NOT_A_NUMBER)
    if text.startswith("-") and not negative_allowed:
        return CaseError("", "Un nombre négatif n’est pas possible ici.")
    if len(parts[1]) > 15:
        return CaseError("", "Ce nombre est trop grand : 15 chiffres au plus avant la virgule.")
    if decimals == 2:
        return CaseError("", "Un montant a deux décimales au plus.")
    return CaseError("", "Ce nombre est trop précis : 15 décimales au plus.")


def amount(value: Any) -> Decimal:
    """Euros, not negative, two decimals at most as written; always given back with two."""
    return _amount(value if isinstance(value, str) else _written(value))


@lru_cache(maxsize=4096)
def _amount(text: str) -> Decimal:
    """The same from its text; remembered, since round figures and ceilings come back."""
    if _AMOUNT.fullmatch(text):
        return Decimal(text) if text[-3:-2] == "." else Decimal(text).quantize(CENT)
    return _zero_or_refusal(text, _AMOUNT, 2)


def figure(value: Any) -> Decimal:
    """A number of people (decimals are annual work units), not negative."""
    text = value if isinstance(value, str) else _written(value)
    if _FIGURE.fullmatch(text):
        return Decimal(text)
    return _zero_or_refusal(text, _FIGURE, 15)


def _zero_or_refusal(text: str, pattern: re.Pattern[str], decimals: int) -> Decimal:
    """Zero for "-0", which is not negative; the refusal otherwise."""
    if text.startswith("-") and pattern.fullmatch(text, 1) and not Decimal(text):
        return _NOTHING
    raise _refused(text, decimals, negative_allowed=False)


def signed_amount(value: Any) -> Decimal:
    """Euros that may be negative (equity)."""
    text = _written(value)
    if not _AMOUNT.fullmatch(text, 1 if text.startswith("-") else 0):
        raise _refused(text, 2, negative_allowed=True)
    return Decimal(text).quantize(CENT) or _NOTHING


def share(value: Any) -> Decimal:
    """A percentage from 0 to 100."""
    percent = figure(value)
    if percent > _HUNDRED:
        raise CaseError("", "Une part du capital est un pourcentage de 0 à 100.")
    return percent


def flag(value: Any) -> bool:
    """true or false."""
    if value is True or value is False:
        return value
    raise CaseError("", "Répondez par vrai ou faux (true ou false).")


def day(value: Any) -> date:
    """A civil date written YYYY-MM-DD."""
    if type(value) is not str:
        raise CaseError("", NOT_A_DATE)
    return _day(value)


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    """The same from its text; remembered, since the days of a year are few."""
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise CaseError("", NOT_A_DATE)


def word(*words: str) -> Callable[[Any], str]:
    """A reader of one of these words."""
    expected = ", ".join(words)
    known = {each: each for each in words}

    def read(value: Any) -> str:
        if type(value) is str and value in known:
            return known[value]
        raise CaseError("", f"Un de ces mots est attendu : {expected}.")

    return read


def volet(value: Any) -> int:
    """A volet, from 1 to 5, as a JSON integer."""
    if type(value) is int and 1 <= value <= 5:
        return value
    if type(value) is JsonNumber and value in ("1", "2", "3", "4", "5"):
        return int(value)
    raise CaseError("", "Un volet est un nombre entier de 1 à 5.")


def text(value: Any) -> str:
    """A free text that can be stored and shown."""
    if type(value) is not str:
        raise CaseError("", "Un texte est attendu.")
    if "\x00" in value or not (value.isascii() or _can_be_written(value)):
        raise CaseError("", "Ce texte contient un caractère illisible.")
    return value


def _can_be_written(value: str) -> bool:
    """Has UTF-8 a way to write it? Lone surrogates, halves of a character, have none."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def reason(value: Any) -> str:
    """A text that says something."""
    if not text(value).strip():
        raise CaseError("", "Dites en quelques mots pourquoi la pièce ne peut pas être fournie.")
    return str(value)


def legal_form(value: Any) -> str:
    """An INSEE legal category."""
    if type(value) is str and _LEGAL_FORM.fullmatch(value):
        return value
    raise CaseError("", "La catégorie juridique de l’INSEE est un texte de 4 chiffres, par exemple « 5710 ».")


def country(value: Any) -> str:
    """An ISO 3166 alpha-2 code."""
    if type(value) is str and _COUNTRY.fullmatch(value):
        return value
    raise CaseError("", "Le pays est un code de deux lettres capitales, par exemple « FR ».")


def no_element() -> NoReturn:
    """Refuse null inside a list."""
    raise CaseError("", "Un élément de la liste est vide (null) : donnez-le ou retirez-le.")


def list_of(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A reader of a list whose elements are read one by one; null is no element."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise CaseError("", "Une liste est attendue.")
        found: list[Any] = []
        try:
            for element in value:
                if element is None:
                    no_element()
                found.append(read(element))
        except CaseError as error:
            raise error.under(len(found)) from None
        return tuple(found)

    return read_all


def obligations(value: Any) -> tuple[str, ...]:
    """What a certificate covers; at least one of tax and social."""
    found = _obligations(value)
    if not found:
        raise CaseError("", "L’attestation couvre au moins une obligation : « tax », « social » ou les deux.")
    return found


_obligations = list_of(word(*OBLIGATIONS))
