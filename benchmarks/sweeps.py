"""What the sweeps cost with the same number due among ever more dossiers, on a private PostgreSQL.

Run it with `python benchmarks/sweeps.py [10000 100000 [1000000]]`. It adds dossiers up to each number, makes 500
running terms due for a reminder and the others not, and prints for each number: the sweep with nothing due, the sweep
of the 500, the list of what falls due in thirty days, each with its median time, its SQL statements and its growth
since the first number. The reminders are taken back after each round, so that every round has the same to do. `--due`
makes another number due, to try it out on fewer dossiers. It ends with 1 where a round did not work exactly those, or
where the most costly act asks more statements of more dossiers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.pages import ADD, VACUUM, manage, postgres  # noqa: E402

DUE = 500
ROUNDS = 5
FIRST = (10_000, 100_000)
# Prints one line for each act of each round: name, seconds, statements, how many were worked or listed. The filling and
# the putting aside of a million terms may take longer than a page's statement; the measured acts keep the limit.
MEASURE = """
import time
from datetime import timedelta
from django.db import connection, reset_queries, transaction
from django.test.utils import CaptureQueriesContext
from applications.models import Deadline
from applications.services import due_dates, sweeps
from applications.workflow.states import ENDED
from portal import clock
from portal.accounts.models import User
now, today = clock.now(), clock.today()
later = today + timedelta(days=400)
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout")
    usual = cursor.fetchone()[0]
    cursor.execute("SET statement_timeout = 0")
    moved = dict(due_on=later, next_on=later - timedelta(days=90), step=0)
    Deadline.objects.filter(closed_on=None).update(**moved)
    cursor.execute("VACUUM ANALYZE applications_deadline")
    cursor.execute("SET statement_timeout = '" + usual + "'")
running = Deadline.objects.filter(closed_on=None, kind="term").exclude(dossier__state__in=sorted(ENDED))
keys = list(running.order_by("pk").values_list("pk", flat=True)[:{due}])
if len(keys) < {due}:
    raise SystemExit(f"only {{len(keys)}} running terms of the {due} to make due: begin with more dossiers")
officer = User.objects.filter(staff_role="officer").order_by("-pk")[0]
asked = due_dates.Asked(officer, today)

def timed(name, act):
    # Django keeps the last nine thousand statements: where they are full, no new one could be counted.
    reset_queries()
    with CaptureQueriesContext(connection) as seen:
        began = time.perf_counter()
        done = act()
        took = time.perf_counter() - began
    print("MEASURED", name, took, len(seen), done)

class Back(Exception):
    pass

for _ in range({rounds}):
    timed("nothing due", lambda: sweeps.sweep(now=now, today=today))
    try:
        with transaction.atomic():
            Deadline.objects.filter(pk__in=keys).update(due_on=today + timedelta(days=90), next_on=today)
            timed("{due} due", lambda: sweeps.sweep(now=now, today=today))
            Deadline.objects.filter(pk__in=keys).update(due_on=today + timedelta(days=9))
            timed("list", lambda: len(due_dates.due_between(asked, None, today + timedelta(days=30))))
            raise Back
    except Back:
        pass
"""


class Act:
    """One act: its times, and the statements and the work of its last round."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statements, self.done = 0, 0

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.seconds)


def measured(environment: dict[str, str], due: int) -> dict[str, Act]:
    """Return what each act cost, by its name."""
    said = manage(environment, "shell", "-v0", "-c", MEASURE.format(due=due, rounds=ROUNDS))
    acts: dict[str, Act] = {}
    for line in said.splitlines():
        if line.startswith("MEASURED "):
            name, seconds, statements, done = line.removeprefix("MEASURED ").rsplit(" ", 3)
            act = acts.setdefault(name, Act())
            act.seconds.append(float(seconds))
            act.statements, act.done = int(statements), int(done)
    return acts


def faults(acts: dict[str, Act], first: dict[str, Act], due: int) -> list[str]:
    """Return what did not do its work, or asks more of the database the more there is."""
    wanted = {"nothing due": 0, f"{due} due": due}
    found = [
        f"« {name} » worked {acts[name].done}, expected {count}"
        for name, count in wanted.items()
        if acts[name].done != count
    ]
    if not acts["list"].done:
        found.append("« list » listed nothing")
    grown = [name for name, act in acts.items() if act.statements > first[name].statements]
    return [*found, *(f"« {name} » asks more statements of more dossiers" for name in grown)]


def main(counts: list[int], due: int) -> int:
    """Fill, measure, print; each number of dossiers in turn. Return 1 where something is wrong."""
    wrong: list[str] = []
    with postgres() as database, tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DIAGDM_VAR": folder,
            "DIAGDM_ENVIRONMENT": "demo",
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": str(ROOT),
        }
        manage(environment, "migrate", "-v0")
        manage(environment, "createcachetable")
        first: dict[str, Act] = {}
        there = 0
        print(
            f"{'dossiers':>10}  {'what':<12} {'median':>10} {'SQL':>6} {'done':>6} {'growth':>7}", flush=True
        )
        for count in sorted(counts):
            began = time.perf_counter()
            manage(environment, "shell", "-v0", "-c", ADD.format(count - there))
            manage(environment, "shell", "-v0", "-c", VACUUM)
            print(f"{count - there:>10}  added in {time.perf_counter() - began:,.0f} s", flush=True)
            there = count
            acts = measured(environment, due)
            first = first or acts
            for name, act in acts.items():
                growth = act.median / first[name].median
                print(
                    f"{count:>10}  {name:<12} {act.median * 1000:>7.1f} ms {act.statements:>6} {act.done:>6} "
                    f"{growth:>6.1f}x",
                    flush=True,
                )
            wrong += [f"{count}: {fault}" for fault in faults(acts, first, due)]
    for fault in wrong:
        print(f"WRONG at {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", type=int, nargs="*", default=list(FIRST))
    parser.add_argument("--due", type=int, default=DUE)
    asked = parser.parse_args()
    raise SystemExit(main(asked.counts or list(FIRST), asked.due))
