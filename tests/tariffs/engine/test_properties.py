"""What holds for every case: the guarantees on money, knowledge and order, and that nothing ever crashes."""

import copy
import json
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tariffs import catalogue, commandline
from tariffs.engine import settle
from tests.tariffs.engine import strategies

TODAY = date(2026, 1, 1)
VERDICTS = {"fail": "ineligible", "missing": "incomplete", "review": "needs_review"}
# Where null says something else than "not known": nothing used, no certificate, no section…
MEANS_MORE = {"volets_used", "passi", "derogation", "exempt_investor", "covers", "kind", "scopes"}
MEANS_MORE |= {"accredited_volets", "performed_by", "complexity"}
REQUIRED = {"item", "amount", "share", "lines", "valid_from", "valid_until"}


def evaluated(case: dict[str, Any]) -> dict[str, Any]:
    """The evaluation, as JSON."""
    return catalogue.evaluate_json(case, today=None)


@settings(max_examples=100, deadline=None)
@given(strategies.priced_cases)
def test_money_is_never_more_than_half_and_adds_up(case: dict[str, Any]) -> None:
    funding = evaluated(case)["funding"]
    edition = catalogue.get_edition(case["edition"])
    sums: dict[str, Decimal] = {}
    for line in funding["lines"]:
        item = edition.items.get(line["item"])
        if item is not None and item.volet == case["volet"]:
            sums[line["item"]] = sums.get(line["item"], Decimal(0)) + Decimal(line["amount"])
    risk_class = case["device"]["risk_class"]
    capped = sum(
        (
            min(total, catalogue.ceiling(edition, item, case["device"]["kind"], risk_class) or Decimal(0))
            for item, total in sums.items()
        ),
        Decimal(0),
    )
    share, company = Decimal(funding["bpifrance_share"]), Decimal(funding["company_share"])
    assert Decimal(funding["eligible_total"]) == capped
    assert capped / 2 - Decimal("0.01") < share <= capped / 2
    assert (
        share + company
        == Decimal(funding["total"])
        == sum(Decimal(line["amount"]) for line in funding["lines"])
    )
    assert (
        Decimal(funding["covered_total"]) == sum(sums.values()) == capped + Decimal(funding["excess_total"])
    )


@settings(max_examples=60, deadline=None)
@given(strategies.priced_cases, st.data())
def test_more_money_on_a_line_never_lowers_the_share(case: dict[str, Any], data: st.DataObject) -> None:
    before = evaluated(case)["funding"]
    more = copy.deepcopy(case)
    line = data.draw(st.sampled_from(more["quote"]["lines"]))
    line["amount"] = f"{Decimal(line['amount']) + Decimal(data.draw(strategies.cents(50_000))):.2f}"
    after = evaluated(more)["funding"]
    assert Decimal(after["bpifrance_share"]) >= Decimal(before["bpifrance_share"])


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of the facts of a case that can be unknown."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if (
                key in ("company", "device", "declarations", "expert", "quote", "lines", "shareholders")
                and inner
            ):
                found += paths(inner, (*path, key))
            if path and key not in MEANS_MORE | REQUIRED:
                found.append((*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*path, index))
    return found


@settings(max_examples=120, deadline=None)
@given(strategies.cases, st.data())
def test_forgetting_a_fact_never_turns_a_fail_into_a_pass(case: dict[str, Any], data: st.DataObject) -> None:
    known = paths(case)
    if not known:
        return
    path = data.draw(st.sampled_from(known))
    less = copy.deepcopy(case)
    inner: Any = less
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = None
    before = {finding["rule"]: finding["status"] for finding in evaluated(case)["findings"]}
    after = {finding["rule"]: finding["status"] for finding in evaluated(less)["findings"]}
    for rule, status in before.items():
        if status == "fail":
            assert after[rule] != "pass", (rule, path)
        if status == "missing":
            assert after[rule] not in ("pass", "fail"), (rule, path)


@settings(max_examples=60, deadline=None)
@given(strategies.priced_cases, st.randoms(use_true_random=False))
def test_the_order_of_lines_of_different_items_changes_nothing(case: dict[str, Any], random: Any) -> None:
    lines = sorted(case["quote"]["lines"], key=lambda line: str(line["item"]))
    groups = [list(group) for _, group in groupby(lines, key=lambda line: line["item"])]
    first = copy.deepcopy(case)
    first["quote"]["lines"] = [line for group in groups for line in group]
    random.shuffle(groups)
    second = copy.deepcopy(case)
    second["quote"]["lines"] = [line for group in groups for line in group]
    one, two = evaluated(first), evaluated(second)
    assert one["verdict"] == two["verdict"]
    assert [each["status"] for each in one["findings"]] == [each["status"] for each in two["findings"]]
    one_lines, two_lines = one["funding"].pop("lines"), two["funding"].pop("lines")
    assert one["funding"] == two["funding"]
    assert sorted(map(str, one_lines)) == sorted(map(str, two_lines))


@settings(max_examples=80, deadline=None)
@given(strategies.cases)
def test_every_evaluation_is_well_formed(case: dict[str, Any]) -> None:
    text = json.dumps(case)
    evaluation = catalogue.evaluate(text, today=TODAY)
    found = evaluation.to_json()
    assert json.loads(evaluation.to_json_bytes()) == found
    edition = catalogue.get_edition(case["edition"])
    assert [finding["rule"] for finding in found["findings"]] == [rule.name for rule in edition.rules]
    statuses = {finding["status"] for finding in found["findings"]}
    assert found["verdict"] == next((VERDICTS[each] for each in VERDICTS if each in statuses), "eligible")
    for finding in found["findings"]:
        assert finding["message"].endswith(".")
        assert (finding["remedy"] is not None) == (
            finding["status"] in ("fail", "missing", "review", "warning")
        )
        if case.get("stage") == "submission":
            assert finding["status"] != "not_evaluated"
    asked = [each["kind"] for each in found["required_documents"]]
    concerned = [
        finding["rule"].removeprefix("documents.")
        for finding in found["findings"]
        if finding["rule"].startswith("documents.") and finding["status"] != "not_applicable"
    ]
    assert asked == concerned


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["2024", "dm", "I"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "share", "item", "amount", "lines", "passi", "zz"])
            | st.text(max_size=3),
            inner,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(strategies.cases, st.data())
def test_nonsense_is_an_error_with_a_path_and_never_a_crash(
    case: dict[str, Any], data: st.DataObject
) -> None:
    section = data.draw(
        st.sampled_from(["on", "stage", "volet", "company", "device", "expert", "quote", "documents", "zz"])
    )
    broken = copy.deepcopy(case)
    value = data.draw(anything)
    if isinstance(broken.get(section), dict) and data.draw(st.booleans()):
        field = data.draw(st.sampled_from(sorted(broken[section]) or ["zz"]))
        broken[section][field] = value
    else:
        broken[section] = value
    line, meant = commandline.answer(json.dumps(broken).encode(), TODAY)
    if not meant:
        assert json.loads(line)["error"]["path"].startswith(section)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=30) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_answered(content: bytes) -> None:
    line, meant = commandline.answer(content, TODAY)
    assert meant is ("error" not in json.loads(line))


amounts = strategies.cents(120_000)
settled_lines = st.lists(
    st.fixed_dictionaries(
        {
            "item": st.sampled_from(strategies.ITEMS),
            "ceiling": st.none() | amounts,
            "contracted": amounts,
            "delivered": amounts,
            "already_settled": amounts,
            "audit_valid": strategies.flags,
        }
    ),
    max_size=6,
    unique_by=lambda line: line["item"],
)


@settings(max_examples=100, deadline=None)
@given(settled_lines)
def test_settlement(lines: list[dict[str, Any]]) -> None:
    found = settle(lines)
    for line, settled in zip(lines, found["lines"], strict=True):
        eligible = settled["eligible"]
        assert 0 <= eligible <= Decimal(line["delivered"])
        already = Decimal(line["already_settled"])
        if eligible:
            assert line["audit_valid"] is not False
            assert eligible + already <= min(Decimal(line["contracted"]), Decimal(line["ceiling"]))
    assert found["eligible_total"] == sum(each["eligible"] for each in found["lines"])
    assert (
        found["eligible_total"] / 2 - Decimal("0.01")
        < found["bpifrance_share"]
        <= found["eligible_total"] / 2
    )
    delivered = sum(Decimal(line["delivered"]) for line in lines)
    assert found["bpifrance_share"] + found["company_share"] == delivered
    contracted = sum(min(Decimal(line["contracted"]), Decimal(line["ceiling"] or 0)) for line in lines)
    assert found["bpifrance_share"] <= contracted / 2
