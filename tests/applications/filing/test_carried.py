"""What an earlier request told is carried to the next one: marked, confirmed where it ages, cleared in one click."""

import pytest
from django.urls import reverse

from applications.models import Dossier
from applications.services import filing_start
from portal import clock
from tests.applications.factories import ExpertFirmFactory
from tests.applications.filing.conftest import form_data
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


def step_url(dossier, slug="entreprise"):
    return reverse("filing_step", args=[dossier.pk, slug])


def begun(dossier, owner, *, volet=2, case=None):
    return filing_start.start_dossier(
        company=dossier.company, volet=volet, actor=owner, now=clock.now(), today=clock.today(), case=case
    )


@pytest.fixture
def filed(dossier):
    journey = Journey(dossier).to("submitted")
    company = journey.dossier.company
    company.facts = journey.dossier.company_facts
    company.save()
    return journey.dossier


@pytest.fixture
def fresh(filed, owner):
    return begun(filed, owner)


def marks(dossier):
    return {draft.step: draft.carried for draft in dossier.draft_steps.all()}


class TestStart:
    def test_a_first_request_carries_nothing(self, company, owner):
        fresh = filing_start.start_dossier(
            company=company, volet=2, actor=owner, now=clock.now(), today=clock.today()
        )
        assert fresh.draft_steps.count() == 0

    def test_the_company_s_facts_are_marked_and_those_that_age_are_to_confirm(self, filed, fresh):
        carried = marks(fresh)["entreprise"]
        assert carried["from"] == filed.pk
        assert set(carried["answers"]) == set(fresh.company_facts)
        assert set(carried["to_confirm"]) == set(filing_start.AGEING) & set(fresh.company_facts)

    def test_what_was_simulated_is_fresh(self, filed, owner):
        fresh = begun(filed, owner, case={"volet": 2, "company": {"headcount": "44"}})
        assert fresh.company_facts["headcount"] == "44"
        assert "headcount" not in marks(fresh)["entreprise"]["answers"]

    def test_the_expert_is_carried_where_it_may_take_the_volet(self, filed, owner):
        assert begun(filed, owner).firm == filed.firm
        firm = ExpertFirmFactory(volets=(1,))
        Dossier.objects.filter(pk=filed.pk).update(firm=firm)
        assert begun(filed, owner, volet=3).firm is None

    def test_a_declaration_about_one_training_is_never_carried(self, filed, owner):
        said = {"training_not_cumulated": True, "business_model_defined": True}
        Dossier.objects.filter(pk=filed.pk).update(declarations=said)
        assert begun(filed, owner).declarations == {"business_model_defined": True}

    def test_the_form_offers_the_device_of_the_latest_request(self, filed, signed_in):
        page = signed_in.get(reverse("dossier_start"), {"volet": "2", "entreprise": filed.company_id})
        assert page.context["form"]["device"].value() == filed.device_id
        assert signed_in.get(reverse("dossier_start"), {"entreprise": "9" * 30}).status_code == 200


class TestPage:
    def test_it_says_from_which_request_and_asks_to_confirm(self, filed, fresh, signed_in):
        page = signed_in.get(step_url(fresh)).content.decode()
        assert f"demande {filed.number} du" in page
        assert "Ces chiffres vieillissent" in page
        task = signed_in.get(step_url(fresh)).context["task"]
        assert task.status == "due"
        assert task.notes[0].startswith("Confirmez l’effectif")

    def test_one_click_confirms(self, fresh, signed_in):
        url = step_url(fresh)
        data = form_data(signed_in.get(url)) | {"confirm_carried": "1"}
        assert signed_in.post(url, data).url == url
        assert "Ces chiffres vieillissent" not in signed_in.get(url).content.decode()
        assert signed_in.get(url).context["task"].status == "done"

    def test_an_answer_corrected_is_no_longer_carried(self, fresh, signed_in):
        url = step_url(fresh)
        signed_in.post(url, form_data(signed_in.get(url)) | {"headcount": "31"})
        carried = marks(fresh)["entreprise"]
        assert "headcount" not in {*carried["answers"], *carried["to_confirm"]}
        assert "turnover" in carried["to_confirm"]

    def test_one_click_clears_what_is_still_as_it_came(self, fresh, signed_in):
        url = step_url(fresh)
        signed_in.post(url, form_data(signed_in.get(url)) | {"headcount": "31"})
        signed_in.post(url, form_data(signed_in.get(url)) | {"clear_carried": "1"})
        assert Dossier.objects.get(pk=fresh.pk).company_facts == {"headcount": "31"}
        assert "reprises de votre" not in signed_in.get(url).content.decode()

    def test_the_expert_is_cleared_too(self, fresh, signed_in):
        url = step_url(fresh, "expert")
        assert "reprise de votre demande" in signed_in.get(url).content.decode()
        signed_in.post(url, {"clear_carried": "1"})
        assert Dossier.objects.get(pk=fresh.pk).firm is None

    def test_another_company_s_draft_is_not_cleared(self, fresh, stranger):
        assert stranger.post(step_url(fresh), {"clear_carried": "1"}).status_code == 404
        assert Dossier.objects.get(pk=fresh.pk).company_facts
