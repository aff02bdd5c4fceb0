"""What would change the answer: each change flips its rule, is the nearest, and never hides that nothing would."""

import copy
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from tariffs import catalogue
from tariffs.engine.changes.search import PROPOSERS
from tariffs.engine.rules import REGISTRY
from tests.tariffs.engine import strategies
from tests.tariffs.engine.cases import case, lines

Json = dict[str, Any]
STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")
VERDICTS = ["ineligible", "incomplete", "needs_review", "eligible"]


def changes_of(rule: str, given_case: Json) -> list[Json]:
    return [each for each in catalogue.changes_json(given_case, today=None) if each["rule"] == rule]


def first(rule: str, volet: int = 1, edition: str = "2024", **facts: Any) -> Json:
    return changes_of(rule, case(volet, edition, **facts))[0]


def applied(given_case: Json, path: str, value: Any) -> Json:
    """The JSON case with another value under a path, as a reader of the API would apply it."""
    changed = copy.deepcopy(given_case)
    holder: Any = changed
    steps = [name or int(place) for name, place in STEP.findall(path)]
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return changed


def status_of(rule: str, given_case: Json) -> tuple[str, str]:
    evaluation = catalogue.evaluate_json(given_case, today=None)
    return next(each["status"] for each in evaluation["findings"] if each["rule"] == rule), evaluation[
        "verdict"
    ]


def test_each_rule_has_a_proposer_of_its_own() -> None:
    assert list(PROPOSERS) == list(REGISTRY)


@settings(max_examples=300, deadline=None)
@given(strategies.cases)
def test_each_change_flips_its_rule_and_each_fail_has_a_change_or_a_reason(given_case: Json) -> None:
    evaluation = catalogue.evaluate_json(given_case, today=None)
    changes = catalogue.changes_json(given_case, today=None)
    broken = [each["rule"] for each in evaluation["findings"] if each["status"] in ("fail", "warning")]

    assert list(dict.fromkeys(each["rule"] for each in changes)) == broken
    for change in changes:
        assert change["sentence"].endswith(".")
        if change["path"] is None:
            assert change["kind"] == "none" or "en même temps" in change["sentence"]
            continue
        status, verdict = status_of(change["rule"], applied(given_case, change["path"], change["to"]))
        assert status == change["becomes"]
        assert status in ("pass", "not_applicable", "warning", "review", "missing")
        assert verdict == change["verdict"]
        assert change["improves"] == (VERDICTS.index(verdict) > VERDICTS.index(evaluation["verdict"]))
        assert change["from"] != change["to"]


STEPS = {"headcount": Decimal(1), "share": Decimal("0.01")}


@settings(max_examples=300, deadline=None)
@given(strategies.cases)
def test_one_step_less_flips_nothing(given_case: Json) -> None:
    for change in catalogue.changes_json(given_case, today=None):
        field = str(change["path"]).rpartition(".")[2]
        if field not in ("headcount", "turnover", "balance_sheet", "equity", "share"):
            continue
        start, end, step = Decimal(change["from"]), Decimal(change["to"]), STEPS.get(field, Decimal("0.01"))
        closer = end + step if start > end else end - step
        if abs(closer - end) > abs(start - end):
            closer = start
        status, _ = status_of(change["rule"], applied(given_case, change["path"], format(closer, "f")))
        assert status == "fail", change


@pytest.mark.parametrize(
    ("facts", "path", "start", "end", "words"),
    [
        ({"company__headcount": 260}, "company.headcount", "260", "249", "249 personnes au plus"),
        ({"company__headcount": "250.5"}, "company.headcount", "250.5", "249", "(250,5 → 249)"),
    ],
)
def test_the_staff_that_fits(facts: Json, path: str, start: str, end: str, words: str) -> None:
    change = first("company.category", **facts)

    assert (change["path"], change["from"], change["to"]) == (path, start, end)
    assert words in change["sentence"]
    assert change["improves"]


def test_the_amount_that_fits_under_the_ceiling() -> None:
    change = first("quote.within_ceilings", quote={"signed": False, "lines": lines(("qms_support", "46000"))})

    assert (change["path"], change["from"], change["to"]) == ("quote.lines[0].amount", "46000.00", "40000.00")
    assert "46\u202f000\u00a0€ → 40\u202f000\u00a0€" in change["sentence"]
    assert change["sentence"].startswith("L’avertissement tomberait")


def test_repeated_lines_are_lowered_from_the_last() -> None:
    quote = {"signed": False, "lines": lines(("qms_support", "30000"), ("qms_support", "16000"))}
    change = first("quote.within_ceilings", quote=quote)

    assert (change["path"], change["to"]) == ("quote.lines[1].amount", "10000.00")


def test_over_a_ceiling_of_2023_the_same_amount_makes_the_case_eligible() -> None:
    quote = {"signed": False, "lines": lines(("qms_support", "40000.01"))}
    change = first("quote.within_ceilings", edition="2023", quote=quote)

    assert (change["to"], change["becomes"], change["improves"]) == ("40000.00", "pass", True)


def test_a_class_that_closes_three_volets_leaves_two_open() -> None:
    volet, risk_class = changes_of("volet.device_class", case(device__risk_class="I"))

    assert (volet["path"], volet["to"], volet["kind"]) == ("volet", 4, "choice")
    assert "les volets 4 et 5 restent ouverts" in volet["sentence"]
    assert (risk_class["to"], risk_class["kind"]) == ("IIa", "fact")
    assert "elle ne se choisit pas" in risk_class["sentence"]


def test_a_used_volet_names_only_those_that_are_open_to_the_device() -> None:
    change = first("company.volet_unused", 4, company__volets_used=[4, 2], device__ce_marking="none")

    assert "les volets 1 et 5 restent ouverts" in change["sentence"]
    assert change["to"] == 1


def test_a_certificate_that_starts_later_says_from_which_day() -> None:
    passi = {"valid_from": "2026-04-01", "valid_until": "2029-01-01", "scopes": ["code_audit"]}
    change = first("expert.passi", 5, expert={"accredited_volets": [5], "passi": passi})

    assert (change["path"], change["to"], change["kind"]) == ("on", "2026-04-01", "event")
    assert "à partir du 01/04/2026" in change["sentence"]


@pytest.mark.parametrize(
    ("rule", "facts", "kind"),
    [
        ("company.not_in_difficulty", {"company__insolvency_proceedings": True}, "event"),
        ("company.not_in_difficulty", {"company__in_difficulty": True}, "event"),
        ("company.not_in_difficulty", {"company__equity": "-1.00"}, "event"),
        ("company.tax_and_social", {"company__tax_and_social_up_to_date": False}, "event"),
        ("company.legal_form", {"company__legal_form": "1000"}, "fact"),
        ("company.registered_in_france", {"company__registered_in": "DE"}, "fact"),
    ],
)
def test_what_can_t_be_chosen_is_never_advised(rule: str, facts: Json, kind: str) -> None:
    for change in changes_of(rule, case(**facts)):
        assert change["kind"] == kind
        assert change["sentence"].startswith("La règle passerait si")


def test_half_of_the_capital_to_the_cent() -> None:
    change = first(
        "company.not_in_difficulty", company__equity="10.00", company__subscribed_capital="50000.01"
    )

    assert change["to"] == "25000.01"


def test_two_facts_that_must_change_together_are_said_together() -> None:
    change = first(
        "company.not_in_difficulty", company__insolvency_proceedings=True, company__in_difficulty=True
    )

    assert change["path"] is None
    assert change["becomes"] == "pass"
    assert "en même temps" in change["sentence"]
    assert "jugement de clôture" in change["sentence"]


def test_nothing_helps_who_has_used_every_volet() -> None:
    change = first("company.volet_unused", company__volets_used=[1, 2, 3, 4, 5])

    assert change["path"] is None
    assert change["kind"] == "none"
    assert change["sentence"].startswith("Rien ne peut changer cette réponse sous l’édition 2024")


def test_a_partner_s_share_goes_down_to_what_fits_and_no_further() -> None:
    big = {"share": "51", "headcount": 400, "turnover": "0", "balance_sheet": "0"}
    change = first("company.autonomy", company__shareholders=[big])
    assert (change["path"], change["to"]) == (
        "company.shareholders[0].share",
        "50",
    )  # 12 + 200 stay under 250

    bigger = big | {"headcount": 595}
    assert first("company.autonomy", company__shareholders=[bigger])["to"] == "39.99"  # 12 + 237,94


def test_a_case_that_passes_has_nothing_to_change() -> None:
    assert catalogue.changes_json(case(), today=None) == []
