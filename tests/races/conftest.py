"""Threads that start together on PostgreSQL, and the lock taken away for the twin of each race."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from types import ModuleType

import pytest
from django.db import connection
from django.db.models import Model

from applications.models import Dossier
from applications.services import transitions
from tests.promises import record_figure

THREADS = 20
# The quick tests run fewer rounds; `./dev campaign` and `./dev test --slow` run them all.
ROUNDS = 10 if os.environ.get("DIAGDM_LONG") else 3


def at_once(acts: list[Callable[[], object]]) -> Counter[str]:
    """Run the acts in threads that start together; count "done" and the names of what was raised."""
    results = [""] * len(acts)
    start = Barrier(len(acts))

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            acts[number]()
            results[number] = "done"
        except Exception as error:  # noqa: BLE001 whatever came is what the test looks at
            results[number] = type(error).__name__
        finally:
            connection.close()

    workers = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    record_figure("races run", 1)
    return Counter(results)


@contextmanager
def lock_off(*modules: ModuleType) -> Iterator[None]:
    """Read the dossier without FOR UPDATE, every thread before any goes on: what a missing lock allows.

    `modules` take the lock beside `execute()`.
    """
    everyone = Barrier(THREADS)

    def read(dossier_id: int) -> Dossier:
        dossier = Dossier.objects.select_related("company", "device", "officer", "firm").get(pk=dossier_id)
        everyone.wait(timeout=30)
        return dossier

    with pytest.MonkeyPatch.context() as patch:
        for module in (transitions, *modules):
            patch.setattr(module, "lock", read)
        # Among twenty, one alone holds a right code: without that guard too, only the lock is left.
        patch.setattr(transitions, "code_is_right", lambda **_: True)
        yield


@contextmanager
def without(**constraints: type[Model]) -> Iterator[None]:
    """Take database constraints away, by name and model, and put them back once the rows in question are gone."""
    held = [(model, _constraint(model, name)) for name, model in constraints.items()]
    with connection.schema_editor() as editor:
        for model, constraint in held:
            editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        for model in set(constraints.values()):
            model._default_manager.all().delete()
        with connection.schema_editor() as editor:
            for model, constraint in held:
                editor.add_constraint(model, constraint)


def _constraint(model: type[Model], name: str):
    return next(found for found in model._meta.constraints if found.name == name)
