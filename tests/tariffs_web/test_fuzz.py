"""Whatever the address says, the simulator refuses in French or evaluates; nothing else ever happens."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clock import today
from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.forms import SimulationForm, read_query
from tariffs.forms.relevance import Questions

# A form with rows that a page has not shown yet.
FORM = SimulationForm(QueryDict("actionnaires=4&lignes=3"), editions=catalogue.editions().all)
ODD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "12 500,50",
        "1e9",
        "NaN",
        "31/08/2024",
        "2024-02-30",
        "9999-12-31",
        "0001-01-01",
        "oui",
        "٣",
    ]
) | st.text(max_size=12)


def answers_of(name: str) -> st.SearchStrategy[str]:
    """Mostly answers of the field's own list, or odd ones."""
    field: Any = FORM.fields[name]
    if not hasattr(field, "choices"):
        return ODD
    listed = [
        code
        for value, label in field.choices
        for code in ([one[0] for one in label] if isinstance(label, list) else [value])
    ]
    return st.sampled_from(listed) | st.sampled_from(listed) | ODD


ADDRESSES = st.fixed_dictionaries(
    {"volet": st.sampled_from("12345")},
    optional={name: answers_of(name) for name in FORM.fields if name != "volet"}
    | {"ajouter": st.sampled_from(["holder", "line", "x"]), "actionnaires": ODD, "lignes": ODD, "etape": ODD},
)


@settings(max_examples=150, deadline=None)
@given(ADDRESSES)
def test_an_address_is_refused_or_evaluated(answers: dict[str, str]) -> None:
    mapped = read_query(QueryDict(urlencode(answers, errors="replace")))
    refused: CaseError | None = None
    try:
        evaluation = catalogue.evaluate_json(mapped.case, today=today())
    except CaseError as error:
        refused = error
    if refused is None:
        assert evaluation["volet"] == int(answers["volet"])
    else:
        # The engine only refuses what no single field can see; the page can show where.
        assert mapped.field_of(refused) in mapped.form.fields
    assert set(mapped.form.errors) <= set(mapped.form.fields)
    assert set(mapped.form.errors) <= Questions(mapped.form, today()).shown


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, st.booleans())
def test_every_page_is_drawn(answers: dict[str, str], chosen: bool) -> None:
    known = answers if chosen else {name: typed for name, typed in answers.items() if name != "volet"}
    for target in ("", "answer", "simulator"):
        headers = {"HX-Request": "true", "HX-Target": target} if target else {}
        address = f"{reverse('simulator')}?{urlencode(known, errors='replace')}"
        assert Client().get(address, headers=headers).status_code == 200


@settings(max_examples=100, deadline=None)
@given(ADDRESSES)
def test_the_link_of_a_valid_simulation_gives_the_same_case(answers: dict[str, str]) -> None:
    mapped = read_query(QueryDict(urlencode(answers, errors="replace")))
    if not mapped.form.errors:
        assert read_query(QueryDict(mapped.form.query())).case == mapped.case
