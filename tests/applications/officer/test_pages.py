"""Every page of the desk opens in every state for whoever may read, and for nobody else."""

import pytest
from django.urls import reverse

from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import MAIN_ROAD, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
LISTS = [
    "dossier_list",
    "deadline_list",
    "transmission_list",
    "pending_list",
    "envelope_list",
    "payment_list",
]


def readers(journey: Journey) -> list[User]:
    return [journey.officer, journey.manager, journey.controller, f.AuditorFactory()]


def strangers(journey: Journey) -> list[User]:
    return [journey.owner, journey.expert, f.AdministratorFactory(), f.UserFactory()]


@pytest.mark.parametrize("state", MAIN_ROAD[1:])
def test_the_dossiers_page_opens_in_every_state(state: str) -> None:
    journey = Journey().to(state)
    for user in readers(journey):
        answer = signed_in(user).get(reverse("officer_dossier", args=[journey.dossier.pk]))
        assert answer.status_code == 200
        assert journey.dossier.number in answer.content.decode()


@pytest.mark.parametrize("volet", [2, 5])
def test_other_volets_open_too(volet: int) -> None:
    journey = Journey(volet=volet).to("paid")
    client = signed_in(journey.controller)
    assert client.get(reverse("officer_dossier", args=[journey.dossier.pk])).status_code == 200
    assert client.get(reverse("payment_detail", args=[journey.mission.pk])).status_code == 200


def test_a_draft_is_invisible(journey: Journey) -> None:
    for user in readers(journey):
        client = signed_in(user)
        assert client.get(reverse("officer_dossier", args=[journey.dossier.pk])).status_code == 404
        assert client.get(reverse("officer_company", args=[journey.dossier.company_id])).status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_bpifrances(journey: Journey, name: str) -> None:
    journey.to("closure_submitted")
    for user in readers(journey):
        assert signed_in(user).get(reverse(name)).status_code == 200
    for user in strangers(journey):
        assert signed_in(user).get(reverse(name)).status_code == 403


def test_pages_of_one_dossier_are_bpifrances(journey: Journey) -> None:
    journey.to("under_review")
    pages = [
        reverse("officer_dossier", args=[journey.dossier.pk]),
        reverse("payment_detail", args=[journey.mission.pk]),
        reverse("officer_company", args=[journey.dossier.company_id]),
        reverse("desk_act", args=[journey.dossier.pk, "approve"]),
    ]
    for user in strangers(journey):
        for page in pages:
            assert signed_in(user).get(page).status_code == 403


def test_an_auditor_reads_and_acts_on_nothing(journey: Journey) -> None:
    journey.to("under_review")
    client = signed_in(f.AuditorFactory())
    page = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "Écrire une note" not in page
    assert "Accepter la demande" not in page.split('class="dm-aside"')[1]
    for address in (
        reverse("desk_act", args=[journey.dossier.pk, "approve"]),
        reverse("officer_message", args=[journey.dossier.pk]),
        reverse("officer_note", args=[journey.dossier.pk]),
        reverse("used_volet_record", args=[journey.dossier.company_id]),
        reverse("envelope_open"),
    ):
        assert client.post(address, {"version": journey.dossier.version, "body": "x"}).status_code == 403


def test_what_is_shown_of_history_and_facts(journey: Journey) -> None:
    journey.to("under_review")
    page = (
        signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "Déposé → En instruction" in page
    assert journey.officer.full_name in page
    assert "SAS" in page
    assert "Devis de l’expert, non signé" in page
    assert reverse("document_download", args=[journey.dossier.documents.first().document_id]) in page
