"""What the sweeps cost with the same number due among ever more dossiers, on a private PostgreSQL.

Run it with `python benchmarks/sweeps.py [10000 100000 [1000000]]`. It adds dossiers up to each number, makes 500
running terms due for a reminder and the others not, and prints for each number: the sweep with nothing due, the sweep
of the 500, the list of what falls due in thirty days, each with its median time, its SQL statements and its growth
since the first number. The reminders are taken back after each round, so that every round has the same to do.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile

from pages import ADD, ROOT, manage, postgres

DUE = 500
ROUNDS = 5
FIRST = (10_000, 100_000)
# Prints one line: name, seconds, statements; three times.
MEASURE = """
import time
from datetime import timedelta
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from applications.models import Deadline
from applications.services import due_dates, sweeps
from applications.workflow.states import ENDED
from portal import clock
from portal.accounts.models import User
now, today = clock.now(), clock.today()
later = today + timedelta(days=400)
Deadline.objects.filter(closed_on=None).update(due_on=later, next_on=later - timedelta(days=90), step=0)
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE applications_deadline")
running = Deadline.objects.filter(closed_on=None, kind="term").exclude(dossier__state__in=sorted(ENDED))
keys = list(running.order_by("pk").values_list("pk", flat=True)[:{due}])
assert len(keys) == {due}, "too few running terms: begin with 10000 dossiers or more"

def timed(name, act):
    with CaptureQueriesContext(connection) as seen:
        began = time.perf_counter()
        act()
        took = time.perf_counter() - began
    print("MEASURED", name, took, len(seen))

class Back(Exception):
    pass

for _ in range({rounds}):
    timed("nothing due", lambda: sweeps.sweep(now=now, today=today))
    try:
        with transaction.atomic():
            Deadline.objects.filter(pk__in=keys).update(due_on=today + timedelta(days=90), next_on=today)
            timed("{due} due", lambda: sweeps.sweep(now=now, today=today))
            manager = User.objects.filter(staff_role="manager").order_by("pk").first()
            asked = due_dates.Asked(manager, today)
            Deadline.objects.filter(pk__in=keys).update(due_on=today + timedelta(days=9))
            timed("list", lambda: due_dates.due_between(asked, None, today + timedelta(days=30)))
            raise Back
    except Back:
        pass
"""


def measured(environment: dict[str, str]) -> dict[str, tuple[float, int]]:
    """Return the median seconds and the statements of each act, by name."""
    code = MEASURE.format(due=DUE, rounds=ROUNDS)
    said = manage(environment, "shell", "-v0", "-c", code)
    times: dict[str, list[float]] = {}
    statements = {}
    for line in said.splitlines():
        if line.startswith("MEASURED "):
            name, seconds, count = line.removeprefix("MEASURED ").rsplit(" ", 2)
            times.setdefault(name, []).append(float(seconds))
            statements[name] = int(count)
    return {name: (statistics.median(found), statements[name]) for name, found in times.items()}


def main(counts: list[int]) -> None:
    """Fill, measure, print; each number of dossiers in turn."""
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
        first: dict[str, float] = {}
        there = 0
        print(f"{'dossiers':>10}  {'what':<12} {'median':>9} {'SQL':>6} {'growth':>7}", flush=True)
        for count in counts:
            manage(environment, "shell", "-v0", "-c", ADD.format(count - there))
            there = count
            for name, (seconds, statements) in measured(environment).items():
                growth = seconds / first.setdefault(name, seconds)
                print(
                    f"{count:>10}  {name:<12} {seconds * 1000:>6.1f} ms {statements:>6} {growth:>6.1f}x",
                    flush=True,
                )


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or list(FIRST))
