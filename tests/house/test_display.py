"""What every template relies on to write amounts, dates, sizes and bars."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import display

AMOUNTS = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal(20000), "20\u202f000,00\u00a0€"),
        ("139000.00", "139\u202f000,00\u00a0€"),
        (0, "0,00\u00a0€"),
        (Decimal("-1234.5"), "−1\u202f234,50\u00a0€"),
        (Decimal("0.005"), "0,01\u00a0€"),
        (Decimal("-0.001"), "0,00\u00a0€"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_amounts_are_written_the_french_way(value: object, written: str) -> None:
    assert display.euros(value) == written


@pytest.mark.parametrize("value", [1.5, True, "abc", "NaN", "Infinity", object()])
def test_what_is_no_exact_amount_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        display.euros(value)


@given(AMOUNTS)
def test_an_amount_can_be_read_back_to_the_cent(amount: Decimal) -> None:
    text = display.euros(amount).removesuffix("\u00a0€")
    plain = text.replace("\u202f", "").replace(",", ".").replace("−", "-")
    assert Decimal(plain) == amount


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 11, 20), "20\u00a0novembre\u00a02026"),
        (date(2026, 8, 1), "1er\u00a0août\u00a02026"),
        ("2026-02-28", "28\u00a0février\u00a02026"),
        (datetime(2026, 3, 31, 23, 30, tzinfo=UTC), "1er\u00a0avril\u00a02026"),
        ("2026-03-31T23:30:00+00:00", "1er\u00a0avril\u00a02026"),
        (None, "—"),
    ],
)
def test_dates_are_written_in_full_as_paris_reads_them(value: object, written: str) -> None:
    assert display.french_date(value) == written


def test_dates_of_a_dense_table_are_short() -> None:
    assert display.short_date(date(2026, 1, 5)) == "05/01/2026"
    assert display.short_date(None) == "—"


@pytest.mark.parametrize("filter_", [display.french_date, display.short_date])
def test_what_is_no_date_is_refused(filter_: object) -> None:
    with pytest.raises(TypeError):
        filter_(12)  # type: ignore[operator]


def test_instants_are_written_as_paris_reads_them() -> None:
    instant = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
    assert display.french_datetime(instant) == "1er\u00a0juillet\u00a02026 à\u00a014\u00a0h\u00a005"
    assert display.french_datetime(None) == "—"


@pytest.mark.parametrize(
    ("value", "written"),
    [("0.50", "50\u00a0%"), (Decimal("0.255"), "25,5\u00a0%"), (1, "100\u00a0%"), (None, "—")],
)
def test_ratios_are_written_as_percentages(value: object, written: str) -> None:
    assert display.percent(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [("249", "249"), ("12.50", "12,5"), (10_000, "10\u202f000"), (None, "—")]
)
def test_counts_keep_only_the_decimals_they_have(value: object, written: str) -> None:
    assert display.number(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0\u00a0octet"),
        (1, "1\u00a0octet"),
        (512, "512\u00a0octets"),
        (1024, "1\u00a0Ko"),
        (1_468_006, "1,4\u00a0Mo"),
        (25 * 1024 * 1024, "25\u00a0Mo"),
        (None, "—"),
    ],
)
def test_sizes_are_written_in_the_unit_a_person_reads(value: int | None, written: str) -> None:
    assert display.file_size(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0.5", "0,5 jour"),
        ("1.0", "1 jour"),
        ("1.5", "1,5 jour"),
        ("2.0", "2 jours"),
        ("2.5", "2,5 jours"),
        (None, "—"),
    ],
)
def test_days_are_plural_from_two(value: object, written: str) -> None:
    assert display.days(value) == written.replace(" ", "\u00a0")


def test_company_numbers_are_written_in_groups() -> None:
    assert display.siren("732829320") == "732\u00a0829\u00a0320"
    assert display.siren("73282932000074") == "732\u00a0829\u00a0320\u00a000074"
    assert display.siren("12") == "12"
    assert display.siren("") == ""


def test_a_key_that_is_not_there_is_an_empty_text() -> None:
    assert display.lookup({"quote": "Devis"}, "quote") == "Devis"
    assert display.lookup({}, "quote") == ""
    assert display.lookup(None, "quote") == ""


def test_an_icon_without_a_label_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in display.icon("check")
    assert 'aria-label="Fait &lt;b&gt;"' in display.icon("check", "Fait <b>")


def test_a_bar_shows_what_is_under_and_over_the_ceiling() -> None:
    assert display.bar("5000.00", "20000.00") == {
        "within": "25.00",
        "over": "0.00",
        "mark": "100.00",
        "is_over": False,
    }
    assert display.bar("30000", "15000") == {
        "within": "50.00",
        "over": "50.00",
        "mark": "50.00",
        "is_over": True,
    }
    assert display.bar(0, 0)["within"] == "0"
    assert display.bar("10", None)["is_over"] is False


@given(
    st.decimals(min_value=0, max_value="9999999.99", places=2),
    st.none() | st.decimals(min_value=0, max_value="9999999.99", places=2),
)
def test_a_bar_never_leaves_its_frame(amount: Decimal, ceiling: Decimal | None) -> None:
    measured = display.bar(amount, ceiling)
    within, over = Decimal(measured["within"]), Decimal(measured["over"])
    assert 0 <= within <= 100
    assert 0 <= within + over <= 100
    assert measured["is_over"] == (ceiling is not None and amount > ceiling)


@given(st.lists(st.integers(min_value=0, max_value=4000), max_size=6))
def test_the_shares_of_a_bar_fill_it_and_follow_each_other(days: list[int]) -> None:
    measured = display.shares([{"days": one} for one in days], "days")
    parts = measured["parts"]
    assert measured["total"] == sum(days)
    assert sum(Decimal(part["width"]) for part in parts) == (100 if sum(days) else 0)
    for before, after in pairwise(parts):
        assert Decimal(before["start"]) + Decimal(before["width"]) == Decimal(after["start"])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Karim Benali", "de Karim Benali"),
        ("Olivia Renard", "d’Olivia Renard"),
        ("Élodie", "d’Élodie"),
        ("Yves", "d’Yves"),
        ("Yann", "de Yann"),
        ("", "de "),
    ],
)
def test_de_is_elided_before_a_name_as_it_is_said(name: str, written: str) -> None:
    assert display.of_person(name) == written
