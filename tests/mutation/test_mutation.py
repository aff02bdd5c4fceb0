"""The rules, the guards and the money changed on purpose: eighty-five changes of a hundred at least fail a test."""

import importlib
import os
import random
from pathlib import Path

import pytest

from tests.campaigns import ROOT
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.runs import Case, cases_of
from tests.mutation.watching import unnoticed
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
        (
            "tests/applications/workflow/test_settlement.py",
            "tests/applications/workflow/test_envelopes.py",
            "tests/applications/workflow/test_certificate.py",
            "tests/applications/workflow/test_payment_papers.py",
            "tests/applications/workflow/test_closure.py",
            "tests/applications/workflow/test_replacement.py",
            "tests/applications/controller",
        ),
    ),
}


def modules_of(paths: tuple[str, ...]) -> list[str]:
    """Return the names of the modules at these paths."""
    places = [ROOT / path for path in paths]
    files = [one for place in places for one in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    return [named(file) for file in files if file.name != "__init__.py"]


def named(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def left_of(room: str, tried: int) -> tuple[int, list[str]]:
    """Change a room `tried` times: return how many changes that was, and those that no test noticed."""
    paths, tests = ROOMS[room]
    # Read first: what the tests import makes functions too, such as the guards of the table.
    cases = [case for path in tests for case in cases_of(path)]
    mutants = [mutant for name in modules_of(paths) for mutant in mutants_of(importlib.import_module(name))]
    chosen = random.Random(room).sample(mutants, min(tried, len(mutants)))
    return len(chosen), sorted(map(str, unnoticed(chosen, cases)))


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_most_changes_are_noticed(room: str) -> None:
    tried, left = left_of(room, TRIED)
    record_figure(f"{room} changes", tried)
    record_figure(f"{room} changes noticed", tried - len(left))
    score = 1 - len(left) / tried
    assert score >= SCORE, f"{score:.0%} of {tried}:\n" + "\n".join(left)


def share(total: int, rate: int) -> int:
    """Return a part of a total: what the tests below change."""
    if total > 100 and rate:
        return total * rate // 100
    return 0


ASKED = ((200, 50), (100, 50), (101, 10), (50, 50), (200, 0))


def test_a_change_is_made_everywhere_and_taken_back() -> None:
    module = importlib.import_module(__name__)
    changes = [mutant for mutant in mutants_of(module) if mutant.name.endswith(".share")]
    assert len(changes) == 9
    assert share(200, 50) == 100
    differing = 0
    for mutant in changes:
        with mutant.in_place():
            differing += [share(*one) for one in ASKED] != [100, 0, 10, 0, 0]
    assert share(200, 50) == 100
    assert differing == 9


def change_of_share() -> Mutant:
    mutants = mutants_of(importlib.import_module(__name__))
    return next(one for one in mutants if one.name.endswith(".share") and "nothing" in one.said)


def strict() -> None:
    assert share(200, 50) == 100


def test_a_test_that_looks_notices() -> None:
    assert unnoticed([change_of_share()], [Case("seeing", strict)]) == []


@pytest.mark.twin
def test_a_test_that_looks_at_nothing_notices_nothing() -> None:
    mutant = change_of_share()
    assert unnoticed([mutant], [Case("blind", lambda: share(200, 50))]) == [mutant]


def test_a_test_that_fails_without_the_change_too_notices_nothing() -> None:
    mutant, moods = change_of_share(), iter([True, False, False])

    def moody() -> None:
        share(200, 50)
        assert next(moods)

    assert unnoticed([mutant], [Case("moody", moody)]) == [mutant]
