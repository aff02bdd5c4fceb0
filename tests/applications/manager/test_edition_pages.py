"""The pages of the editions: what they show, how many queries they take, what they refuse and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Rehearsal, RehearsalLine
from applications.services.editions import drafts
from applications.services.editions import rehearsal as rehearsals
from portal import clock
from portal.accounts.models import User
from tariffs import catalogue
from tariffs.editiontables import compared
from tariffs.engine.loading import read_content
from tariffs.models import EditionText
from tests.applications import factories as f
from tests.applications.editions import read_by_the_catalogue, text_of
from tests.applications.journeys import Journey
from tests.applications.manager.test_editions import LOWER, load, rehearse
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(db: None) -> User:
    return f.ManagerFactory()


@pytest.fixture
def _reading() -> Iterator[None]:
    with read_by_the_catalogue():
        yield


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return unescape(response.content.decode()).replace("\u00a0", " ")


def sent(client: Client, content: bytes, name: str = "2031.toml") -> Any:
    return client.post(reverse("edition_load"), {"file": SimpleUploadedFile(name, content)})


# --- Loading -------------------------------------------------------------------------------------
def test_a_file_with_faults_shows_them_all_then_the_mended_one_is_a_draft(manager: User) -> None:
    client = signed_in(manager)
    wrong = text_of(
        "2031", ('rate = "0.50"', "rate = 0.5"), ("volet = 5", "volet = 9"), in_force_from="2031-01-01"
    )
    refused = sent(client, wrong)
    assert refused.status_code == 422
    told = unescape(refused.content.decode())
    assert "4 points à corriger" in told
    assert "[funding]" in told
    assert "configuration_audit est du volet 9" in told
    assert not EditionText.objects.exists()
    done = sent(client, text_of("2031", in_force_from="2031-01-01"))
    text = EditionText.objects.get()
    assert done.headers["Location"] == reverse("edition_detail", args=[text.ref])
    assert "À répéter sur les dossiers" in page(client, done.headers["Location"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Ce fichier est vide"),
        (b"x" * (drafts.MOST_BYTES + 1), "dépasse 256"),
        (b"\x00\x01", "TOML"),
        (b"a = " + b"[" * 5000, "TOML"),
        ("é".encode("latin-1"), "UTF-8"),
        (b"code = 1\n", "cette clé manque"),
    ],
)
def test_what_is_no_edition_is_refused_in_words(manager: User, content: bytes, said: str) -> None:
    answer = sent(signed_in(manager), content)
    assert answer.status_code == 422
    assert said in unescape(answer.content.decode())


# --- The life of one, by its pages ---------------------------------------------------------------
@pytest.mark.usefixtures("_reading")
def test_from_the_file_to_the_publication_by_the_buttons(manager: User) -> None:
    Journey().to("approved")
    second, now = f.ManagerFactory(), clock.now()
    text = load(manager, now, LOWER)
    one, two = signed_in(manager), signed_in(second)
    here = reverse("edition_detail", args=[text.ref])
    started = one.post(reverse("edition_rehearse", args=[text.pk]))
    effects = started.headers["Location"]
    assert "La répétition est en cours" in page(one, effects)
    asked = Rehearsal.objects.get()
    partial = one.get(effects, headers={"HX-Request": "true"})
    assert "<html" not in partial.content.decode()
    rehearse_now(asked)
    assert one.get(effects, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    told = page(two, effects)
    assert "1 change : 1 reçoit moins." in told
    assert "Plafonds" in told
    assert "Vous avez chargé ce texte" in page(one, here)
    assert reverse("edition_publish", args=[text.pk]) in page(two, here)
    publish = reverse("edition_publish", args=[text.pk])
    assert two.post(publish, {"starts_on": ""}).status_code == 422
    late = signed_in(second, just_now=False)
    assert "reauthenticate" in late.get(publish).headers["Location"]
    day = text.in_force_from
    done = two.post(publish, {"starts_on": day.strftime("%d/%m/%Y"), "is_read": "on"})
    assert done.headers["Location"] == here
    assert "À venir" in page(Client(), reverse("schedule_of_edition", args=["2031"]))
    one.post(reverse("edition_cancel", args=[text.pk]), {"motive": "Les plafonds sont à revoir."})
    assert "Une annulation attend" in page(two, here)
    two.post(reverse("edition_cancel_confirm", args=[text.pk]))
    assert "Retirée" in page(two, here)
    assert Client().get(reverse("schedule_of_edition", args=["2031"])).status_code == 404


def rehearse_now(asked: Rehearsal) -> None:
    begun = rehearsals.begin(asked.pk)
    assert begun is not None
    for _ in rehearsals.lots(begun):
        pass
    rehearsals.finish(begun, now=clock.now())


def test_others_read_and_see_no_button(manager: User) -> None:
    text = load(manager, clock.now())
    done = rehearse(text, clock.now())
    for reader in (f.OfficerFactory(), f.ControllerFactory(), f.AuditorFactory()):
        client = signed_in(reader)
        for address in (
            reverse("edition_list"),
            reverse("edition_detail", args=[text.ref]),
            reverse("edition_comparison") + f"?de=2024&a={text.ref}",
            f"{reverse('edition_effects')}?repetition={done.pk}",
        ):
            main = page(client, address).partition("<main")[2]
            assert 'method="post"' not in main
            assert "Charger une édition" not in main


@pytest.mark.parametrize("ref", ["2099", "texte-999999", "texte-x", "texte-" + "9" * 40, "é", "%00"])
def test_an_unknown_edition_is_not_found(manager: User, ref: str) -> None:
    client = signed_in(manager)
    for name in ("edition_detail", "edition_file"):
        assert client.get(reverse(name, args=["2024"]).replace("2024", ref)).status_code == 404
    assert client.get(f"{reverse('edition_effects')}?repetition={ref}").status_code == 404


def test_the_file_comes_back_byte_for_byte(manager: User) -> None:
    text, client = load(manager, clock.now(), LOWER), signed_in(manager)
    assert client.get(reverse("edition_file", args=[text.ref])).content == text.text.encode()
    closed = (catalogue.DIRECTORY / "2023.toml").read_bytes()
    assert client.get(reverse("edition_file", args=["2023"])).content == closed


# --- Comparing -----------------------------------------------------------------------------------
def test_the_comparison_tells_each_kind_of_difference_and_nothing_else() -> None:
    before = catalogue.get_edition("2024")
    head, tail = (
        text_of("2031", in_force_from="2031-01-01").decode().split('[[rules]]\nname = "quote.benchmark"')
    )
    rest = tail.partition("[[rules]]")
    text = (head + rest[1] + rest[2]).replace('over = "warning"', 'over = "fail"\n'[:-1])
    text = text.replace("fresh_months = 3", "fresh_months = 6").replace('"40000.00"', '"41000.00"', 1)
    text = text.replace('headcount_below = "250"', 'headcount_below = "300"', 1).replace(
        "SA.58995", "SA.99999"
    )
    after = read_content(text.encode(), "2031.toml")
    found = {theme.title: theme.rows for theme in compared(before, after)}
    rules = {row.label: (row.before, row.after) for row in found["Règles"]}
    assert rules["Prix constatés"][1] is None
    assert rules["Plafonds"] == ("Au-delà du plafond\u00a0: averti", "Au-delà du plafond\u00a0: refusé")
    assert "Fraîcheur de la pièce, en mois\u00a0: 6" in str(
        rules["Attestation de régularité fiscale et sociale"][1]
    )
    assert set(rules) == {
        "Prix constatés", "Plafonds", "Attestation de régularité fiscale et sociale", "Startup ou PME"
    }  # fmt: skip
    assert [row.label for row in found["Seuils"]] == ["PME, effectif"]
    assert "SA.99999" in str(found["Financement et régime d’aide"][0].after)
    assert len(found["Plafonds"]) == 1
    same = compared(before, before)
    assert same == []
    whole = {theme.title: theme for theme in compared(before, before, everything=True)}
    assert len(whole["Règles"].rows) == len(before.rules)
    assert not any(theme.differing for theme in whole.values())


def test_a_rule_of_which_only_the_title_changes_is_told_where_everything_is_asked() -> None:
    before = catalogue.get_edition("2024")
    title = before.rules[0].title
    text = text_of("2031", in_force_from="2031-01-01").decode().replace(f'"{title}"', '"Un autre titre"', 1)
    after = read_content(text.encode(), "2031.toml")
    assert after.rules[0].title == "Un autre titre"
    assert "Règles" not in {theme.title for theme in compared(before, after)}
    whole = {theme.title: theme for theme in compared(before, after, everything=True)}["Règles"]
    assert whole.differing == 1


# --- Queries -------------------------------------------------------------------------------------
def test_the_pages_cost_the_same_whatever_they_hold(manager: User) -> None:
    text, client = load(manager, clock.now(), LOWER), signed_in(manager)
    Journey().to("submitted")
    done = rehearse(text, clock.now())
    pages = [
        reverse("edition_list"),
        reverse("edition_detail", args=[text.ref]),
        reverse("edition_comparison") + f"?de=2024&a={text.ref}",
        f"{reverse('edition_effects')}?repetition={done.pk}",
    ]

    def costs() -> list[int]:
        found = []
        for address in pages:
            with CaptureQueriesContext(connection) as queries:
                page(client, address)
            found.append(len(queries))
        return found

    few = costs()
    line = RehearsalLine.objects.get()
    for _ in range(30):
        line.pk, line.dossier = None, Journey().dossier
        line.save()
    for code in ("2032", "2033", "2034"):
        load(manager, clock.now(), code=code)
    assert costs() == few
    # The session, the person, the bell, then what the page is about.
    assert max(few) <= 9
