"""What makes a signal, at each threshold and on both sides of it; without the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from applications.services.signals import links, prices
from applications.services.signals.facts import Account, AccountMove, Facts, Other, People, Person, Priced
from applications.services.signals.judging import judge
from applications.services.signals.marks import SHORTEST_TEXT, mark_of

LABEL = "Test d’intrusion"
FIVE = tuple(Decimal(amount) for amount in ("8000", "9000", "10000", "11000", "12000"))
ELSEWHERE = Other("DM-2025-000007", 7, "Valvéa")
SIGNED = date(2026, 3, 2)
DAY = timedelta(days=1)


def priced(amount: str, **more: object) -> Priced:
    return Priced(label=LABEL, amount=Decimal(amount), **more)  # type: ignore[arg-type]


def codes(facts: Facts) -> list[str]:
    return [signal.code for signal in judge(facts).signals]


# --- The indicative price --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "far"),
    [
        ("11000.00", False),
        ("13750.00", False),
        ("13750.01", True),
        ("8250.00", False),
        ("8249.99", True),
        ("0.00", False),
    ],
)
def test_a_price_is_far_from_the_indicative_one_beyond_a_quarter(amount: str, far: bool) -> None:
    one = priced(amount, complexity="medium", indicative=Decimal("11000.00"))
    assert (prices.against_indicative(one) is not None) is far


def test_a_complexity_without_indicative_price_is_not_judged_by_one() -> None:
    assert prices.against_indicative(priced("90000.00")) is None


def test_the_signal_says_the_figures_the_side_and_what_to_ask() -> None:
    signal = prices.against_indicative(priced("16500.00", complexity="medium", indicative=Decimal(11000)))
    assert signal is not None
    for words in (LABEL, "complexité moyenne", "16 500,00", "50 % au-dessus", "11 000,00", "25 %"):
        assert words in signal.sentence.replace("\u202f", " ").replace("\u00a0", " ")
    low = prices.against_indicative(priced("5500.00", complexity="medium", indicative=Decimal(11000)))
    assert low is not None
    assert "en dessous" in low.sentence
    assert "complexité" in low.advice


# --- Past quotes -----------------------------------------------------------------------------------
def test_quarters_and_median_are_those_of_the_amounts() -> None:
    spread = prices.spread_of(FIVE)
    assert spread == prices.Spread(5, Decimal(10000), Decimal(9000), Decimal(11000))


@pytest.mark.parametrize(
    ("amount", "far"),
    [
        # The quarters are 9 000 and 11 000: beyond 6 000 and 14 000.
        ("14000.00", False),
        ("14000.01", True),
        ("6000.00", False),
        ("5999.99", True),
        ("10000.00", False),
    ],
)
def test_a_price_is_far_from_past_ones_beyond_their_spread(amount: str, far: bool) -> None:
    assert (prices.against_past(priced(amount, past=FIVE), "classe IIa") is not None) is far


@pytest.mark.parametrize(("amount", "far"), [("12500.00", False), ("12500.01", True), ("7499.99", True)])
def test_where_all_past_prices_are_one_a_quarter_more_or_less_is_still_near(amount: str, far: bool) -> None:
    same = (Decimal(10000),) * 6
    assert (prices.against_past(priced(amount, past=same), "classe IIa") is not None) is far


def test_too_few_past_quotes_say_nothing_but_how_many_they_are() -> None:
    one = priced("90000.00", past=FIVE[: prices.FEWEST_PAST - 1])
    assert prices.against_past(one, "classe IIa") is None
    (sentence,) = judge(Facts(priced=(one,), firm="Cabinet")).compared[:-1]
    assert "4 dossiers comparables" in sentence
    assert "il en faut 5" in sentence


def test_the_past_signal_says_median_quarters_count_months_and_device() -> None:
    signal = prices.against_past(priced("20000.00", past=FIVE), "Dispositif médical, classe IIa")
    assert signal is not None
    told = signal.sentence.replace("\u202f", " ").replace("\u00a0", " ")
    for words in (
        "100 % au-dessus",
        "10 000,00 €",
        "5 dossiers",
        "36 mois",
        "classe IIa",
        "9 000,00 €",
        "11 000,00 €",
    ):
        assert words in told
    assert dict(signal.figures)["Dossiers comparés"] == "5"


def test_a_near_price_is_told_among_what_was_compared() -> None:
    one = priced("11000.00", complexity="medium", indicative=Decimal(11000), past=FIVE)
    judged = judge(Facts(priced=(one,), firm="Cabinet"))
    assert not judged.signals
    assert [("indicatif" in told, "médiane" in told) for told in judged.compared[:2]] == [
        (True, False),
        (False, True),
    ]


# --- Texts and invoices ----------------------------------------------------------------------------
def test_a_mark_forgets_layout_accents_capitals_and_signs() -> None:
    text = "Nous procédons par étapes : audit à blanc, puis rédaction des procédures avec les équipes."
    again = "NOUS procedons par etapes\n\n audit a blanc puis rédaction, des procédures — avec les équipes"
    assert mark_of(text) == mark_of(again) != ""
    assert mark_of(text) != mark_of(text.replace("étapes", "phases"))


def test_a_short_text_has_no_mark() -> None:
    assert mark_of("a" * (SHORTEST_TEXT - 1)) == ""
    assert mark_of("a " * (SHORTEST_TEXT - 1)) == ""
    assert mark_of("a" * SHORTEST_TEXT) != ""
    assert mark_of("") == ""


@pytest.mark.parametrize("code", sorted(links.TEXTS))
def test_each_text_found_elsewhere_points_to_its_dossiers(code: str) -> None:
    (signal,) = judge(Facts(firm="Cabinet", texts={code: (ELSEWHERE,)})).signals
    assert (signal.code, signal.evidence) == (code, (ELSEWHERE,))
    assert signal.sentence
    assert signal.advice


def test_a_text_of_its_own_gives_no_signal() -> None:
    assert not codes(Facts(firm="Cabinet", texts=dict.fromkeys(links.TEXTS, ())))


def test_an_invoice_number_seen_elsewhere_is_told_with_its_dossiers() -> None:
    (signal,) = judge(Facts(firm="Cabinet", invoices={"F-12": (ELSEWHERE,), "F-13": ()})).signals
    assert signal.code == "invoice_number"
    assert "F-12" in signal.sentence


# --- The account -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("on", "in_force", "told"),
    [
        (SIGNED - DAY, True, []),
        (SIGNED, True, ["account_changed"]),
        (SIGNED + DAY, True, ["account_changed"]),
        (SIGNED + DAY, False, ["account_asked"]),
        (SIGNED - DAY, False, []),
    ],
)
def test_a_change_of_account_counts_from_the_day_of_the_contract(
    on: date, in_force: bool, told: list[str]
) -> None:
    account = Account(since=SIGNED, since_what="la signature du contrat", moves=(AccountMove(on, in_force),))
    assert codes(Facts(firm="Cabinet", account=account)) == told


def test_a_change_after_the_payment_is_none_of_this_dossier() -> None:
    moves = (AccountMove(SIGNED + 40 * DAY, in_force=True),)
    account = Account(since=SIGNED, since_what="la signature du contrat", moves=moves)
    assert codes(Facts(account=replace(account, until=SIGNED + 40 * DAY))) == ["account_changed"]
    assert codes(Facts(account=replace(account, until=SIGNED + 39 * DAY))) == []


def test_nothing_is_changed_before_anything_is_agreed() -> None:
    assert not codes(Facts(account=Account(moves=(AccountMove(SIGNED, in_force=True),))))


def test_an_account_other_than_the_approved_one_is_told() -> None:
    assert codes(Facts(account=Account(since=SIGNED, is_approved=False))) == ["account_not_approved"]


# --- The people ------------------------------------------------------------------------------------
SIGNATORY = Person("Camille Aubry", "Présidente", "camille@cardiolog.test")


@pytest.mark.parametrize(
    ("name", "email", "found"),
    [
        ("Camille Aubry", "", True),
        ("AUBRY Camille", "", True),
        ("Camîlle  Aubry", "", True),
        ("Camille Aubrey", "", False),
        ("Aubry", "", False),
        ("C. Aubry", "CAMILLE@cardiolog.test ", True),
        ("Camille", "autre@cabinet.test", False),
    ],
)
def test_one_person_on_both_sides_is_found_by_name_or_address(name: str, email: str, found: bool) -> None:
    people = People(company=(SIGNATORY,), firm=(Person(name, "consultant du cabinet", email),))
    assert codes(Facts(firm="Cabinet", people=people)) == ["person_shared"] * found


def test_a_person_is_told_once_with_every_quality() -> None:
    people = People(
        company=(SIGNATORY, Person("Camille Aubry", "associé")),
        firm=(Person("Camille Aubry", "membre du cabinet"), Person("Aubry Camille", "consultant du cabinet")),
    )
    (signal,) = judge(Facts(firm="Cabinet", people=people)).signals
    assert "Présidente, associé" in signal.sentence
    assert "membre du cabinet, consultant du cabinet" in signal.sentence
    assert "même nom" in signal.advice


def test_names_of_one_word_are_no_proof() -> None:
    assert links.person_key("Aubry") == ()
    people = People(company=(Person("Aubry", "associé"),), firm=(Person("Aubry", "membre du cabinet"),))
    assert not codes(Facts(people=people))


@pytest.mark.parametrize(
    ("holder", "found"),
    [("Qualimed", True), ("QUALIMED S.A.S.", True), ("Qualimed Conseil", False), ("", False)],
)
def test_the_firm_among_the_holders_of_the_company_is_told(holder: str, found: bool) -> None:
    people = People(firm_name="Qualimed SAS", holders=(holder,))
    assert codes(Facts(people=people)) == ["firm_holder"] * found


def test_one_siren_on_both_sides_is_told_and_none_is_not() -> None:
    assert codes(Facts(people=People(firm_siren="732829320", company_siren="732829320"))) == ["same_entity"]
    assert not codes(Facts(people=People(firm_siren="", company_siren="")))
    assert not codes(Facts(people=People(firm_siren="732829320", company_siren="552100554")))


# --- Together --------------------------------------------------------------------------------------
def test_nothing_to_compare_says_so_and_never_that_all_is_well() -> None:
    judged = judge(Facts())
    assert not judged.signals
    assert judged.compared == (
        "Aucun cabinet n’est retenu\u00a0: textes, factures, compte et personnes n’ont pas été comparés.",
    )
    assert judge(Facts(firm="Cabinet")).compared == (links.NO_DIRECTORS,)
