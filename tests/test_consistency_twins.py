"""The twins of the lints: each is shown code that breaks its rule, and refuses it."""

from __future__ import annotations

import ast

import pytest

from tests import test_consistency as lints

pytestmark = pytest.mark.twin


def written(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Have the portal's code be this source alone."""
    nodes = tuple(("applications/services/somewhere.py", node) for node in ast.walk(ast.parse(source)))
    monkeypatch.setattr(lints, "all_nodes", lambda: nodes)


@pytest.mark.parametrize(
    "source",
    [
        "class AnyForm:\n    class Meta:\n        fields = '__all__'",
        "class AnyForm:\n    class Meta:\n        exclude = ['state']",
    ],
    ids=["all", "all but"],
)
def test_fields_that_are_not_listed_are_seen(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    written(monkeypatch, source)
    with pytest.raises(AssertionError):
        lints.test_fields_are_listed()


@pytest.mark.parametrize(
    "source",
    [
        "dossier.state = 'paid'",
        "other.dossier.state: str = 'paid'",
        "Dossier.objects.filter(pk=1).update(state='paid')",
        "Dossier(state='paid')",
        "setattr(dossier, 'state', 'paid')",
    ],
)
def test_a_second_writer_of_states_is_seen(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    written(monkeypatch, source)
    with pytest.raises(AssertionError):
        lints.test_only_the_transitions_write_a_dossiers_state()


@pytest.mark.parametrize(
    "source",
    [
        "work.delay(1)",
        "work.apply_async(args=[1])",
        "app.send_task('work')",
        "work.later(countdown=3600)",
        "work.later(eta=tomorrow)",
    ],
)
def test_a_second_bell_and_a_task_that_waits_are_seen(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    written(monkeypatch, source)
    with pytest.raises(AssertionError):
        lints.test_only_the_outbox_rings_and_nothing_waits_in_the_broker()


@pytest.mark.parametrize(
    "source", ["timezone.now()", "datetime.now(UTC)", "date.today()", "timezone.localdate()"]
)
def test_a_second_clock_is_seen(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    written(monkeypatch, source)
    with pytest.raises(AssertionError):
        lints.test_the_clock_is_read_by_the_clock_alone()
