"""What counts as a planted word that was read."""

import pytest

from tests.access.canaries import is_told, leaks


@pytest.mark.parametrize(
    "text",
    [
        "2718281.82",
        "2718281,82 €",
        '<input value="2718281.82">',
        "soit 2718281.",
        "(2718281)",
        '{"a":"2718281.8"}',
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str) -> None:
    assert is_told("2718281.82", text)


@pytest.mark.parametrize("text", ["X-Request-ID: 4f2718281c", "12718281", "27182819", "2718281a", "2 718"])
def test_the_same_digits_amid_a_random_word_are_no_amount(text: str) -> None:
    assert not is_told("2718281.82", text)


def test_the_separators_of_thousands_hide_nothing() -> None:
    assert leaks("administrator", "batch_detail", "Capital : 2\u202f718\u202f281,82\xa0€") == ["2718281.82"]
    assert leaks("administrator", "batch_detail", "un Zorgactionnaire") == ["Zorgactionnaire"]
