"""Odd bodies for forms: which names an address reads, and what they are filled with."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.utils.datastructures import MultiValueDict

MOST_NAMES = 60
LOOKUPS = ("get", "getlist", "__getitem__", "__contains__")


def _pairs(*values: str) -> Callable[[str], Iterable[str]]:
    """Return what makes, of a name, one pair a value, already quoted."""
    return lambda name: [f"{quote(name)}={value}" for value in values]


# By what is odd about it; "%ED%A0%80" is half of a character, which no encoding of text allows.
KINDS: dict[str, Callable[[str], Iterable[str]]] = {
    "nul": _pairs("a%00b"),
    "only_nul": _pairs("%00"),
    "doubled": _pairs("1", "2"),
    "many": _pairs(*map(str, range(6))),
    "huge_number": _pairs("9" * 4000),
    "huge_text": _pairs(quote("é" * 4000)),
    "above_any_key": _pairs("99999999999999999999"),
    "negative": _pairs("-1"),
    "exponent": _pairs("1e400"),
    "not_a_number": _pairs("NaN"),
    "infinite": _pairs("-Infinity"),
    "half_a_character": _pairs("%ED%A0%80"),
    "not_utf8": _pairs("%FF%FE%80"),
    "bidi_and_invisible": _pairs(quote("\u202eevil\u2066\u200b\ufeff")),
    "other_digits": _pairs(quote("٣١/١٢/٢٠٢٦")),
    "wide": _pairs(quote("１２𝟙𝟚ﷺ🏳️‍🌈")),
    "combining": _pairs(quote("e" + "\u0301" * 300)),
    "lines": _pairs("a%0D%0AX-Injected%3A%20b%0D%0A"),
    "markup": _pairs(quote("<script>{{ 7*7 }}{% x %}</script>${7*7}")),
    "structure": _pairs(quote('{"a":[{"b":null}]}')),
    "first_day": _pairs("0001-01-01"),
    "last_day": _pairs("9999-12-31"),
    "no_day": _pairs("2026-02-30"),
    "one": _pairs("1"),
    "on": _pairs("on"),
    "today": _pairs("2026-11-21"),
    "spaces": _pairs("%20%09%C2%A0"),
    "path": _pairs(quote("../../etc/passwd")),
    "uuid": _pairs("00000000-0000-0000-0000-000000000000"),
}


def body(names: Iterable[str], kind: str) -> str:
    """Return a form in which every name is filled in the same odd way."""
    return "&".join(pair for name in sorted(names)[:MOST_NAMES] for pair in KINDS[kind](name))


@contextmanager
def names_read() -> Iterator[set[str]]:
    """Give the names that a request's form, address and files are asked for, as they are asked."""
    names = set[str]()
    with pytest.MonkeyPatch.context() as patch:
        for lookup in LOOKUPS:
            patch.setattr(MultiValueDict, lookup, _watched(getattr(MultiValueDict, lookup), names))
        yield names


def _watched(original: Any, names: set[str]) -> Any:
    def look(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(key, str):
            names.add(key)
        return original(self, key, *args, **kwargs)

    return look
