"""Finds which tests a change can reach: those on whose way the changed function would have answered otherwise.

Each call of a function is answered by the function itself; then its changes are asked the same, and the answers
compared. Most tests that call a function never see its change, and need not run for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from types import CodeType, FunctionType, GeneratorType
from typing import Any

from django.db import connection

from tests.mutation.mutants import Mutant
from tests.mutation.runs import LIMIT_SECONDS, Case


class WriteError(BaseException):
    """A changed function was about to write: no handler of the portal may take it for one of its own errors."""


def unnoticed(mutants: Iterable[Mutant], cases: Iterable[Case]) -> list[Mutant]:
    """Return the changes that none of the tests notices; those without a database run first, being the quickest."""
    left = dict.fromkeys(mutants)
    watch = Watch(left)
    for case in sorted(cases, key=lambda case: case.needs_database):
        for mutant in watch.reached(case) if left else ():
            if notices(case, mutant):
                watch.drop(mutant)
                del left[mutant]
    return list(left)


def notices(case: Case, mutant: Mutant) -> bool:
    """Tell whether a test fails by the change: with it, and not without it."""
    with mutant.in_place():
        passed = case.passes(2 * LIMIT_SECONDS)
    return not passed and case.passes()


class Watch:
    """Stands between the functions and who calls them while a test runs, and asks their changes the same."""

    def __init__(self, mutants: Iterable[Mutant]) -> None:
        self.found: dict[Mutant, None] = {}
        self.is_trying = False
        self.changes: dict[FunctionType, list[tuple[Mutant, FunctionType]]] = {}
        for mutant in mutants:
            for function, code in mutant.altered:
                self.changes.setdefault(function, []).append((mutant, _copied(function, code)))
        self.codes = {
            function: (function.__code__, _handing_over(function, self._hook(function)))
            for function in self.changes
        }
        self.remembered = {one for mutant, _ in chain(*self.changes.values()) for one in mutant.remembered}

    def reached(self, case: Case) -> list[Mutant]:
        """Run a test; return the changes that would have made a difference on its way, none where it fails."""
        self.found = {}
        for one in self.remembered:
            one.cache_clear()
        for function, (_, handing_over) in self.codes.items():
            if self.changes[function]:
                function.__code__ = handing_over
        try:
            passed = case.passes()
        finally:
            for function, (own, _) in self.codes.items():
                function.__code__ = own
        return list(self.found) if passed else []

    def drop(self, mutant: Mutant) -> None:
        """Look for this change no more."""
        for function, _ in mutant.altered:
            self.changes[function] = [pair for pair in self.changes[function] if pair[0] is not mutant]

    def _hook(self, function: FunctionType) -> Callable[..., object]:
        own = _copied(function, function.__code__)

        def called(*args: Any, **kwargs: Any) -> object:
            changes = [pair for pair in self.changes[function] if pair[0] not in self.found]
            if self.is_trying or not changes:
                return own(*args, **kwargs)
            answer, again = _answer(own, args, kwargs)
            self.is_trying = True
            try:
                for mutant, changed in changes:
                    if not _same(answer, _tried(changed, args, kwargs)):
                        self.found[mutant] = None
            finally:
                self.is_trying = False
            return again()

        return called


Answer = tuple[str, object]


def _answer(
    function: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Answer, Callable[[], object]]:
    """Return what a call answers, and how to answer it to who called; what a generator gives is given at once."""
    try:
        found = function(*args, **kwargs)
        if isinstance(found, GeneratorType):
            given = list(found)
            return ("gave", given), lambda: iter(given)
    except Exception as error:  # noqa: BLE001 whatever it raises is its answer
        return ("raised", error), partial(_raise, error)
    return ("returned", found), lambda: found


def _raise(error: Exception) -> None:
    raise error


def _tried(function: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
    """Return what a changed function answers; one that would write answers otherwise than any other."""
    before = connection.needs_rollback
    try:
        with _reading_only():
            return _answer(function, args, kwargs)[0]
    except WriteError as error:
        return "wrote", error
    finally:
        connection.needs_rollback = before


@contextmanager
def _reading_only() -> Iterator[None]:
    def execute(run: Callable[..., object], sql: str, *rest: Any) -> object:
        if not sql.lstrip("( ").upper().startswith("SELECT"):
            raise WriteError(sql)
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield


def _same(one: Answer, other: Answer) -> bool:
    """Tell whether nobody can tell two answers apart."""
    try:
        if one[0] == "raised":
            return other[0] == "raised" and repr(one[1]) == repr(other[1])
        return bool(one == other) and repr(one) == repr(other)
    except Exception:  # noqa: BLE001 what can't be compared is held to differ
        return False


def _copied(function: FunctionType, code: CodeType) -> FunctionType:
    """Return a function like this one, with a code of its own."""
    made = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _handing_over(function: FunctionType, hook: Callable[..., object]) -> CodeType:
    """Return a code for a function that hands each call over to `hook`; it closes over as many names as its own."""
    names = [f"name{place}" for place in range(len(function.__code__.co_freevars))]
    kept = f"({', '.join(names)},)" if names else "()"
    lines = [
        "def made():",
        *(f"    {name} = None" for name in names),
        "    def shim(*args, **kwargs):",
        "        hook = 'the hook'",
        f"        kept = lambda: {kept}",
        "        return hook(*args, **kwargs)",
        "    return shim",
    ]
    space: dict[str, Any] = {}
    exec("\n".join(lines), space)
    code: CodeType = space["made"]().__code__
    return code.replace(co_consts=tuple(hook if one == "the hook" else one for one in code.co_consts))
