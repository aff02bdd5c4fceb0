"""Measures the exports on PostgreSQL: CSV against PostgreSQL's own COPY stream, XLSX against bare xlsxwriter.

    DATABASE_URL=postgres://… DIAGDM_ENVIRONMENT=demo python benchmarks/exports.py [--rows 20000] [--rounds 5]

The database is one of nobody's: it is migrated and filled with copies of the demo world where it holds
fewer dossiers than that. Each figure is the median of the rounds of one run, so that the ratios hold on a machine that
drifts. Memory is the highest resident size of a process of its own, at a tenth of the rows and at all of them:
what grows between the two grows with the list. Goals: CSV ≤ 2 × COPY, XLSX ≤ 1.3 × bare, memory + ≤ 20 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "diagdm.settings")
os.environ.setdefault("DIAGDM_LOG_LEVEL", "ERROR")

import django  # noqa: E402

django.setup()

import xlsxwriter  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from applications.exports import csv_sql, jobs, rows  # noqa: E402
from applications.exports.columns import Column, Lot, cells  # noqa: E402
from applications.exports.sheets import SHEETS  # noqa: E402
from applications.models import Company, Device, Dossier, Listing  # noqa: E402
from portal import clock  # noqa: E402
from portal.accounts.models import Organisation, User  # noqa: E402

FORMATS = ("csv", "xlsx", "ods")
# Above every key of the demo world.
STEP = 1_000_000


def reader() -> User:
    """Return a manager: he may have every column of the dossiers."""
    return User.objects.filter(staff_role="manager").order_by("pk")[0]


def wanted() -> tuple[Column, ...]:
    """Return twenty columns of the dossiers, the first ones."""
    return SHEETS["dossiers"].open_to(reader())[:20]


def chosen(count: int) -> Any:
    """Return the rows of that many dossiers."""
    found = SHEETS["dossiers"].rows(reader(), {"vue": "all"}, clock.today())
    return found.filter(pk__in=found.order_by().values("pk")[:count])


def lots(count: int) -> Iterator[Lot]:
    """Give the cells of that many dossiers, as an export reads them."""
    columns = wanted()
    return cells(columns, rows.lots(chosen(count), [column.path for column in columns]))


def ours(written_as: str, count: int) -> None:
    """Make the file as the worker does."""
    with TemporaryFile() as file:
        if written_as == "csv":
            file.writelines(piece for piece, _ in csv_sql.pieces(wanted(), chosen(count)))
        else:
            jobs.write(file, written_as, "Dossiers", wanted(), lots(count))


def copied(count: int) -> None:
    """Have PostgreSQL write the very same query as CSV, and take the stream."""
    query = chosen(count).values_list(*(column.path for column in wanted()))
    sql, given = query.query.sql_with_params()
    statement = f"COPY ({sql}) TO STDOUT (FORMAT csv, DELIMITER ';')"
    with (
        TemporaryFile() as file,
        connection.cursor() as cursor,
        cursor.cursor.copy(statement, given) as stream,
    ):
        file.writelines(bytes(piece) for piece in stream)


def bare(table: list[tuple[Any, ...]]) -> None:
    """Write the same cells by xlsxwriter alone, in constant memory, without reading anything."""
    with TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        page = book.add_worksheet()
        formats = {
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            Decimal: book.add_format({"num_format": "0.00"}),
        }
        for number, row in enumerate(table):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, place, value)
                elif isinstance(value, datetime | date):
                    page.write_datetime(number, place, value, formats[date])
                elif value is not None:
                    page.write_number(number, place, value, formats[Decimal])
        book.close()


def median(rounds: int, work: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the 95th percentile of so many rounds, in seconds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    taken.sort()
    return statistics.median(taken), taken[min(len(taken) - 1, round(0.95 * len(taken)))]


def peak(written_as: str, count: int) -> float:
    """Return the highest resident size, in MB, of a process that makes one file."""
    command = [sys.executable, __file__, "--alone", written_as, "--rows", str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", choices=FORMATS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        parser.error("DATABASE_URL must name a PostgreSQL database of nobody's.")
    if options.alone:
        ours(options.alone, options.rows)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    fill(options.rows)
    measure(options.rows, options.rounds)


def fill(count: int) -> None:
    """Migrate, build the demo world, and copy its filed dossiers with their companies until there are enough."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("demo", if_empty=True, verbosity=0)
    there = SHEETS["dossiers"].rows(reader(), {"vue": "all"}, clock.today()).count()
    if there < count:
        multiply(-(-count // there) - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def multiply(copies: int) -> None:
    """Copy each company, device and dossier so many times, in one statement a table: keys are moved by a step."""
    filed = Dossier.objects.filter(submitted_at__isnull=False)
    devices = Device.objects.filter(pk__in=filed.values("device"))
    companies = Company.objects.filter(pk__in=filed.values("company"))
    organisations = Organisation.objects.filter(pk__in=companies.values("organisation"))
    moved = {
        Organisation: (organisations, ("id",), ()),
        Company: (companies, ("id", "organisation_id"), ("identifier",)),
        Device: (devices, ("id", "company_id"), ()),
        Dossier: (filed, ("id", "company_id", "device_id"), ("number",)),
        Listing: (Listing.objects.filter(dossier__in=filed.values("pk")), ("dossier_id",), ()),
    }
    chosen = {model: list(rows.values_list("pk", flat=True)) for model, (rows, _, _) in moved.items()}
    with connection.cursor() as cursor:
        for model, (_, keys, names) in moved.items():
            table, key = model._meta.db_table, model._meta.pk.column
            columns = [field.column for field in model._meta.concrete_fields]
            told = [
                f"{one} + copy * {STEP}" if one in keys else f"{one} || '-' || copy" if one in names else one
                for one in columns
            ]
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(told)} "
                f"FROM {table} CROSS JOIN generate_series(1, %s) AS copy WHERE {key} = ANY(%s)",
                [copies, chosen[model]],
            )


def measure(count: int, rounds: int) -> None:
    """Print each figure with its ratio to the floor measured beside it."""
    table = [row for lot in lots(count) for row in lot]
    print(f"{len(table)} rows × {len(wanted())} columns, {rounds} rounds\n")
    floors = {
        "csv": ("COPY stream", median(rounds, lambda: copied(count))),
        "xlsx": ("bare xlsxwriter", median(rounds, lambda: bare(table))),
    }
    for name, (middle, worst) in floors.values():
        print(f"{name:16} median {middle:7.3f} s  p95 {worst:7.3f} s  {count / middle:9.0f} rows/s")
    for written_as in FORMATS:
        middle, worst = median(rounds, lambda written_as=written_as: ours(written_as, count))
        name, floor = floors.get(written_as, ("", (0.0, 0.0)))
        ratio = f"  {middle / floor[0]:5.2f} × {name}" if name else ""
        few, all_of_them = peak(written_as, max(1, count // 10)), peak(written_as, count)
        print(
            f"{written_as.upper():16} median {middle:7.3f} s  p95 {worst:7.3f} s  {count / middle:9.0f} rows/s{ratio}"
            f"  memory {all_of_them:5.0f} MB ({all_of_them - few:+.1f} MB from a tenth of the rows)"
        )


if __name__ == "__main__":
    main()
