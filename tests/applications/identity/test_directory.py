"""The directory of companies: what it says is read strictly; slow, broken or off, it never holds anybody up."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection

from applications.services import directory
from tests.applications.identity.playing import SIREN, Directory, answer, company, played

PERSON = 7


@pytest.fixture
def served(settings, monkeypatch) -> Iterator[Directory]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    cache.clear()
    with played() as playing:
        settings.DIRECTORY_URL = playing.url
        yield playing
    cache.clear()


def ask() -> directory.Record | None:
    return directory.find_company(SIREN, asked_by=PERSON)


def test_it_is_asked_for_one_siren_and_the_least(served):
    ask()
    [query] = served.asked
    assert query == {
        "q": [SIREN],
        "minimal": ["true"],
        "include": ["siege"],
        "page": ["1"],
        "per_page": ["5"],
    }


def test_a_company_is_read(served):
    assert ask() == directory.Record(
        siren=SIREN,
        name="CARDIOLAB",
        legal_form="5710",
        created_on=date(2021, 3, 1),
        address="12 RUE DES LILAS",
        postcode="69003",
        city="LYON",
        region="Auvergne-Rhône-Alpes",
    )


def test_a_company_that_ceased_is_read_as_such(served):
    served.says(200, answer(company(etat_administratif="C", date_fermeture="2025-12-31")))
    found = ask()
    assert found is not None
    assert (found.ceased, found.ceased_on) == (True, date(2025, 12, 31))
    assert found.as_json()["ceased_on"] == "2025-12-31"


@pytest.mark.parametrize("results", [[], [company(siren="552100554")]])
def test_a_number_it_does_not_know_is_no_company(served, results):
    served.says(200, answer(*results))
    assert ask() is None


def test_of_several_results_only_the_siren_asked_counts(served):
    served.says(200, answer(company(siren="552100554", nom_raison_sociale="AUTRE"), company()))
    found = ask()
    assert found is not None
    assert found.name == "CARDIOLAB"


def test_what_is_hidden_from_the_public_is_left_to_be_typed(served):
    hidden = "[NON-DIFFUSIBLE]"
    seat = company()["siege"] | {"adresse": hidden, "code_postal": hidden}
    served.says(200, answer(company(nom_raison_sociale=hidden, nom_complet=hidden, siege=seat)))
    found = ask()
    assert found is not None
    assert (found.name, found.address, found.postcode, found.city) == ("", "", "", "LYON")


def test_texts_are_cleaned_and_cut(served):
    served.says(200, answer(company(nom_raison_sociale="A\x00B\u202e\n C" + "D" * 400)))
    found = ask()
    assert found is not None
    assert found.name.startswith("A B C")
    assert len(found.name) == 200


STRANGE = {
    "not JSON": b"<html>Maintenance</html>",
    "cut": answer(company())[:-20],
    "nested": b"[" * 100_000,
    "a list": b"[]",
    "no results": b"{}",
    "results is no list": b'{"results": {}}',
    "a result is no object": b'{"results": [3]}',
    "not UTF-8": b'{"results": "\xff"}',
    "unknown state": answer(company(etat_administratif="X")),
    "no state": answer(company(etat_administratif=None)),
    "a name is a number": answer(company(nom_raison_sociale=12)),
    "a date is none": answer(company(date_creation="31/12/2020")),
    "a legal form is none": answer(company(nature_juridique="SAS")),
    "the seat is a text": answer(company(siege="12 RUE")),
    "too long": answer(company(nom_complet="A" * 300_000)),
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_any_other_shape_counts_as_down(served, body):
    served.says(200, body)
    with pytest.raises(directory.Unavailable):
        ask()


def test_an_answer_is_read_no_further_than_it_may_be_long(served):
    served.says(200, b" " * directory.LARGEST_ANSWER + answer(company()))
    with pytest.raises(directory.Unavailable, match="too long"):
        ask()


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_any_other_status_counts_as_down(served, status):
    served.says(status, answer(company()) if status != 204 else b"")
    with pytest.raises(directory.Unavailable, match=str(status)):
        ask()


def test_a_redirection_is_not_followed(served):
    served.says(302, b"", Location=f"{served.url}?ailleurs=oui")
    with pytest.raises(directory.Unavailable, match="302"):
        ask()
    assert len(served.asked) == 1


@pytest.mark.parametrize(("waits", "drips"), [(5.0, False), (0.0, True)], ids=["silent", "drop by drop"])
def test_two_seconds_are_all_it_gets(served, waits, drips):
    served.waits, served.drips = waits, drips
    started = time.monotonic()
    with pytest.raises(directory.Unavailable, match="slow"):
        ask()
    # A busy machine may be late; the server itself is silent for five seconds.
    assert 1.9 < time.monotonic() - started < 4.8


def test_nobody_listens(settings):
    cache.clear()
    settings.DIRECTORY_URL = "http://127.0.0.1:9/search"
    with pytest.raises(directory.Unavailable):
        ask()
    cache.clear()


def test_after_a_failure_nobody_waits_again_for_a_while(served):
    served.says(500)
    with pytest.raises(directory.Unavailable):
        ask()
    served.says(200, answer(company()))
    with pytest.raises(directory.Unavailable, match="resting"):
        ask()
    assert len(served.asked) == 1
    cache.delete(directory.RESTING)
    assert ask() is not None


def test_off_it_asks_nobody(served, settings):
    settings.DIRECTORY_URL = ""
    with pytest.raises(directory.Unavailable, match="off"):
        ask()
    assert not served.asked


def test_one_person_asks_ten_times_in_ten_minutes(served):
    for _ in range(10):
        ask()
    with pytest.raises(directory.AskedTooOften):
        ask()
    assert directory.find_company(SIREN, asked_by=PERSON + 1) is not None
    assert len(served.asked) == 11


@pytest.mark.django_db(transaction=True)
def test_the_question_is_asked_outside_any_transaction(served, monkeypatch, client):
    """The lookup's view holds no lock while the directory thinks."""
    from tests.applications.factories import UserFactory

    seen: list[bool] = []
    real = directory.find_company

    def spy(*args, **kwargs):
        seen.append(connection.in_atomic_block)
        return real(*args, **kwargs)

    monkeypatch.setattr(directory, "find_company", spy)
    client.force_login(UserFactory())
    client.post("/entreprise/creer/chercher/", {"scheme": "siren", "identifier": SIREN})
    assert seen == [False]
