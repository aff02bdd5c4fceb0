"""The page of promises: every campaign has its row, every path exists, and the page is as the writer makes it."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests import promises
from tests.campaigns import BY_NAME, CAMPAIGNS, QUICK_AND_SLOW, ROOT, Campaign, main, runs
from tests.named import NAMED as NAMED_BY_TITLE

# The campaigns that the design names, and the section on duties; « Done » has ten rules.
NAMED = (
    "Access matrix",
    "Workflow model",
    "Races",
    "Crashes",
    "Bad files",
    "Fuzz",
    "PDF engine",
    "Audit",
    "Clock",
    "Sign-in",
    "Headers",
    "Exports",
    "Restore drill",
    "Retention",
    "Mutation",
    "Duty lives in the database",
)


def test_every_campaign_and_every_rule_has_its_row() -> None:
    titles = [campaign.title for campaign in CAMPAIGNS]
    assert set(NAMED) <= set(titles)
    assert all(any(one.startswith(f"Done {number}:") for one in titles) for number in range(1, 11))
    assert len(set(titles)) == len(BY_NAME) == len(CAMPAIGNS)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_what_shows_a_promise_exists(campaign: Campaign) -> None:
    missing = [one for one in campaign.shows if not (ROOT / one.partition("::")[0]).exists()]
    assert not missing
    for path, _, name in (one.partition("::") for one in campaign.shows):
        assert name.rpartition("::")[2] in ((ROOT / path).read_text() if name else "")
    assert len(runs(campaign)) == len(campaign.databases)


NAMED_THINGS = [(title, *thing) for title, things in NAMED_BY_TITLE for thing in things]


@pytest.mark.parametrize(
    ("title", "what", "shown", "twin"), NAMED_THINGS, ids=[one[1] for one in NAMED_THINGS]
)
def test_what_the_design_names_has_its_test_and_its_twin(
    title: str, what: str, shown: tuple[str, ...], twin: str
) -> None:
    assert title in NAMED
    for nodeid in filter(None, (*shown, twin)):
        path, _, name = nodeid.partition("::")
        source = (ROOT / path).read_text(encoding="utf-8")
        function, _, case = name.removesuffix("]").partition("[")
        assert not function or f"def {function}(" in source, nodeid
        assert not case or f'"{case}"' in source, nodeid
    if twin:
        assert "pytest.mark.twin" in (ROOT / twin.partition("::")[0]).read_text(encoding="utf-8")


def test_a_campaign_knows_a_test_by_its_own_name_and_by_its_case() -> None:
    campaign = Campaign("any", "Any", "", ("tests/a.py::test_one", "tests/b.py::Two"))
    assert campaign.has("tests/a.py::test_one")
    assert campaign.has("tests/a.py::test_one[case]")
    assert campaign.has("tests/b.py::Two::test_three")
    assert not campaign.has("tests/a.py::test_one_more")
    assert not campaign.has("tests/b.py::Twofold::test_three")


def test_every_slow_test_belongs_to_a_campaign() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if re.search(r"^\s*(@|pytestmark.*)pytest\.mark\.slow", path.read_text(), re.MULTILINE)
    ]
    assert found
    assert [path for path in found if not any(campaign.has(f"{path}::x") for campaign in CAMPAIGNS)] == []


def test_the_page_is_as_the_writer_makes_it() -> None:
    page = promises.PAGE.read_text(encoding="utf-8")
    assert page == promises.written(promises.rows_of(promises.PAGE))


def test_a_run_replaces_its_own_row_and_no_other(tmp_path: Path) -> None:
    page, first = tmp_path / "promises.md", CAMPAIGNS[0]
    promises.write(page, {})
    assert page.read_text().count(promises.NEVER) == len(CAMPAIGNS)
    promises.write(
        page, {first.name: promises.row(first, "12 tests passed, 3 s", date(2026, 11, 21), "SQLite")}
    )
    promises.write(page, {})
    lines = page.read_text().splitlines()
    assert page.read_text().count(promises.NEVER) == len(CAMPAIGNS) - 1
    assert [line for line in lines if "12 tests passed, 3 s | 21/11/2026 | SQLite |" in line]


def test_the_table_lists_itself_and_knows_no_other_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CAMPAIGNS)
    assert main(["nonsense"]) == 2
    assert main(["races"]) == 0
    assert capsys.readouterr().out.split("\t")[0] == "postgres"


def test_a_run_counts_tests_twins_and_figures() -> None:
    tally = promises.Tally()
    for name, twin, figures in (("plain", False, [("answers", 1234)]), ("twin", True, [])):
        told = [("twin", twin), ("figures", figures)]
        for when in ("setup", "call", "teardown"):
            tally.add(
                pytest.TestReport(
                    name, ("", 0, ""), {}, "passed", None, when, user_properties=told, duration=0.5
                )
            )
    assert tally.said() == "2 tests passed, 1 twins broke as they must, 1,234 answers, 3 s"


def test_a_part_of_a_campaign_writes_nothing() -> None:
    races = BY_NAME["races"]
    assert not promises.whole(races, {"tests/races/test_acts.py"})
    assert promises.whole(races, {*races.shows, "-m", QUICK_AND_SLOW})


def test_the_module_speaks_to_the_script() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaigns", "access"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\t")[:2] == ["sqlite", "tests/access"]
