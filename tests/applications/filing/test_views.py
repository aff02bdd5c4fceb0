"""The filing assistant in the browser: without JavaScript, nothing typed is lost, nobody else's is seen."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.models import Company, Dossier
from applications.services.filing_drafts import digest
from applications.steps import STEPS
from experts.models import ExpertFirm
from tests.applications.factories import (
    CompanyFactory,
    DeviceFactory,
    DossierFactory,
    ExpertFirmFactory,
    MembershipFactory,
    OfficerFactory,
    UserFactory,
    siren,
)
from tests.applications.filing.conftest import form_data
from tests.applications.filing.test_services import real_pdf

pytestmark = pytest.mark.django_db

SLUGS = [step.slug for step in STEPS]
FORMS = ["entreprise", "dispositif", "volet", "expert", "devis", "declarations"]


def step_url(dossier, slug):
    return reverse("filing_step", args=[dossier.pk, slug])


class TestRights:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_another_company_s_request_does_not_exist(self, dossier, stranger, slug):
        assert stranger.get(step_url(dossier, slug)).status_code == 404
        assert stranger.post(step_url(dossier, slug), {"headcount": "1"}).status_code == 404

    @pytest.mark.parametrize(
        "name", ["filing_tasks", "filing_submit", "filing_piece_add", "filing_piece_absent"]
    )
    def test_nor_its_acts(self, dossier, stranger, name):
        url = reverse(name, args=[dossier.pk])
        assert (stranger.get(url) if name == "filing_tasks" else stranger.post(url)).status_code == 404

    def test_nor_its_pieces_through_one_s_own_request(self, dossier, stranger):
        mine = DossierFactory()
        own = Client()
        own.force_login(mine.created_by)
        url = reverse("filing_piece_remove", args=[mine.pk, dossier.documents.first().pk])
        assert own.post(url).status_code == 404

    @pytest.mark.parametrize(
        "name", ["company_edit", "device_list", "signatory_list", "signatory_add", "device_add"]
    )
    def test_nor_its_company(self, company, stranger, name):
        assert stranger.get(reverse(name, args=[company.pk])).status_code == 404

    def test_an_officer_has_no_filing_page(self, dossier, client):
        client.force_login(OfficerFactory())
        assert client.get(reverse("filing_tasks", args=[dossier.pk])).status_code == 404

    def test_a_visitor_signs_in_first(self, dossier, client):
        assert client.get(reverse("company_home")).status_code == 302


class TestPages:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_each_task_is_shown(self, dossier, signed_in, slug):
        response = signed_in.get(step_url(dossier, slug))
        assert response.status_code == 200
        assert "style=" not in response.content.decode()

    @pytest.mark.parametrize("slug", SLUGS)
    def test_each_task_of_an_empty_draft_is_shown(self, signed_in, owner, slug):
        company = CompanyFactory(facts={}, owner=owner)
        empty = DossierFactory(
            company=company,
            device=None,
            firm=None,
            device_facts={},
            declarations={},
            commitments={},
            pieces=False,
        )
        assert signed_in.get(step_url(empty, slug)).status_code == 200

    @pytest.mark.parametrize("volet", [1, 2, 3, 4, 5])
    def test_the_task_list_of_each_volet(self, company, signed_in, volet):
        dossier = DossierFactory(company=company, volet=volet)
        page = signed_in.get(reverse("filing_tasks", args=[dossier.pk])).content.decode()
        assert "Relecture et dépôt" in page
        assert page.count("dm-tasks-text") == 8

    def test_an_unknown_task_is_a_404(self, dossier, signed_in):
        assert signed_in.get(step_url(dossier, "inconnu")).status_code == 404

    @pytest.mark.parametrize("slug", FORMS)
    def test_sending_a_page_back_unchanged_changes_nothing(self, dossier, signed_in, slug):
        data = form_data(signed_in.get(step_url(dossier, slug)))
        response = signed_in.post(step_url(dossier, slug), data)
        assert response.status_code == 302, response.context["form"].errors
        dossier.refresh_from_db()
        assert dossier.revision == 0


class TestSaving:
    def test_french_amounts_are_kept_exactly(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"turnover": "12\u202f500,50", "equity": "-1 000"}
        assert signed_in.post(url, data).status_code == 302
        dossier.refresh_from_db()
        assert dossier.company_facts["turnover"] == "12500.50"
        assert dossier.company_facts["equity"] == "-1000"

    def test_what_is_right_is_saved_and_what_is_wrong_stays_typed(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"headcount": "31", "turnover": "douze mille"}
        response = signed_in.post(url, data)
        assert response.status_code == 422
        page = response.content.decode()
        assert "douze mille" in page
        assert "Écrivez un nombre en chiffres" in page
        dossier.refresh_from_db()
        assert dossier.company_facts["headcount"] == "31"
        assert dossier.company_facts["turnover"] == "850000.00"

    def test_unknown_is_not_no(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"in_difficulty": ""}
        signed_in.post(url, data)
        dossier.refresh_from_db()
        assert "in_difficulty" not in dossier.company_facts

    def test_shareholders_are_added_and_removed_without_javascript(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"has_holders": "some"}
        data["add_row"] = "1"
        page = signed_in.post(url, data)
        assert page.context["form"].rows == 1
        data = form_data(page) | {
            "has_holders": "some",
            "holder0_name": "Fonds Alpha",
            "holder0_kind": "enterprise",
            "holder0_share": "33,34",
            "add_row": "1",
        }
        page = signed_in.post(url, data)
        dossier.refresh_from_db()
        assert dossier.company_facts["shareholders"] == [
            {"exempt_investor": False, "name": "Fonds Alpha", "kind": "enterprise", "share": "33.34"}
        ]
        assert page.context["form"].rows == 2
        data = form_data(page)
        data |= {
            "holder1_name": "Fonds Bêta",
            "holder1_kind": "enterprise",
            "holder1_share": "10",
            "remove_row": "0",
        }
        signed_in.post(url, data)
        dossier.refresh_from_db()
        assert [one["name"] for one in dossier.company_facts["shareholders"]] == ["Fonds Bêta"]

    def test_an_autosave_answers_with_its_hour_and_its_new_stand(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"headcount": "31", "autosave": "1"}
        response = signed_in.post(url, data, headers={"HX-Request": "true"})
        page = response.content.decode()
        assert response.status_code == 200
        assert "Enregistré à" in page
        seen = json.loads(response.context["seen"])
        assert seen["headcount"] == digest("31")
        assert 'name="seen"' in page
        assert "<html" not in page

    def test_an_autosave_shows_an_error_beside_its_field(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        data = form_data(signed_in.get(url)) | {"headcount": "beaucoup", "autosave": "1"}
        page = signed_in.post(url, data).content.decode()
        assert "sauf 1 réponse à corriger" in page
        assert 'id="f_headcount_error"' in page

    def test_a_task_with_something_to_mend_is_not_said_complete(self, dossier, signed_in):
        url = step_url(dossier, "entreprise")
        shown = signed_in.get(url)
        assert "Cette étape est complète" in shown.content.decode()
        data = form_data(shown) | {"headcount": "beaucoup"}
        for extra in ({}, {"autosave": "1"}):
            assert "Cette étape est complète" not in signed_in.post(url, data | extra).content.decode()

    def test_errors_of_a_quote_name_their_line(self, dossier, signed_in):
        url = step_url(dossier, "devis")
        data = form_data(signed_in.get(url)) | {"line1_amount": "seize mille"}
        assert ">Ligne 2, Montant HT</a>" in signed_in.post(url, data).content.decode()

    def test_quote_lines(self, dossier, signed_in):
        url = step_url(dossier, "devis")
        data = form_data(signed_in.get(url)) | {"line0_amount": "41 000,5", "line1_item": "travel"}
        assert signed_in.post(url, data).status_code == 302
        lines = dossier.quotes.get().lines.all()
        assert [(line.item, str(line.amount)) for line in lines] == [
            ("qms_support", "41000.50"),
            ("travel", "4000.00"),
        ]

    def test_an_expert_from_outside_asks_for_a_derogation(self, dossier, signed_in):
        url = step_url(dossier, "expert")
        data = form_data(signed_in.get(url)) | {"firm": "outside", "name": "Hors Vivier", "siren": "abc"}
        response = signed_in.post(url, data)
        assert response.status_code == 422
        data |= {"siren": siren(48_000_000), "email": "a@b.test", "reason": "Le seul à connaître nos valves."}
        assert signed_in.post(url, data).status_code == 302
        dossier = Dossier.objects.get(pk=dossier.pk)
        assert dossier.firm.name == "Hors Vivier"
        assert dossier.derogation.status == "requested"
        assert signed_in.get(url).context["form"]["firm"].value() == "outside"

    def test_an_autosave_invites_nobody(self, dossier, signed_in):
        url = step_url(dossier, "expert")
        told = {"firm": "outside", "name": "Hors Vivier", "siren": siren(48_000_000), "email": "a@b.test"}
        data = form_data(signed_in.get(url)) | told | {"reason": "Le seul à connaître nos valves."}
        page = signed_in.post(url, data | {"autosave": "1"}).content.decode()
        assert "sera invité quand vous cliquerez" in page
        assert not ExpertFirm.objects.filter(name="Hors Vivier").exists()

    def test_volet_5_only_offers_firms_with_a_valid_passi(self, company, signed_in):
        without = ExpertFirmFactory(passi=False)
        dossier = DossierFactory(company=company, volet=5)
        form = signed_in.get(step_url(dossier, "expert")).context["form"]
        assert without.pk not in form.pool
        assert dossier.firm_id in form.pool
        assert not form.derogation_allowed

    def test_a_known_device_is_taken_with_its_facts(self, company, signed_in):
        device = DeviceFactory(company=company)
        dossier = DossierFactory(company=company, device=None, device_facts={}, pieces=False)
        seen = signed_in.get(step_url(dossier, "dispositif")).context["seen"]
        signed_in.post(reverse("filing_device", args=[dossier.pk]), {"device": device.pk, "seen": seen})
        dossier.refresh_from_db()
        assert (dossier.device, dossier.device_facts) == (device, device.facts)


class TestPieces:
    def test_several_files_at_once_and_the_bad_one_is_named(self, dossier, signed_in):
        files = [
            SimpleUploadedFile("un.pdf", real_pdf()),
            SimpleUploadedFile("deux.pdf", b"pas un pdf"),
            SimpleUploadedFile("trois.pdf", real_pdf()),
        ]
        url = reverse("filing_piece_add", args=[dossier.pk])
        response = signed_in.post(url, {"kind": "other", "files": files})
        assert response.status_code == 422
        assert "« deux.pdf » n’a pas été joint" in response.content.decode()
        assert dossier.documents.filter(kind="other").count() == 2

    def test_nothing_chosen_is_said(self, dossier, signed_in):
        response = signed_in.post(reverse("filing_piece_add", args=[dossier.pk]), {"kind": "other"})
        assert "Choisissez au moins un fichier" in response.content.decode()

    def test_a_piece_is_dated_replaced_and_removed(self, dossier, signed_in):
        piece = dossier.documents.get(kind="regularity_certificate")
        args = [dossier.pk, piece.pk]
        signed_in.post(reverse("filing_piece_date", args=args), {"issued_on": "01/02/2026", "covers": "tax"})
        piece.refresh_from_db()
        assert (piece.issued_on.isoformat(), piece.covers) == ("2026-02-01", ["tax"])
        new = SimpleUploadedFile("neuf.pdf", real_pdf())
        signed_in.post(reverse("filing_piece_replace", args=args), {"files": new})
        piece.refresh_from_db()
        assert piece.replaced_at is not None
        fresh = dossier.documents.get(kind="regularity_certificate", replaced_at=None)
        signed_in.post(reverse("filing_piece_remove", args=[dossier.pk, fresh.pk]))
        assert not dossier.documents.filter(kind="regularity_certificate", replaced_at=None).exists()

    def test_an_excuse_that_is_too_short_stays_typed(self, dossier, signed_in):
        dossier.documents.filter(kind="quote").delete()
        url = reverse("filing_piece_absent", args=[dossier.pk])
        page = signed_in.post(url, {"kind": "quote", "absent_because": "zut"}).content.decode()
        assert ">zut</textarea>" in page


class TestSubmission:
    TICKED = {"accuracy": "on", "no_early_start": "on", "availability": "on", "transmission": "on"}

    def send(self, client, dossier, **more):
        data = {"version": dossier.version, "revision": dossier.revision, **self.TICKED, **more}
        return client.post(reverse("filing_submit", args=[dossier.pk]), data)

    def test_a_complete_draft_is_filed(self, dossier, signed_in):
        assert self.send(signed_in, dossier).status_code == 302
        dossier.refresh_from_db()
        assert dossier.state == "submitted"
        assert dossier.number

    def test_an_unticked_commitment_is_named_and_the_others_stay_ticked(self, dossier, signed_in):
        response = self.send(signed_in, dossier, accuracy="")
        page = response.content.decode()
        assert response.status_code == 422
        assert "l’exactitude des informations" in page
        assert page.count(" checked") == 3

    def test_what_was_changed_since_it_was_read_over_is_not_filed(self, dossier, signed_in):
        Dossier.objects.filter(pk=dossier.pk).update(revision=4)
        assert self.send(signed_in, dossier).status_code == 409
        dossier.refresh_from_db()
        assert dossier.state == "draft"

    def test_a_failing_rule_asks_for_an_explicit_yes(self, dossier, signed_in):
        facts = {**dossier.company_facts, "tax_and_social_up_to_date": False}
        Dossier.objects.filter(pk=dossier.pk).update(company_facts=facts)
        page = signed_in.get(step_url(dossier, "relecture")).content.decode()
        assert "Déposer quand même" in page
        assert self.send(signed_in, dossier).status_code == 422
        assert self.send(signed_in, dossier, file_anyway="on").status_code == 302

    @pytest.mark.parametrize("missing", ["version", "revision"])
    def test_a_mangled_form_files_nothing(self, dossier, signed_in, missing):
        assert self.send(signed_in, dossier, **{missing: "abc"}).status_code == 302
        dossier.refresh_from_db()
        assert dossier.state == "draft"

    def test_a_filed_request_is_no_longer_edited(self, dossier, signed_in):
        self.send(signed_in, dossier)
        response = signed_in.get(step_url(dossier, "entreprise"))
        assert response.status_code == 302
        assert response.url == reverse("company_dossier", args=[dossier.pk])


class TestStart:
    def test_a_get_never_writes(self, company, signed_in):
        signed_in.get(reverse("dossier_start"), {"volet": "2"})
        assert not Dossier.objects.exists()

    def test_a_whole_simulation_is_carried_over(self, company, signed_in):
        query = "?volet=2&device=dm.III&headcount=21&amount_ce_technical_file=30%20000,50&turnover=beaucoup"
        url = reverse("dossier_start") + query
        page = signed_in.get(url).content.decode()
        assert "1 réponse illisible" in page
        response = signed_in.post(url, {"company": company.pk, "volet": "2"})
        dossier = Dossier.objects.get()
        assert response.url == reverse("filing_tasks", args=[dossier.pk])
        assert dossier.device_facts["risk_class"] == "III"
        assert dossier.company_facts["headcount"] == "21"
        assert str(dossier.quotes.get().lines.get().amount) == "30000.50"

    def test_a_live_request_is_shown_rather_than_doubled(self, dossier, signed_in):
        data = {"company": dossier.company_id, "volet": "1"}
        assert signed_in.post(reverse("dossier_start"), data).url == reverse(
            "filing_tasks", args=[dossier.pk]
        )

    def test_another_company_is_refused(self, company, signed_in):
        other = CompanyFactory()
        response = signed_in.post(reverse("dossier_start"), {"company": other.pk, "volet": "1"})
        assert response.status_code == 422
        assert not Dossier.objects.exists()

    def test_somebody_without_a_company_creates_it_first(self, client):
        client.force_login(UserFactory())
        response = client.get(reverse("dossier_start") + "?volet=2")
        assert response.url.startswith(reverse("company_create") + "?suite=")
        data = {"scheme": "siren", "identifier": "732 829 320", "name": "Cardio"}
        after = client.post(response.url, data)
        assert after.url == reverse("dossier_start") + "?volet=2"


class TestCompanySpace:
    def test_a_wrong_number_keeps_what_was_typed(self, client):
        client.force_login(UserFactory())
        data = {"scheme": "siren", "identifier": "123 456 789", "name": "Cardio"}
        response = client.post(reverse("company_create"), data)
        assert response.status_code == 422
        assert "123 456 789" in response.content.decode()
        assert not Company.objects.exists()

    def test_a_device_without_a_name_is_asked_for_it(self, company, signed_in):
        url = reverse("device_add", args=[company.pk])
        assert signed_in.post(url, {"kind": "dm", "risk_class": "IIa"}).status_code == 422
        assert signed_in.post(url, {"kind": "dm", "risk_class": "IIa", "name": "Patch"}).status_code == 302
        assert company.devices.get().facts == {"kind": "dm", "risk_class": "IIa"}

    def test_a_delegate_comes_with_the_delegation(self, company, signed_in):
        person = MembershipFactory(organisation=company.organisation).user
        url = reverse("signatory_add", args=[company.pk])
        data = {"person": person.pk, "capacity": "Directeur", "kind": "delegate"}
        assert signed_in.post(url, data).status_code == 422
        data["delegation"] = SimpleUploadedFile("delegation.pdf", real_pdf())
        assert signed_in.post(url, data).status_code == 302
        signatory = company.signatories.get(user=person)
        assert not signatory.may_sign
        assert (
            "Délégation à vérifier"
            in signed_in.get(reverse("signatory_list", args=[company.pk])).content.decode()
        )


class TestQueries:
    """The number of queries is known, and does not grow with what there is."""

    def test_home(self, dossier, signed_in, django_assert_num_queries, django_assert_max_num_queries):
        url = reverse("company_home")
        signed_in.get(url)
        with django_assert_num_queries(HOME_QUERIES):
            signed_in.get(url)
        for volet in (2, 3, 4, 5):
            DossierFactory(company=dossier.company, volet=volet)
        for _ in range(5):
            DossierFactory(company=dossier.company, volet=1, state="withdrawn", pieces=False)
        with django_assert_num_queries(HOME_QUERIES):
            signed_in.get(url)

    def test_task_list(self, dossier, signed_in, django_assert_num_queries):
        url = reverse("filing_tasks", args=[dossier.pk])
        signed_in.get(url)
        with django_assert_num_queries(TASKS_QUERIES):
            signed_in.get(url)
        for volet in (2, 3):
            DossierFactory(company=dossier.company, volet=volet)
        signed_in.post(
            reverse("filing_piece_add", args=[dossier.pk]),
            {"kind": "other", "files": [SimpleUploadedFile(f"{n}.pdf", real_pdf()) for n in range(4)]},
        )
        signed_in.get(url)
        with django_assert_num_queries(TASKS_QUERIES):
            signed_in.get(url)


HOME_QUERIES = 9
TASKS_QUERIES = 15
