"""The engine's rate beside that of bare Python over the same conditions, and that of `simulate --jsonl`.

Run it with `python benchmarks/engine.py [cases]`. Everything is measured in one run, in rounds, over cases that
all differ, and the medians are compared: machines drift, ratios don't. Goals: full evaluations at 1/20 of the
bare rate, `simulate --jsonl` (process, JSON in and out) at 1/3 of the in-process rate.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from engine_bare import BareCase, bare_case, bare_evaluate  # noqa: E402

from tariffs import catalogue  # noqa: E402
from tariffs.engine import Case, evaluate  # noqa: E402

TODAY = date(2026, 1, 15)
ROUNDS = 7


def case_of(number: int) -> dict[str, Any]:
    """A complete case, unlike those of other numbers in its dates and amounts."""
    return {
        "on": "2026-01-15",
        "stage": "submission",
        "volet": 1 + number % 5,
        "company": {
            "legal_form": "5710",
            "registered_in": "FR",
            "created_on": f"20{14 + number % 9}-03-31",
            "headcount": 12 + number % 250,
            "turnover": f"{1_200_000 + 17 * number}.50",
            "balance_sheet": f"{900_000 + number}.00",
            "equity": f"{200_000 - number}.00",
            "subscribed_capital": "100000.00",
            "insolvency_proceedings": False,
            "in_difficulty": False,
            "tax_and_social_up_to_date": True,
            "volets_used": [2] if number % 7 == 0 else [],
            "shareholders": [
                {"name": "Fonds", "share": "30.5", "exempt_investor": True},
                {
                    "name": "Groupe",
                    "share": "26",
                    "headcount": 40,
                    "turnover": "9000000",
                    "balance_sheet": "5000000",
                },
            ],
        },
        "device": {
            "kind": "dm" if number % 2 else "dmdiv",
            "risk_class": ("IIa" if number % 2 else "C"),
            "digital_functions": True,
            "hardware": False,
            "targets": ["lpp"],
            "ce_marking": "in_progress",
        },
        "declarations": {"training_not_cumulated": True},
        "expert": {
            "accredited_volets": [1, 2, 3, 4, 5],
            "passi": {"valid_from": "2025-01-01", "valid_until": "2027-12-31", "scopes": ["code_audit"]},
        },
        "quote": {
            "signed": False,
            "lines": [
                {"item": "qms_support", "amount": f"{30_000 + number}.25"},
                {"item": "qms_training", "amount": "8000.00"},
                {"item": "code_audit", "amount": "9000.00", "complexity": "medium"},
                {"item": "travel", "amount": "450.10"},
            ],
        },
        "documents": [
            {"kind": "quote"},
            {"kind": "regularity_certificate", "issued_on": "2025-12-01"},
            {"kind": "tax_return"},
        ],
    }


def seconds(work: Callable[[], object]) -> float:
    """The processor time that the work takes, here or in a process that it starts: neighbours don't count."""
    start = os.times()
    work()
    end = os.times()
    return sum(end[:4]) - sum(start[:4])


def run_bare(cases: list[BareCase]) -> None:
    """Evaluate with the bare version."""
    for case in cases:
        bare_evaluate(case)


def run_engine(cases: list[Case]) -> None:
    """Evaluate with the engine: every finding, the money, the documents, the term."""
    edition = catalogue.get_edition("2024")
    for case in cases:
        evaluate(case, edition)


def run_command(path: Path) -> None:
    """Evaluate a file of JSON Lines with the command."""
    command = [sys.executable, str(ROOT / "manage.py"), "simulate", "--jsonl", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def report(name: str, rates: list[float]) -> float:
    """Print the median and the 5th and 95th percentiles of a rate; return the median."""
    ordered = sorted(rates)
    median = statistics.median(ordered)
    print(f"{name:<44} {median:>10,.0f} /s   (min {ordered[0]:,.0f}, max {ordered[-1]:,.0f})")
    return median


def main(count: int) -> int:
    """Measure the three in turn, print the ratios, and return 1 where a goal is missed."""
    objects = [case_of(number) for number in range(count)]
    texts = [json.dumps(case).encode() for case in objects]
    cases = [catalogue.read(text, today=TODAY) for text in texts]
    bare = [bare_case(case) for case in objects]
    edition = catalogue.get_edition("2024")
    for yardstick, case in zip(bare, cases, strict=True):
        assert bare_evaluate(yardstick)["verdict"] == evaluate(case, edition).verdict
    rates: dict[str, list[float]] = {"bare": [], "engine": [], "command": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.jsonl"
        path.write_bytes(b"".join(text + b"\n" for text in texts))
        for _ in range(ROUNDS):
            rates["bare"].append(count / seconds(lambda: run_bare(bare)))
            rates["engine"].append(count / seconds(lambda: run_engine(cases)))
            rates["command"].append(count / seconds(lambda: run_command(path)))
    bare_rate = report("bare dataclass, conditions and arithmetic", rates["bare"])
    engine_rate = report("engine, findings, French messages and money", rates["engine"])
    command_rate = report("simulate --jsonl, process and JSON included", rates["command"])
    print(f"engine / bare    {engine_rate / bare_rate:.3f} (goal: 0.050 or more)")
    print(f"command / engine {command_rate / engine_rate:.3f} (goal: 0.333 or more)")
    return 0 if engine_rate >= bare_rate / 20 and command_rate >= engine_rate / 3 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
