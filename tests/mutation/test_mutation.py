"""The rules, the guards and the money changed on purpose: eighty-five changes of a hundred at least fail a test."""

import importlib
import os
import random
from pathlib import Path

import pytest

from tests.campaigns import ROOT
from tests.mutation.mutants import Mutant, functions_of, mutants_of
from tests.mutation.runs import Case, cases_of, watched
from tests.promises import record_figure

pytestmark = pytest.mark.django_db
SCORE = 0.85
# So many changes of each room are tried, drawn from all of them; DIAGDM_MUTANTS says otherwise.
TRIED = int(os.environ.get("DIAGDM_MUTANTS", "250"))
ROOMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "engine": (
        (
            "tariffs/engine/funding.py",
            "tariffs/engine/terms.py",
            "tariffs/engine/logic.py",
            "tariffs/engine/evaluation.py",
            "tariffs/engine/rules",
        ),
        ("tests/tariffs/engine",),
    ),
    "workflow": (
        (
            "applications/workflow/guards.py",
            "applications/workflow/mission_guards.py",
            "applications/workflow/closure_guards.py",
        ),
        ("tests/applications/workflow",),
    ),
    "money": (
        (
            "applications/services/settlement.py",
            "applications/services/envelopes.py",
            "applications/services/payments/due.py",
            "applications/services/payments/certificate.py",
        ),
        ("tests/applications/workflow", "tests/applications/controller"),
    ),
}


def modules_of(paths: tuple[str, ...]) -> list[str]:
    """Return the names of the modules at these paths."""
    places = [ROOT / path for path in paths]
    files = [one for place in places for one in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    return [named(file) for file in files if file.name != "__init__.py"]


def named(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def survives(mutant: Mutant, cases: list[Case]) -> bool:
    """Tell whether no test that calls the function notices the change."""
    concerned = [case for case in cases if mutant.function.__code__ in case.calls]
    with mutant.in_place():
        return all(case.passes() for case in concerned)


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_most_changes_are_noticed(room: str) -> None:
    paths, tests = ROOMS[room]
    modules = [importlib.import_module(name) for name in modules_of(paths)]
    mutants = [mutant for module in modules for mutant in mutants_of(module)]
    codes = {function.__code__ for module in modules for function in functions_of(module)}
    cases = watched((case for path in tests for case in cases_of(path)), codes)
    chosen = random.Random(room).sample(mutants, min(TRIED, len(mutants)))
    left = [str(mutant) for mutant in chosen if survives(mutant, cases)]
    record_figure(f"{room} changes", len(chosen))
    record_figure(f"{room} changes noticed", len(chosen) - len(left))
    score = 1 - len(left) / len(chosen)
    assert score >= SCORE, f"{score:.0%} of {len(chosen)}:\n" + "\n".join(sorted(left))


def share(total: int, rate: int) -> int:
    """Return a part of a total: what the tests below change."""
    if total > 100 and rate:
        return total * rate // 100
    return 0


ASKED = ((200, 50), (100, 50), (101, 10), (50, 50), (200, 0))


def test_a_change_is_made_everywhere_and_taken_back() -> None:
    module = importlib.import_module(__name__)
    changes = [mutant for mutant in mutants_of(module) if mutant.function is share]
    assert len(changes) == 9
    assert share(200, 50) == 100
    differing = 0
    for mutant in changes:
        with mutant.in_place():
            differing += [share(*one) for one in ASKED] != [100, 0, 10, 0, 0]
    assert share(200, 50) == 100
    assert differing == 9


@pytest.mark.twin
def test_a_test_that_looks_at_nothing_notices_nothing() -> None:
    module = importlib.import_module(__name__)
    mutant = next(one for one in mutants_of(module) if one.function is share and "nothing" in one.said)

    def strict() -> None:
        assert share(200, 50) == 100

    blind = watched([Case("blind", lambda: share(200, 50))], {share.__code__})
    seeing = watched([Case("seeing", strict)], {share.__code__})
    assert survives(mutant, blind)
    assert not survives(mutant, seeing)
