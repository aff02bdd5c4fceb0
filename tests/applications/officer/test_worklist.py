"""What the list searches and remembers: words, names that change, verdicts lifted, looks taken, views kept."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from applications.models import Dossier, FindingDecision, Listing, SavedView, Sight, Snapshot
from applications.services import filing_company, listing
from applications.services.dossier_file import read
from applications.services.figures import rebuild
from applications.services.search import fold, words_in
from experts.services import update_identity
from portal import clock
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import filed, numbers, relist, shown

pytestmark = pytest.mark.django_db


def test_search_reads_number_company_siren_expert_device_and_text() -> None:
    journey = Journey().to("submitted")
    filed(2)
    dossier, officer = journey.dossier, journey.officer
    assert dossier.firm is not None
    assert dossier.device is not None
    dossier.device.description = "Capteur d’électrocardiogramme, posé sur le cœur des nouveau-nés."
    dossier.device.save()
    relist(dossier)
    digits = dossier.company.identifier
    for words in (
        dossier.number,
        dossier.company.name.upper(),
        digits,
        f"{digits[:3]} {digits[3:6]} {digits[6:]}",
        digits[:5],
        dossier.firm.name,
        dossier.device.name,
        "electrocardio",
        "CŒUR nouveau-nés",
        "coeur",
    ):
        assert dossier.number in numbers(shown(officer, q=words)), words
    assert numbers(shown(officer, q="électrocardiogramme introuvable")) == []


@pytest.mark.parametrize(
    "words",
    [
        "'",
        '"cardio',
        "cardio\x00%",
        "cardio & !pompe | (",
        "NEAR(a b)",
        "cardio OR *",
        "-cardio:*",
        "words : x",
        "\\",
        "<->",
        "é" * 10_000,
        "a " * 5_000,
        "9" * 10_000,
        "\u202e\ufeff",
        "中文 Ω ﬁ",
        "__",
    ],
)
def test_no_word_is_an_error(words: str) -> None:
    filed(1)
    response = signed_in(f.OfficerFactory()).get(reverse("dossier_list"), {"q": words, "vue": "all"})
    assert response.status_code == 200


def test_words_are_folded_and_cut_up() -> None:
    assert fold(["Œuvre d’Été – N° 12"]) == "oeuvre d ete n 12"
    assert words_in("732 829 320") == ["732829320"]
    assert words_in("DM-2026-000012") == ["dm", "2026", "000012"]
    assert words_in("un deux trois quatre cinq six sept huit neuf")[-1] == "huit"


def test_a_search_that_finds_nothing_shows_what_resembles() -> None:
    officer = f.OfficerFactory()
    (one, _) = filed(2)
    one.company.name = "Zéphyrine"
    one.company.save()
    relist(one)
    typed = "Zephirine" if connection.vendor == "postgresql" else "Zephyrxyz"
    context = shown(officer, q=typed)
    assert context["near"]
    assert numbers(context) == [one.number]
    assert shown(officer, q="zephyrine")["near"] is False


@pytest.mark.postgres
def test_a_french_word_is_found_in_its_other_forms() -> None:
    (one,) = filed(1)
    Listing.objects.filter(pk=one.pk).update(words=fold(["Analyses logicielles"]))
    assert numbers(shown(f.OfficerFactory(), q="analyse logiciel")) == [one.number]


def test_names_that_change_are_found_by_the_new_one() -> None:
    journey = Journey().to("under_review")
    dossier, officer = journey.dossier, journey.officer
    company = dossier.company
    identity = {name: getattr(company, name) for name in ("address", "postcode", "city")}
    filing_company.edit_company(company, actor=journey.owner, **identity, name="Zéphyrine", region="Bretagne")
    assert numbers(shown(officer, q="zephyrine", region="Bretagne")) == [dossier.number]
    assert dossier.firm is not None
    now = clock.now()
    update_identity(firm=dossier.firm, actor=journey.expert, now=now, fields={"name": "Quatrocabinet"})
    outbox.drain(now)
    assert numbers(shown(officer, q="quatrocabinet")) == [dossier.number]


@pytest.mark.parametrize(
    "state", ["submitted", "under_review", "incomplete", "contract_sent", "in_progress", "closed", "rejected"]
)
def test_each_act_leaves_the_row_as_it_would_be_made_anew(state: str) -> None:
    journey = Journey().to(state)
    kept = Listing.objects.filter(pk=journey.dossier.pk).values().get()
    listing.refresh([journey.dossier.pk], today=clock.today())
    assert Listing.objects.filter(pk=journey.dossier.pk).values().get() == kept
    assert kept["state"] == journey.dossier.state


def test_a_draft_has_no_row() -> None:
    draft = f.DossierFactory(pieces=False)
    relist(draft)
    assert not Listing.objects.exists()


def test_the_list_reads_the_verdict_that_the_page_shows() -> None:
    journey = Journey().to("under_review")
    dossier, officer = journey.dossier, journey.officer
    snapshot = Snapshot.objects.get(dossier=dossier)
    # As if the engine had left one finding to a person.
    finding = snapshot.evaluation["findings"][0]
    finding["status"] = "review"
    snapshot.evaluation["verdict"] = "needs_review"
    snapshot.save()
    Dossier.objects.filter(pk=dossier.pk).update(verdict="needs_review")
    relist(dossier)
    assert numbers(shown(officer, verdict="needs_review")) == [dossier.number]
    FindingDecision.objects.create(
        dossier=dossier,
        rule=finding["rule"],
        outcome="accepted",
        motive="Vérifié sur pièces.",
        decided_by=officer,
        decided_at=clock.now(),
    )
    relist(dossier)
    assert numbers(shown(officer, verdict="needs_review")) == []
    page = read(officer, dossier.pk, today=clock.today()).evaluation["verdict"]
    assert numbers(shown(officer, verdict=page)) == [dossier.number]


# --- What changed since the last look ----------------------------------------------------------------
def marks(context: Any) -> dict[str, str]:
    return {row["dossier"].number: row["changed"]["label"] for row in context["rows"] if row["changed"]}


def test_what_others_did_since_the_last_look_is_marked() -> None:
    journey = Journey()
    reader = f.OfficerFactory(date_joined=journey.now - timedelta(days=1))
    journey.to("under_review")
    dossier = journey.dossier
    client = signed_in(reader)
    assert marks(shown(reader, vue="all")) == {dossier.number: "Prendre en charge"}
    assert marks(shown(journey.officer, vue="all")) == {}, "one's own act is no news"
    seen = client.post(reverse("dossier_look", args=[dossier.pk]), {"version": dossier.version})
    assert seen.status_code == 204
    assert marks(shown(reader, vue="all")) == {}
    journey.to("contract_sent")
    assert list(marks(shown(reader, vue="all"))) == [dossier.number]
    client.post(reverse("dossiers_all_seen"), {"retour": "vue=all&volet=1&page=9&x=1"})
    assert marks(shown(reader, vue="all")) == {}
    assert not Sight.objects.filter(user=reader).exists()


def test_an_older_page_takes_no_look_back_and_none_goes_ahead() -> None:
    dossier = Journey().to("under_review").dossier
    reader = f.OfficerFactory()
    client, here = signed_in(reader), reverse("dossier_look", args=[dossier.pk])
    for sent, kept in ((1, 1), (999, dossier.version), (0, dossier.version)):
        client.post(here, {"version": sent})
        assert Sight.objects.get(user=reader).version == kept
    assert client.post(here, {"version": "x"}).status_code == 422


# --- Views -----------------------------------------------------------------------------------------------
def test_a_view_keeps_its_filters_and_is_shared_with_the_team() -> None:
    owner, colleague = f.OfficerFactory(), f.ManagerFactory()
    client = signed_in(owner)
    sent = {"name": "Volet 5", "query": "vue=late&volet=5&apres=x~1&evil=<b>&col=volet", "is_shared": "on"}
    answer = client.post(reverse("saved_view_keep"), sent)
    view = SavedView.objects.get()
    assert view.query == "vue=late&volet=5&col=volet"
    assert answer["Location"].endswith("?vue=late&volet=5&col=volet")
    assert [row["view"] for row in shown(colleague)["views"]] == [view]
    client.post(reverse("saved_view_keep"), {"name": "Volet 5", "query": "volet=4"})
    view.refresh_from_db()
    assert (view.query, view.is_shared) == ("volet=4", False)
    assert shown(colleague)["views"] == []


def test_a_view_is_removed_by_its_owner_alone() -> None:
    owner = f.OfficerFactory()
    view = SavedView.objects.create(
        owner=owner, name="À tous", query="volet=1", is_shared=True, created_at=clock.now()
    )
    here = reverse("saved_view_remove", args=[view.pk])
    assert signed_in(f.ManagerFactory()).post(here).status_code == 404
    assert signed_in(owner).post(here).status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_not_kept() -> None:
    signed_in(f.OfficerFactory()).post(reverse("saved_view_keep"), {"name": " ", "query": "volet=1"})
    assert not SavedView.objects.exists()


def test_the_migration_lists_what_was_filed_before_it() -> None:
    dossier = Journey().to("in_progress").dossier
    made = Listing.objects.filter(pk=dossier.pk).values().get()
    Listing.objects.all().delete()
    import_module("applications.migrations.0009_worklist").list_filed(apps, None)
    # The worker counts what a migration listed.
    assert rebuild.catch_up(today=clock.today()) == 1
    assert Listing.objects.filter(pk=dossier.pk).values().get() == made
