"""Runs plain tests again and again within one test."""

from __future__ import annotations

import importlib
import inspect
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.campaigns import ROOT

# A change may make a loop endless, or a number enormous. Of the processor's time: what else runs does not count.
LIMIT_SECONDS = 6.0


class TooLongError(BaseException):
    """A test ran beyond the limit: no handler of the portal may take it for one of its own errors."""


@dataclass
class Case:
    """One test with its arguments."""

    name: str
    run: Callable[[], object]
    needs_database: bool = False

    def passes(self, seconds: float = LIMIT_SECONDS) -> bool:
        """Run it, for so long at most; what it writes or leaves in the cache is taken back."""
        cache.clear()
        try:
            with limited(seconds), transaction.atomic():
                self.run()
                transaction.set_rollback(True)
        except (Exception, TooLongError, pytest.fail.Exception, pytest.skip.Exception):  # noqa: BLE001 any tells
            return False
        return True


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop the block after so much of the processor's time."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def cases_of(path: str) -> Iterator[Case]:
    """Give the tests of a file or folder that need nothing but their parameters, one a set of them."""
    place = ROOT / path
    for file in sorted(place.glob("test_*.py")) if place.is_dir() else [place]:
        module = importlib.import_module(_module_of(file))
        marked = {mark.name for mark in _marks(module)}
        for name, function in vars(module).items():
            if (
                name.startswith("test_")
                and inspect.isfunction(function)
                and not hasattr(function, "hypothesis")
            ):
                for rank, arguments in enumerate(_arguments(function)):
                    if set(inspect.signature(function).parameters) == set(arguments):
                        yield Case(
                            f"{module.__name__}.{name}[{rank}]",
                            _bound(function, arguments),
                            needs_database="django_db" in marked | {mark.name for mark in _marks(function)},
                        )


def _module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def _marks(holder: object) -> Iterable[Any]:
    marks = getattr(holder, "pytestmark", ())
    return marks if isinstance(marks, list) else (marks,) if marks else ()


def _bound(function: Callable[..., object], arguments: dict[str, Any]) -> Callable[[], object]:
    return lambda: function(**arguments)


def _arguments(function: Callable[..., object]) -> list[dict[str, Any]]:
    """Return the sets of arguments that the marks of a test give it."""
    sets: list[dict[str, Any]] = [{}]
    for mark in _marks(function):
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
