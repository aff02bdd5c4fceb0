"""Runs plain tests again and again within one test: those that call a changed function, until one notices."""

from __future__ import annotations

import importlib
import inspect
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.db import transaction

from tests.campaigns import ROOT

# A change may make a loop endless, or a number enormous.
LIMIT_SECONDS = 5.0
SLOWEST_SECONDS = 1.5


class TooLongError(BaseException):
    """A test ran beyond the limit: no handler of the portal may take it for one of its own errors."""


@dataclass
class Case:
    """One test with its arguments, how long it takes, and which functions it calls."""

    name: str
    run: Callable[[], object]
    seconds: float = 0.0
    calls: set[CodeType] = field(default_factory=set)

    def passes(self) -> bool:
        """Run it; what it writes is taken back."""
        try:
            with limited(), transaction.atomic():
                self.run()
                transaction.set_rollback(True)
        except (Exception, TooLongError, pytest.fail.Exception, pytest.skip.Exception):  # noqa: BLE001 any tells
            return False
        return True


@contextmanager
def limited() -> Iterator[None]:
    """Stop the block after a while."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def cases_of(path: str) -> Iterator[Case]:
    """Give the tests of a file or folder that need nothing but their parameters, one a set of them."""
    place = ROOT / path
    for file in sorted(place.glob("test_*.py")) if place.is_dir() else [place]:
        module = importlib.import_module(_module_of(file))
        for name, function in vars(module).items():
            if (
                name.startswith("test_")
                and inspect.isfunction(function)
                and not hasattr(function, "hypothesis")
            ):
                for rank, arguments in enumerate(_arguments(function)):
                    if set(inspect.signature(function).parameters) == set(arguments):
                        yield Case(f"{module.__name__}.{name}[{rank}]", _bound(function, arguments))


def _module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def _bound(function: Callable[..., object], arguments: dict[str, Any]) -> Callable[[], object]:
    return lambda: function(**arguments)


def _arguments(function: Callable[..., object]) -> list[dict[str, Any]]:
    """Return the sets of arguments that the marks of a test give it."""
    sets: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", ()):
        if mark.name in {"slow", "postgres", "browser", "skipif"}:
            return []
        if mark.name == "parametrize":
            names, values = mark.args[0], list(mark.args[1])
            called = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
            sets = [one | _named(called, value) for one in sets for value in values]
    return sets


def _named(names: list[str], value: Any) -> dict[str, Any]:
    plain = getattr(value, "values", None) if type(value).__name__ == "ParameterSet" else None
    values = plain if plain is not None else (value,) if len(names) == 1 else value
    return dict(zip(names, values, strict=True))


def watched(cases: Iterable[Case], codes: set[CodeType]) -> list[Case]:
    """Run each test once; return those that pass quickly, with the functions among `codes` that they call."""
    kept = []
    for case in cases:
        began = time.perf_counter()
        with _calls(codes, case.calls):
            passed = case.passes()
        case.seconds = time.perf_counter() - began
        if passed and case.calls and case.seconds < SLOWEST_SECONDS:
            kept.append(case)
    return sorted(kept, key=lambda case: case.seconds)


@contextmanager
def _calls(codes: set[CodeType], found: set[CodeType]) -> Iterator[None]:
    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in codes:
            found.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
