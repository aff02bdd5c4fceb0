"""The campaigns: what is promised, by which tests it is shown, and the command that runs one of them alone.

`python -m tests.campaigns` lists them; with a name it prints one line for each run of that campaign, the database
first, then the arguments of pytest. `./dev campaign NAME` reads those lines. The last figures of each stand in
docs/promises.md, written by the run (tests/promises.py).
"""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SQLITE, POSTGRES = "sqlite", "postgres"
QUICK_AND_SLOW = "not browser"


@dataclass(frozen=True)
class Campaign:
    """One promise: `shows` are the tests that fail when it is broken, run on each of `databases`.

    `marked` chooses among them (pytest's -m). `program` is what runs instead of pytest. `is_long`: its short
    round says nothing of the promise.
    """

    name: str
    title: str
    promise: str
    shows: tuple[str, ...]
    databases: tuple[str, ...] = (SQLITE,)
    marked: str = QUICK_AND_SLOW
    program: str = ""
    is_long: bool = False

    @property
    def command(self) -> str:
        """What one types to run it alone."""
        return f"./dev campaign {self.name}"

    def has(self, nodeid: str) -> bool:
        """Tell whether a test, by its name for pytest, is one of this campaign's."""
        path = nodeid.partition("::")[0]
        return any(
            path == one
            or path.startswith(f"{one.rstrip('/')}/")
            or nodeid == one
            or nodeid.startswith((f"{one}::", f"{one}["))
            for one in self.shows
        )


CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(
        "access",
        "Access matrix",
        "Whoever asks, each address gives what its line says, and no planted word reaches a stranger",
        ("tests/access",),
    ),
    Campaign(
        "model",
        "Workflow model",
        "Whatever people try, the sums, the states, the terms and the journal of a dossier hold",
        (
            "tests/applications/workflow/test_model.py",
            "tests/applications/workflow/test_refusals.py",
            "tests/applications/workflow/test_twins.py",
        ),
    ),
    Campaign(
        "races",
        "Races",
        "Of twenty at once one wins and the others are told; without the lock several would win",
        ("tests/races", "tests/portal/notifications/test_races.py", "tests/portal/accounts/test_races.py"),
        (POSTGRES,),
    ),
    Campaign(
        "crashes",
        "Crashes",
        "Whatever dies, nothing is lost, no money or letter leaves twice, and requests are answered",
        ("tests/crashes",),
        (POSTGRES,),
    ),
    Campaign(
        "files",
        "Bad files",
        "Each bad file has its answer, each allowed one comes back byte for byte, none is read before it is clean",
        (
            "tests/portal/documents",
            "tests/applications/filing/test_pieces_transport.py",
            "tests/applications/filing/test_pieces_replaced.py",
            "tests/applications/filing/test_services.py::TestPieces",
        ),
    ),
    Campaign(
        "fuzz",
        "Fuzz",
        "Whatever a form or the API is sent, no answer is an error of the portal, and the API follows its schema",
        ("tests/fuzz", "tests/tariffs_web/test_fuzz.py"),
        (SQLITE, POSTGRES),
    ),
    Campaign(
        "pdf",
        "PDF engine",
        "A letter is drawn from named placeholders by an engine that fetches nothing",
        ("tests/portal/test_pdf.py", "tests/applications/letters"),
    ),
    Campaign(
        "audit",
        "Audit",
        "One event for each act; each manipulation of the journal is found, and its first event named",
        ("tests/portal/audit",),
        (SQLITE, POSTGRES),
    ),
    Campaign(
        "clock",
        "Clock",
        "Every term ends on the day the rulebook says, at midnight in Paris, in leap years and on both DST nights",
        (
            "tests/clock",
            "tests/applications/workflow/test_sweeps.py",
            "tests/applications/workflow/test_dates.py",
        ),
    ),
    Campaign(
        "sign-in",
        "Sign-in",
        "Nobody guesses, learns who has an account, nor stays signed in; staff and experts have a second factor",
        (
            "tests/portal/accounts",
            "tests/access/test_second_factor.py",
            "tests/applications/workflow/test_account.py",
            "tests/applications/controller/test_batches.py",
            "tests/experts/test_pages.py",
        ),
    ),
    Campaign(
        "headers",
        "Headers",
        "Every answer of every address carries the strict headers; production refuses to start unsafe",
        (
            "tests/access/test_matrix.py",
            "tests/access/test_production.py",
            "tests/access/test_twins.py::HeaderTwins",
        ),
    ),
    Campaign(
        "exports",
        "Exports",
        "A cell that a spreadsheet would run is escaped, in CSV, XLSX and ODS",
        ("tests/applications/exports",),
        (SQLITE, POSTGRES),
    ),
    Campaign(
        "restore",
        "Restore drill",
        "A dump and the files, put on a fresh server, give the same portal, which sends nothing until told",
        ("tests/restore",),
        (POSTGRES,),
    ),
    Campaign(
        "retention",
        "Retention",
        "What is past its term is erased and found nowhere; the journal's chain still holds",
        ("tests/retention",),
        (SQLITE, POSTGRES),
    ),
    Campaign(
        "mutation",
        "Mutation",
        "A rule, a guard or a sum changed on purpose makes a test fail, 85 times of 100 at least",
        ("tests/mutation",),
        is_long=True,
    ),
    Campaign(
        "outbox",
        "Duty lives in the database",
        "A duty is a row, leased, done once by who closes it, tried again, buried after ten failures",
        ("tests/portal/notifications",),
        (SQLITE, POSTGRES),
    ),
    # --- « Done, for any change »: what each change is held to.
    Campaign(
        "addresses",
        "Done 1: each address in the matrix",
        "An address without a line, or a line without an address, fails",
        (
            "tests/access/test_matrix.py::Matrix::test_every_address_has_its_line_and_every_line_its_address",
            "tests/access/test_twins.py::AddressTwins",
        ),
    ),
    Campaign(
        "fields",
        "Done 2: fields are listed",
        "Forms and serializers name their fields; the API refuses what it does not know",
        (
            "tests/test_consistency.py",
            "tests/test_consistency_twins.py::test_fields_that_are_not_listed_are_seen",
            "tests/tariffs_web/test_api.py",
        ),
    ),
    Campaign(
        "acts",
        "Done 3: states change through execute()",
        "One writer of states; every act, from every state, by every role, as the table says",
        (
            "tests/test_consistency.py",
            "tests/test_consistency_twins.py::test_a_second_writer_of_states_is_seen",
            "tests/applications/workflow",
        ),
    ),
    Campaign(
        "effects",
        "Done 4: side effects are outbox rows",
        "Nothing but the outbox publishes a task, and no task waits in the broker",
        (
            "tests/test_consistency.py",
            "tests/test_consistency_twins.py::test_a_second_bell_and_a_task_that_waits_are_seen",
            "tests/portal/notifications/test_outbox.py",
            "tests/portal/notifications/test_twins.py",
        ),
    ),
    Campaign(
        "once",
        "Done 5: what is repeated is done once",
        "The same form, file, invitation or list sent again changes nothing more",
        ("tests/races/test_keys.py", "tests/races/test_batches.py", "tests/races/test_acts.py"),
        (POSTGRES,),
    ),
    Campaign(
        "doors",
        "Done 6: files through one door",
        "Files come in through documents, and go out through a view that checks the reader's rights",
        (
            "tests/portal/documents/test_download.py",
            "tests/portal/documents/test_twins.py",
            "tests/access/test_rights.py",
        ),
    ),
    Campaign(
        "dates",
        "Done 7: civil dates and Decimal",
        "Nobody but the clock reads the clock; amounts are exact to the cent",
        (
            "tests/test_consistency.py",
            "tests/test_consistency_twins.py::test_a_second_clock_is_seen",
            "tests/tariffs/engine",
        ),
    ),
    Campaign(
        "inputs",
        "Done 8: bad input keeps what was typed",
        "A French sentence says what to do, and the page shows again what was typed",
        ("tests/fuzz", "tests/applications/filing/test_views.py"),
    ),
    Campaign(
        "queries",
        "Done 9: query counts are pinned",
        "A list asks the database as often for ten rows as for a thousand",
        (
            "tests/applications/officer/test_worklist.py",
            "tests/applications/officer/test_crowd.py",
            "tests/applications/officer/test_lists.py",
            "tests/applications/officer/test_morning.py",
            "tests/applications/officer/test_due_dates.py",
            "tests/applications/controller/test_payments.py",
            "tests/applications/company/test_passport.py",
            "tests/applications/expert/test_mission.py",
            "tests/experts/test_passi_register.py",
        ),
        (SQLITE, POSTGRES),
    ),
    Campaign(
        "pages",
        "Done 10: pages are seen in a browser",
        "Every page passes axe-core, works by keyboard and without JavaScript, on a telephone and on a desk",
        ("tests/browser",),
        marked="browser",
    ),
    # --- Measured on a calm machine, not by `./dev test --slow`.
    Campaign(
        "load",
        "Load",
        "A hundred people at once for ten minutes: 95 answers of 100 within 500 ms, no error",
        ("benchmarks/load.py",),
        (POSTGRES,),
        program="benchmarks/load.py",
    ),
)
BY_NAME = {campaign.name: campaign for campaign in CAMPAIGNS}


def runs(campaign: Campaign) -> list[list[str]]:
    """Return for each database its name and the arguments of pytest; the paths that do not exist are left out."""
    if campaign.program:
        return [["program", campaign.program, "--write-promises"]]
    there = [one for one in campaign.shows if (ROOT / one.partition("::")[0]).exists()]
    chosen = [*there, "-m", campaign.marked, "--write-promises"]
    if campaign.marked == "browser":
        # They share one demo world, in the order of the files.
        chosen += ["-p", "no:randomly"]
    return [[database, *chosen] for database in campaign.databases] if there else []


def main(names: list[str]) -> int:
    """Print the campaigns, or the runs of one, an argument to a column."""
    if not names:
        width = max(len(name) for name in BY_NAME)
        sys.stdout.writelines(f"{one.name:<{width}}  {one.promise}.\n" for one in CAMPAIGNS)
        return 0
    if names[0] not in BY_NAME:
        sys.stderr.write(f"No campaign is named {names[0]!r}: {', '.join(BY_NAME)}.\n")
        return 2
    sys.stdout.writelines("\t".join(run) + "\n" for run in runs(BY_NAME[names[0]]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
