"""Two members write one draft: their answers meet one by one, and neither overwrites the other silently."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Dossier, DraftPresence
from applications.services import filing_drafts
from portal import clock
from tests.applications.factories import MembershipFactory, UserFactory
from tests.applications.filing.conftest import form_data

pytestmark = pytest.mark.django_db


def step_url(dossier, slug):
    return reverse("filing_step", args=[dossier.pk, slug])


def facts(dossier):
    return Dossier.objects.get(pk=dossier.pk).company_facts


@pytest.fixture
def marie(dossier):
    return MembershipFactory(
        organisation=dossier.company.organisation, user=UserFactory(full_name="Marie Dupont")
    ).user


@pytest.fixture
def colleague(marie):
    client = Client()
    client.force_login(marie)
    return client


@pytest.fixture
def company_page(dossier):
    return step_url(dossier, "entreprise")


class TestMerge:
    """What was started from, what I say, what is stored: the merge says who changed what."""

    @pytest.mark.parametrize(
        ("base", "mine", "stored", "outcome", "kept"),
        [
            ("12", "12", "12", "", "12"),
            ("12", "31", "12", "mine", "31"),
            ("12", "12", "44", "theirs", "44"),
            ("12", "44", "44", "", "44"),
            ("12", "31", "44", "clashes", "44"),
            ("12", None, "12", "mine", None),
            ("12", None, "44", "clashes", "44"),
            (None, "31", None, "mine", "31"),
            ("12", "12", None, "theirs", None),
        ],
    )
    def test_each_case(self, base, mine, stored, outcome, kept):
        def part(value):
            return {} if value is None else {"headcount": value}

        merged = filing_drafts.merge(filing_drafts.digests(part(base)), part(mine), part(stored))
        found = {name for name in ("mine", "theirs", "clashes") if getattr(merged, name)}
        assert found == ({outcome} if outcome else set())
        assert merged.part.get("headcount") == kept

    def test_where_the_start_is_not_known_whatever_differs_clashes(self):
        merged = filing_drafts.merge(None, {"headcount": "31"}, {"headcount": "12"})
        assert (merged.clashes, merged.part) == ({"headcount"}, {"headcount": "12"})


class TestOneStep:
    def test_different_answers_are_both_kept(self, dossier, signed_in, colleague, company_page):
        mine, theirs = form_data(signed_in.get(company_page)), form_data(colleague.get(company_page))
        assert colleague.post(company_page, theirs | {"headcount": "44"}).status_code == 302
        page = signed_in.post(company_page, mine | {"turnover": "900 000"}, follow=True)
        assert (facts(dossier)["headcount"], facts(dossier)["turnover"]) == ("44", "900000")
        assert "Marie Dupont a modifié «\u00a0Effectif\u00a0» entre-temps" in page.content.decode()

    def test_the_same_answer_shows_both_versions_their_author_and_writes_the_rest(
        self, dossier, signed_in, colleague, company_page
    ):
        mine, theirs = form_data(signed_in.get(company_page)), form_data(colleague.get(company_page))
        colleague.post(company_page, theirs | {"headcount": "44"})
        response = signed_in.post(company_page, mine | {"headcount": "55", "turnover": "900 000"})
        page = response.content.decode()
        assert response.status_code == 409
        answer = response.context["conflict"]["answers"][0]
        assert (answer["unit"], answer["who"], answer["rows"][0][1:]) == (
            "headcount",
            "Marie Dupont",
            ("55", "44"),
        )
        assert "modifié par Marie Dupont le" in page
        assert 'value="55"' in page
        assert (facts(dossier)["headcount"], facts(dossier)["turnover"]) == ("44", "900000")

    @pytest.mark.parametrize(("choice", "kept"), [("mine", "55"), ("theirs", "44")])
    def test_one_chooses_between_them(self, dossier, signed_in, colleague, choice, kept):
        company_page = step_url(dossier, "entreprise")
        mine, theirs = form_data(signed_in.get(company_page)), form_data(colleague.get(company_page))
        colleague.post(company_page, theirs | {"headcount": "44"})
        page = signed_in.post(company_page, mine | {"headcount": "55"})
        resolved = form_data(page) | {
            "resolve": page.context["conflict"]["against"],
            "choice_headcount": choice,
        }
        assert signed_in.post(company_page, resolved).status_code == 302
        assert facts(dossier)["headcount"] == kept

    def test_a_third_version_written_meanwhile_is_not_overwritten_by_the_choice(
        self, dossier, signed_in, colleague, company_page
    ):
        mine, theirs = form_data(signed_in.get(company_page)), form_data(colleague.get(company_page))
        colleague.post(company_page, theirs | {"headcount": "44"})
        page = signed_in.post(company_page, mine | {"headcount": "55"})
        colleague.post(company_page, form_data(colleague.get(company_page)) | {"headcount": "66"})
        resolved = form_data(page) | {
            "resolve": page.context["conflict"]["against"],
            "choice_headcount": "mine",
        }
        assert signed_in.post(company_page, resolved).status_code == 409
        assert facts(dossier)["headcount"] == "66"

    def test_a_page_that_does_not_show_the_other_s_answer_never_takes_it_back(
        self, dossier, signed_in, colleague, company_page
    ):
        mine, theirs = form_data(signed_in.get(company_page)), form_data(colleague.get(company_page))
        colleague.post(company_page, theirs | {"headcount": "44"})
        for turnover in ("900 000", "910 000"):
            answer = signed_in.post(company_page, mine | {"turnover": turnover, "autosave": "1"})
            assert "Marie Dupont a modifié" in answer.content.decode()
            mine["seen"] = answer.context["seen"]
        assert (facts(dossier)["headcount"], facts(dossier)["turnover"]) == ("44", "910000")

    def test_the_lines_of_a_quote_are_one_answer(self, dossier, signed_in, colleague):
        url = step_url(dossier, "devis")
        mine, theirs = form_data(signed_in.get(url)), form_data(colleague.get(url))
        colleague.post(url, theirs | {"line0_amount": "41 000"})
        response = signed_in.post(url, mine | {"line1_amount": "10"})
        assert response.status_code == 409
        assert [one["unit"] for one in response.context["conflict"]["answers"]] == ["lines"]
        assert signed_in.post(url, mine | {"issued_on": clock.today().isoformat()}).status_code == 302

    def test_a_firm_and_its_reason_are_one_answer(self, dossier, signed_in, colleague):
        url = step_url(dossier, "expert")
        mine, theirs = form_data(signed_in.get(url)), form_data(colleague.get(url))
        colleague.post(url, theirs | {"firm": ""})
        assert Dossier.objects.get(pk=dossier.pk).firm is None
        assert signed_in.post(url, mine).status_code == 302
        assert Dossier.objects.get(pk=dossier.pk).firm is None

    @pytest.mark.parametrize("seen", [None, "", "{", "[]", '{"headcount": 3}', "\x00"])
    def test_a_page_without_its_stand_overwrites_nothing(self, dossier, signed_in, company_page, seen):
        data = form_data(signed_in.get(company_page))
        data.pop("seen")
        data |= {"headcount": "55"} | ({} if seen is None else {"seen": seen})
        assert signed_in.post(company_page, data).status_code == 409
        assert facts(dossier)["headcount"] == "12"

    def test_two_tasks_at_once_are_no_conflict(self, dossier, signed_in, company_page):
        device = step_url(dossier, "dispositif")
        first, second = form_data(signed_in.get(company_page)), form_data(signed_in.get(device))
        assert signed_in.post(company_page, first | {"headcount": "44"}).status_code == 302
        assert signed_in.post(device, second | {"ce_marking": "obtained"}).status_code == 302
        dossier.refresh_from_db()
        assert (dossier.company_facts["headcount"], dossier.device_facts["ce_marking"]) == ("44", "obtained")

    def test_a_device_is_not_taken_over_what_a_colleague_wrote(self, dossier, signed_in, colleague):
        url = step_url(dossier, "dispositif")
        seen = signed_in.get(url).context["seen"]
        colleague.post(url, form_data(colleague.get(url)) | {"ce_marking": "obtained"})
        signed_in.post(
            reverse("filing_device", args=[dossier.pk]), {"device": dossier.device_id, "seen": seen}
        )
        assert Dossier.objects.get(pk=dossier.pk).device_facts["ce_marking"] == "obtained"


class TestTyped:
    """What cannot be read is kept as typed, never as a fact."""

    def leave(self, client, url, **typed):
        return client.post(url, form_data(client.get(url)) | typed | {"autosave": "1"})

    def test_it_is_found_again_with_its_sentence(self, dossier, signed_in, company_page):
        self.leave(signed_in, company_page, turnover="douze mille", headcount="31")
        page = signed_in.get(company_page)
        assert 'value="douze mille"' in page.content.decode()
        assert "Écrivez un nombre en chiffres" in page.content.decode()
        assert (facts(dossier)["turnover"], facts(dossier)["headcount"]) == ("850000.00", "31")

    @pytest.mark.parametrize("mended", ["12 000", "850000.00"])
    def test_once_mended_it_is_gone(self, dossier, signed_in, company_page, mended):
        self.leave(signed_in, company_page, turnover="douze mille")
        signed_in.post(company_page, form_data(signed_in.get(company_page)) | {"turnover": mended})
        assert not signed_in.get(company_page).context["form"].errors
        assert dossier.draft_steps.get().typed == {}

    def test_the_rows_of_one_answer_stay_together(self, dossier, signed_in, company_page):
        typed = {"has_holders": "some", "add_row": "1"}
        page = signed_in.post(company_page, form_data(signed_in.get(company_page)) | typed)
        row = {"holder0_name": "Fonds Alpha", "holder0_kind": "enterprise", "holder0_share": "beaucoup"}
        signed_in.post(company_page, form_data(page) | {"has_holders": "some"} | row)
        again = signed_in.get(company_page).context["form"]
        assert (again["holder0_name"].value(), again["holder0_share"].value()) == ("Fonds Alpha", "beaucoup")

    def test_another_s_save_leaves_it(self, dossier, signed_in, colleague, company_page):
        theirs = form_data(colleague.get(company_page))
        self.leave(signed_in, company_page, turnover="douze mille")
        colleague.post(company_page, theirs | {"headcount": "44"})
        assert 'value="douze mille"' in signed_in.get(company_page).content.decode()

    def test_what_another_wrote_meanwhile_is_not_overwritten_once_it_is_mended(
        self, dossier, signed_in, colleague, company_page
    ):
        theirs = form_data(colleague.get(company_page))
        self.leave(signed_in, company_page, turnover="douze mille")
        Dossier.objects.filter(pk=dossier.pk).update(company_facts={**facts(dossier), "turnover": "7"})
        response = signed_in.post(company_page, form_data(signed_in.get(company_page)) | {"turnover": "12"})
        assert response.status_code == 409
        assert facts(dossier)["turnover"] == "7"
        assert theirs["turnover"] == "850\u202f000,00"

    def test_it_is_bounded_and_holds_no_nul(self, dossier, signed_in, company_page):
        self.leave(signed_in, company_page, turnover="douze\x00mille")
        assert dossier.draft_steps.get().typed["turnover"]["fields"] == {"turnover": "douzemille"}
        self.leave(signed_in, company_page, turnover="x" * 30_000)
        assert dossier.draft_steps.get().typed == {}

    def test_a_date_that_the_rules_refuse_leaves_the_rest_saved(self, dossier, signed_in, company_page):
        day = (clock.today() + timedelta(days=2)).isoformat()
        answer = self.leave(signed_in, company_page, created_on=day, headcount="31")
        assert "sauf 1 réponse" in answer.content.decode()
        assert facts(dossier)["headcount"] == "31"
        assert f'value="{day}"' in signed_in.get(company_page).content.decode()

    def test_the_filing_forgets_it(self, dossier, signed_in, company_page):
        self.leave(signed_in, company_page, turnover="douze mille")
        dossier.refresh_from_db()
        ticked = dict.fromkeys(("accuracy", "no_early_start", "availability", "transmission"), "on")
        data = {"version": dossier.version, "revision": dossier.revision, **ticked}
        signed_in.post(reverse("filing_submit", args=[dossier.pk]), data)
        dossier.refresh_from_db()
        assert dossier.state == "submitted"
        assert (dossier.draft_steps.count(), dossier.presences.count()) == (0, 0)


class TestPresence:
    def ping(self, client, dossier, step="devis"):
        return client.post(reverse("filing_presence", args=[dossier.pk]), {"step": step}).content.decode()

    def test_each_is_told_of_the_other(self, dossier, signed_in, colleague):
        assert self.ping(colleague, dossier).strip() == ""
        page = signed_in.get(step_url(dossier, "entreprise")).content.decode()
        assert "Marie Dupont modifie aussi cette demande, étape" in page
        assert "Devis" in self.ping(signed_in, dossier, "entreprise")

    def test_a_minute_later_it_says_so_and_after_five_no_more(self, dossier, signed_in, marie):
        now = clock.now()
        filing_drafts.touch(dossier, user=marie, step="devis", now=now - timedelta(minutes=2, seconds=5))
        assert "il y a 2 min" in self.ping(signed_in, dossier)
        filing_drafts.touch(dossier, user=marie, step="devis", now=now - timedelta(minutes=5, seconds=5))
        assert "Marie" not in self.ping(signed_in, dossier)
        assert DraftPresence.objects.count() == 2

    def test_who_left_the_company_is_not_shown(self, dossier, signed_in, marie):
        filing_drafts.touch(dossier, user=marie, step="devis", now=clock.now())
        marie.memberships.update(is_active=False)
        assert "Marie" not in self.ping(signed_in, dossier)

    def test_a_get_writes_nothing(self, dossier, signed_in):
        signed_in.get(step_url(dossier, "devis"))
        assert not DraftPresence.objects.exists()
        assert signed_in.get(reverse("filing_presence", args=[dossier.pk])).status_code == 405

    def test_an_unknown_step_or_a_filed_request_notes_nothing(self, dossier, signed_in):
        assert self.ping(signed_in, dossier, "inconnu").strip() == ""
        assert not DraftPresence.objects.exists()

    def test_a_stranger_s_ping_finds_nothing(self, dossier, stranger):
        url = reverse("filing_presence", args=[dossier.pk])
        assert stranger.post(url, {"step": "devis"}).status_code == 404


class TestResume:
    def test_one_goes_on_where_one_left(self, dossier, signed_in):
        url = reverse("filing_resume", args=[dossier.pk])
        assert signed_in.get(url).url == reverse("filing_tasks", args=[dossier.pk])
        devis = step_url(dossier, "devis")
        signed_in.post(devis, form_data(signed_in.get(devis)))
        assert signed_in.get(url).url == devis
        page = signed_in.get(reverse("filing_tasks", args=[dossier.pk]))
        assert page.context["resume"].step.slug == "devis"

    def test_each_member_has_a_place_of_their_own(self, dossier, signed_in, colleague, marie):
        filing_drafts.touch(dossier, user=marie, step="expert", now=clock.now())
        url = reverse("filing_resume", args=[dossier.pk])
        assert colleague.get(url).url == step_url(dossier, "expert")
        assert signed_in.get(url).url == reverse("filing_tasks", args=[dossier.pk])


class TestSessionEnded:
    def test_what_was_sent_is_said_to_be_lost_and_one_comes_back_to_the_page(self, dossier, company_page):
        response = Client().post(company_page, {"headcount": "55"}, follow=True)
        page = response.content.decode()
        assert response.redirect_chain[0][0].endswith(f"next={company_page}")
        assert "session" in page
        assert facts(dossier)["headcount"] == "12"

    def test_the_ping_of_a_dead_session_tells_the_page_and_writes_nothing(self, dossier):
        url = reverse("filing_presence", args=[dossier.pk])
        answer = Client().post(url, {"step": "devis"}, headers={"HX-Request": "true"})
        assert "HX-Redirect" in answer.headers
        assert not DraftPresence.objects.exists()


def test_the_stand_of_a_page_is_plain_json(dossier, signed_in, company_page):
    seen = json.loads(signed_in.get(company_page).context["seen"])
    assert seen["headcount"] == filing_drafts.digest("12")
