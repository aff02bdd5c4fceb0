"""The yardstick of benchmarks/engine.py: the conditions and the arithmetic of edition 2024 in bare Python.

No messages, no sources, no edition file, no unknown values: what one would write by hand for complete cases.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

CENT = Decimal("0.01")
FRANCE = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC"}
VOLETS = {
    "qms_support": 1,
    "qms_training": 1,
    "ce_technical_file": 2,
    "ce_clinical_protocol": 2,
    "clinical_protocol": 3,
    "interoperability_strategy": 4,
    "cybersecurity_strategy": 4,
    "configuration_audit": 5,
    "code_audit": 5,
    "penetration_test": 5,
}
BASE = {"IIa": 40000, "IIb": 50000, "III": 60000, "B": 40000, "C": 50000, "D": 60000}
FLAT = {
    "qms_training": 8000,
    "ce_clinical_protocol": 10000,
    "clinical_protocol": 15000,
    "interoperability_strategy": 15000,
    "cybersecurity_strategy": 15000,
    "configuration_audit": 20000,
    "code_audit": 17500,
    "penetration_test": 17500,
}
CEILINGS = {
    (item, risk_class): Decimal(base if item == "qms_support" else FLAT.get(item, 2 * base - 20000))
    for item in VOLETS
    for risk_class, base in BASE.items()
}
MARKET = {
    ("configuration_audit", "medium"): Decimal(9000),
    ("code_audit", "medium"): Decimal(10000),
    ("penetration_test", "medium"): Decimal(11000),
}


@dataclass
class BareCase:
    """A complete case, flat."""

    on: date
    volet: int
    legal_form: str
    registered_in: str
    created_on: date
    headcount: Decimal
    turnover: Decimal
    balance_sheet: Decimal
    equity: Decimal
    capital: Decimal
    insolvency: bool
    difficulty: bool
    up_to_date: bool
    used: list[int]
    holders: list[tuple[Decimal, bool, Decimal, Decimal, Decimal]]
    kind: str
    risk_class: str
    digital: bool
    targets: list[str]
    ce_marking: str
    training: bool
    accredited: list[int]
    passi: tuple[date, date, list[str]]
    signed: bool
    lines: list[tuple[str, Decimal, str | None]]
    kinds: set[str]
    certificate: date


def bare_case(case: dict[str, Any]) -> BareCase:
    """The flat case of one of the benchmark's JSON cases."""
    company, device, expert, quote = case["company"], case["device"], case["expert"], case["quote"]
    passi = expert["passi"]
    return BareCase(
        on=date.fromisoformat(case["on"]),
        volet=case["volet"],
        legal_form=company["legal_form"],
        registered_in=company["registered_in"],
        created_on=date.fromisoformat(company["created_on"]),
        headcount=Decimal(company["headcount"]),
        turnover=Decimal(company["turnover"]),
        balance_sheet=Decimal(company["balance_sheet"]),
        equity=Decimal(company["equity"]),
        capital=Decimal(company["subscribed_capital"]),
        insolvency=company["insolvency_proceedings"],
        difficulty=company["in_difficulty"],
        up_to_date=company["tax_and_social_up_to_date"],
        used=company["volets_used"],
        holders=[
            (
                Decimal(holder["share"]),
                holder.get("exempt_investor", False),
                Decimal(holder.get("headcount", 0)),
                Decimal(holder.get("turnover", 0)),
                Decimal(holder.get("balance_sheet", 0)),
            )
            for holder in company["shareholders"]
        ],
        kind=device["kind"],
        risk_class=device["risk_class"],
        digital=device["digital_functions"],
        targets=device["targets"],
        ce_marking=device["ce_marking"],
        training=case["declarations"]["training_not_cumulated"],
        accredited=expert["accredited_volets"],
        passi=(
            date.fromisoformat(passi["valid_from"]),
            date.fromisoformat(passi["valid_until"]),
            passi["scopes"],
        ),
        signed=quote["signed"],
        lines=[(line["item"], Decimal(line["amount"]), line.get("complexity")) for line in quote["lines"]],
        kinds={document["kind"] for document in case["documents"]},
        certificate=date.fromisoformat(case["documents"][1]["issued_on"]),
    )


def years_later(day: date, years: int) -> date:
    """The same day some years later, 28 February for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def months_later(day: date, months: int) -> date:
    """The same day some months later; the benchmark's days exist in every month."""
    total = day.month - 1 + months
    return date(day.year + total // 12, total % 12 + 1, day.day)


def is_pme(headcount: Decimal, turnover: Decimal, balance_sheet: Decimal) -> bool:
    """The bounds of a PME."""
    return headcount < 250 and (turnover < 50_000_000 or balance_sheet < 43_000_000)


def stays_pme(case: BareCase) -> bool:
    """The bounds of a PME with partners added."""
    headcount, turnover, balance_sheet = case.headcount, case.turnover, case.balance_sheet
    for share, exempt, people, sales, balance in case.holders:
        if share > (50 if exempt else 25):
            part = share / 100 if share <= 50 else Decimal(1)
            headcount += people * part
            turnover += sales * part
            balance_sheet += balance * part
    return is_pme(headcount, turnover, balance_sheet)


def company_holds(case: BareCase) -> list[bool]:
    """The conditions on the company."""
    young = years_later(case.created_on, 8) > case.on
    startup = young and case.turnover < 10_000_000 and case.headcount < 250
    lost = years_later(case.created_on, 3) <= case.on and (case.equity < 0 or case.equity * 2 < case.capital)
    return [
        startup or is_pme(case.headcount, case.turnover, case.balance_sheet),
        case.registered_in in FRANCE,
        not case.legal_form.startswith(("1", "65")) and case.legal_form.startswith("5"),
        not case.difficulty and not case.insolvency and not lost,
        case.up_to_date,
        stays_pme(case),
        case.volet not in case.used,
    ]


def device_holds(case: BareCase) -> list[bool]:
    """The conditions on the device and the volet."""
    return [
        case.risk_class in (("I", "IIa", "IIb", "III") if case.kind == "dm" else ("B", "C", "D")),
        case.volet > 3 or case.risk_class in BASE,
        case.volet < 4 or (case.digital and any(target in ("lpp", "latm") for target in case.targets)),
        case.volet != 3 or case.ce_marking in ("in_progress", "obtained"),
        all(line[0] != "qms_training" for line in case.lines) or case.training,
    ]


def expert_holds(case: BareCase) -> list[bool]:
    """The conditions on the expert."""
    valid_from, valid_until, _ = case.passi
    return [case.volet in case.accredited, case.volet != 5 or valid_from <= case.on <= valid_until]


def quote_holds(case: BareCase) -> list[bool]:
    """The conditions on the quote and the documents."""
    return [
        not case.signed,
        any(amount > 0 and VOLETS.get(item) == case.volet for item, amount, _ in case.lines),
        all(VOLETS.get(item, case.volet) == case.volet for item, _, _ in case.lines),
        "quote" in case.kinds,
        years_later(case.created_on, 1) >= case.on or months_later(case.certificate, 3) > case.on,
        years_later(case.created_on, 3) >= case.on or "tax_return" in case.kinds,
    ]


def notices(case: BareCase) -> list[bool]:
    """The conditions that only warn, and the one that asks for a review."""
    sums: dict[str, Decimal] = {}
    for item, amount, _ in case.lines:
        if VOLETS.get(item) == case.volet:
            sums[item] = sums.get(item, Decimal(0)) + amount
    audits = [item for item in sums if case.volet == 5]
    return [
        any(total > CEILINGS[item, case.risk_class] for item, total in sums.items()),
        any(amount > 0 and item not in VOLETS for item, amount, _ in case.lines),
        any(amount > MARKET.get((item, complexity or ""), amount) for item, amount, complexity in case.lines),
        not all(item in case.passi[2] for item in audits),
    ]


def money(case: BareCase) -> dict[str, Decimal]:
    """Eligible amounts and shares."""
    left: dict[str, Decimal] = {}
    total = eligible = Decimal(0)
    for item, amount, _ in case.lines:
        total += amount
        if VOLETS.get(item) == case.volet:
            rest = left.get(item, CEILINGS[item, case.risk_class])
            part = min(amount, rest)
            left[item] = rest - part
            eligible += part
    share = (eligible / 2).quantize(CENT, ROUND_DOWN)
    return {"total": total, "eligible": eligible, "share": share, "company": total - share}


def bare_evaluate(case: BareCase) -> dict[str, Any]:
    """Every condition and the money, without a word."""
    holds = company_holds(case) + device_holds(case) + expert_holds(case) + quote_holds(case)
    warned = notices(case)
    verdict = "ineligible" if not all(holds) else "needs_review" if warned[3] else "eligible"
    return {"verdict": verdict, "holds": holds, "warned": warned, "money": money(case)}
