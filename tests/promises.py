"""A plugin of pytest: counts what each campaign did, and writes its row of docs/promises.md when asked to.

A test adds a figure of its own by `record_figure("answers", 1200)`. A test marked `twin` takes a guard away and shows
that the promise then breaks; the counts say how many did.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from portal import clock
from tests.campaigns import BY_NAME, CAMPAIGNS, POSTGRES, QUICK_AND_SLOW, ROOT, SQLITE, Campaign
from tests.named import NAMED, Named

PAGE = ROOT / "docs" / "promises.md"
HEAD = """# Promises, and the last figures of the tests that show them

One row for each campaign and each rule of the house. The runs write this page themselves: `./dev campaign NAME` runs
one campaign, `./dev test --slow` all of them, one after another, long rounds included; `./dev test --write-promises`
writes the short rounds of a whole run. A *twin* is a test that takes the guard away (the
lock, the chain, the check, the lease) and shows that the promise then breaks: `-m twin` runs the twins alone.

"""
TAIL = """
The rows bear the titles of the design's promises; « Done 1 » to « Done 10 » are what each change is held to. What these
promises name one by one is shown by the tests below; the twin takes away what keeps it.
"""
COLUMNS = ("promise", "what is promised", "command", "last figures", "date", "database")
NEVER = "not run yet"
# What `./dev test` runs: the long rounds left out.
QUICK = "not slow and not browser"
FIGURES: Counter[str] = Counter()


def record_figure(name: str, number: int) -> None:
    """Add to a figure of the test that runs, such as how many answers it read."""
    FIGURES[name] += number


@dataclass
class Tally:
    """What the tests of one campaign did in this run."""

    passed: int = 0
    failed: int = 0
    twins: int = 0
    seconds: float = 0.0
    figures: Counter[str] = field(default_factory=Counter)

    def add(self, report: pytest.TestReport) -> None:
        """Count one phase of one test."""
        self.seconds += report.duration
        if report.failed:
            self.failed += 1
        if report.when != "call" or not report.passed:
            return
        told = dict(report.user_properties)
        self.passed += 1
        self.twins += bool(told.get("twin"))
        self.figures.update({name: int(number) for name, number in told.get("figures", ())})

    def said(self, *, is_quick: bool = False) -> str:
        """Return the figures in words, the test's own in the order of their names."""
        words = [f"{self.passed} tests passed{' (short rounds)' if is_quick else ''}"]
        if self.failed:
            words.append(f"**{self.failed} failed**")
        if self.twins:
            words.append(f"{self.twins} twins broke as they must")
        words += [f"{number:,} {name}" for name, number in sorted(self.figures.items())]
        return ", ".join([*words, f"{max(1, round(self.seconds)):,} s"])


class Recorder:
    """Counts the reports of a run, those of other processes included, and writes the page at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tallies: dict[str, Tally] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report in each campaign that its test belongs to."""
        for campaign in CAMPAIGNS:
            if campaign.has(report.nodeid):
                self.tallies.setdefault(campaign.name, Tally()).add(report)

    def pytest_sessionfinish(self) -> None:
        """Write the rows of what was run whole."""
        if not self.config.getoption("write_promises") or self.config.getoption("collectonly"):
            return
        key, database = (POSTGRES, "PostgreSQL") if connection.vendor == "postgresql" else (SQLITE, "SQLite")
        chosen = self.config.getoption("markexpr")
        done = {
            campaign.name: row(campaign, tally.said(is_quick=chosen == QUICK), clock.today(), database)
            for campaign in CAMPAIGNS
            if (tally := self.tallies.get(campaign.name))
            and tally.passed + tally.failed
            and key in campaign.databases
            and chosen in told_by(campaign)
            and self._was_whole(campaign)
        }
        write(PAGE, done)

    def _was_whole(self, campaign: Campaign) -> bool:
        if self.config.args_source is not pytest.Config.ArgsSource.ARGS:
            return True
        return whole(campaign, {str(one).rstrip("/") for one in self.config.invocation_params.args})


def told_by(campaign: Campaign) -> set[str]:
    """Return the choices of tests (pytest's -m) whose figures say something of a campaign."""
    if campaign.marked != QUICK_AND_SLOW or campaign.is_long:
        return {campaign.marked}
    return {QUICK, QUICK_AND_SLOW}


def whole(campaign: Campaign, asked: set[str]) -> bool:
    """Tell whether every path of a campaign that exists was asked for; all are where no path is named."""
    there = {one for one in campaign.shows if (ROOT / one.partition("::")[0]).exists()}
    return there <= asked


def row(campaign: Campaign, figures: str = NEVER, day: date | None = None, database: str = "") -> str:
    """Return one row of the page."""
    said = f"{day:%d/%m/%Y}" if day else ""
    cells = (campaign.title, campaign.promise, f"`{campaign.command}`", figures, said, database)
    return f"| {' | '.join(cells)} |"


def rows_of(page: Path) -> dict[str, str]:
    """Return the rows that the page holds, by the name of their campaign."""
    lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    return {
        campaign.name: line
        for campaign in CAMPAIGNS
        for line in lines
        if line.startswith("|") and f"| `{campaign.command}` |" in line
    }


def written(rows: dict[str, str]) -> str:
    """Return the whole page: every campaign in the order of the table, those never run included."""
    table = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    table += [_current(campaign, rows.get(campaign.name)) for campaign in CAMPAIGNS]
    return HEAD + "\n".join(table) + "\n" + TAIL + named()


def named() -> str:
    """Return the sections that tell which test shows each thing that the design names."""
    return "".join(
        f"\n## {title}\n\n| what is named | shown by | twin |\n|---|---|---|\n"
        + "".join(map(_named_row, things))
        for title, things in NAMED
    )


def _named_row(thing: Named) -> str:
    what, shown, twin = thing
    return f"| {what} | {', '.join(map(_test_name, shown))} | {_test_name(twin) if twin else '–'} |\n"


def _test_name(nodeid: str) -> str:
    """Return the name of a test as one gives it to pytest's -k."""
    name = nodeid.rpartition("::")[2].removesuffix("]")
    return "`" + name.rpartition("[")[2].rpartition("/")[2] + "`"


def _current(campaign: Campaign, line: str | None) -> str:
    """Return a row with the words of today's table and the figures of its line."""
    if line is None:
        return row(campaign)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    return f"| {' | '.join((campaign.title, campaign.promise, f'`{campaign.command}`', *cells[3:]))} |"


def write(page: Path, done: dict[str, str]) -> None:
    """Replace the rows of what was run; the others keep their last figures."""
    page.write_text(written(rows_of(page) | done), encoding="utf-8")


def keep(name: str, figures: str, database: str) -> None:
    """Write the figures of one campaign, run by a program of its own."""
    campaign = BY_NAME[name]
    write(PAGE, {name: row(campaign, figures, clock.today(), database)})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that writes the page."""
    parser.addoption(
        "--write-promises", action="store_true", help="write what the campaigns did into docs/promises.md"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Count where the reports arrive: in the one process, or in the one that shares the work out."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "promises")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:  # type: ignore[misc]
    """Add what a test told of itself to the report of its call."""
    if call.when == "call":
        item.user_properties.append(("twin", item.get_closest_marker("twin") is not None))
        item.user_properties.append(("figures", sorted(FIGURES.items())))
        FIGURES.clear()
    return (yield)  # type: ignore[return-value]
