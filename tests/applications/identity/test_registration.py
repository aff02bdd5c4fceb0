"""A company comes on the portal by its number; one that is there already is joined, never revealed."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from applications.models import Company, Signatory
from applications.services import directory
from portal import clock
from portal.accounts.models import Invitation, JoinRequest, User
from portal.audit.models import Event
from portal.notifications import outbox
from tests.applications.factories import (
    CompanyFactory,
    MembershipFactory,
    OfficerFactory,
    UserFactory,
    company_facts,
    owner_of,
    siren,
)
from tests.applications.identity.playing import SIREN, Directory, answer, company, played
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db
NUMBER = {"scheme": "siren", "identifier": "732 829 320"}
TYPED = NUMBER | {"name": "Cardiolab", "address": "12 rue des Lilas", "postcode": "69003", "city": "Lyon"}


@pytest.fixture
def served(settings, monkeypatch) -> Iterator[Directory]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    cache.clear()
    with played() as playing:
        settings.DIRECTORY_URL = playing.url
        yield playing
    cache.clear()


@pytest.fixture
def person() -> User:
    return UserFactory(full_name="Alice Fabre")


@pytest.fixture
def browser(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def taken() -> Company:
    """Return a company that is on the portal already, with its owner."""
    return CompanyFactory(identifier=SIREN, name="Cardiolab secret")


def look_up(browser: Client, **changes: str):
    return browser.post(reverse("company_lookup"), NUMBER | changes, follow=True)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def letters() -> list[mail.EmailMessage]:
    outbox.drain(clock.now())
    return mail.outbox


class TestNumber:
    def test_the_number_is_asked_first(self, browser):
        page = text(browser.get(reverse("company_create")))
        assert "Enregistrer mon entreprise" in page
        assert "Raison sociale" not in page

    @pytest.mark.parametrize("typed", ["732829320", "732 829 320", "732 829 320 00074", "732.829.320"])
    def test_siren_and_siret_are_read_with_or_without_spaces(self, browser, served, typed):
        page = look_up(browser, identifier=typed)
        assert page.context["form"]["identifier"].value() == SIREN

    @pytest.mark.parametrize("typed", ["732829321", "73282932000075", "12"])
    def test_a_wrong_checksum_is_told_and_kept(self, browser, served, typed):
        page = look_up(browser, identifier=typed)
        assert page.status_code == 422
        assert typed in text(page)
        assert not served.asked, "a wrong number is not sent out"

    @pytest.mark.parametrize(
        ("scheme", "typed"), [("ridet", "0 123 456.001"), ("tahiti", "A12345"), ("other", "B-77 8")]
    )
    def test_other_registers_have_no_checksum_and_no_directory(self, browser, served, scheme, typed):
        page = look_up(browser, scheme=scheme, identifier=typed)
        assert "n’a pas d’annuaire" in text(page)
        assert not served.asked

    def test_another_number_can_be_given(self, browser, served):
        look_up(browser)
        assert "Raison sociale" in text(browser.get(reverse("company_create")))
        assert "Raison sociale" not in text(browser.get(reverse("company_create"), {"numero": "autre"}))

    def test_a_visitor_signs_in_first(self, client):
        assert client.post(reverse("company_lookup"), NUMBER).url.startswith(reverse("account_login"))


class TestDirectory:
    def test_what_the_directory_knows_is_filled_in(self, browser, served):
        page = look_up(browser)
        assert "connaît ce numéro" in text(page)
        shown = {
            name: page.context["form"][name].value()
            for name in ("name", "address", "postcode", "city", "region")
        }
        assert shown == {
            "name": "CARDIOLAB",
            "address": "12 RUE DES LILAS",
            "postcode": "69003",
            "city": "LYON",
            "region": "Auvergne-Rhône-Alpes",
        }

    def test_what_it_said_is_kept_with_its_date_and_starts_the_first_request(self, browser, served):
        look_up(browser)
        browser.post(reverse("company_create"), TYPED)
        kept = Company.objects.get()
        assert kept.directory_record["name"] == "CARDIOLAB"
        assert kept.directory_read_at is not None
        assert kept.facts == {"legal_form": "5710", "created_on": "2021-03-01", "registered_in": "FR"}

    def test_both_sides_see_where_the_identity_comes_from(self, browser, served, person):
        look_up(browser)
        browser.post(reverse("company_create"), TYPED | {"region": "Auvergne-Rhône-Alpes"})
        kept = Company.objects.get()
        Signatory.objects.create(company=kept, user=person, full_name=person.full_name, capacity="Présidente")
        Company.objects.filter(pk=kept.pk).update(facts=company_facts(clock.today()))
        kept.refresh_from_db()
        Journey(company=kept).to("submitted")
        officer = Client()
        officer.force_login(OfficerFactory())
        own = browser.get(reverse("company_edit", args=[kept.pk]))
        theirs = officer.get(reverse("officer_company", args=[kept.pk]))
        assert "D’après l’annuaire des entreprises" in text(own)
        assert "D’après l’annuaire des entreprises" in text(theirs)
        browser.post(reverse("company_edit", args=[kept.pk]), {"name": "Cardiolab", "city": "Paris"})
        theirs = officer.get(reverse("officer_company", args=[kept.pk]))
        assert "disait autre chose" in text(theirs)
        assert "LYON" in text(theirs)

    def test_what_the_browser_sends_is_never_taken_for_the_directory(self, browser, settings):
        settings.DIRECTORY_URL = ""
        look_up(browser)
        browser.post(reverse("company_create"), TYPED | {"directory_record": "{}", "answer": "found"})
        kept = Company.objects.get()
        assert kept.directory_record is None
        assert "déclarées" in text(browser.get(reverse("company_edit", args=[kept.pk])))

    def test_the_answer_about_one_number_does_not_serve_another(self, browser, served):
        look_up(browser)
        browser.post(reverse("company_create"), TYPED | {"identifier": siren(41_000_000)})
        assert Company.objects.get().directory_record is None

    def test_a_company_that_ceased_is_warned_about_not_blocked(self, browser, served):
        served.says(200, answer(company(etat_administratif="C", date_fermeture="2025-12-31")))
        assert "fermée depuis le 31 décembre 2025" in look_up(browser).content.decode()
        assert browser.post(reverse("company_create"), TYPED).status_code == 302
        assert Company.objects.get().directory_record["ceased"] is True

    @pytest.mark.parametrize(
        ("status", "body", "said"),
        [
            (200, answer(), "ne connaît pas ce numéro"),
            (500, b"", "ne répond pas"),
            (429, b"", "ne répond pas"),
            (200, b"<html>", "ne répond pas"),
        ],
    )
    def test_without_an_answer_everything_can_be_typed(self, browser, served, status, body, said):
        served.says(status, body)
        page = look_up(browser)
        assert page.status_code == 200
        assert said in text(page)
        browser.post(reverse("company_create"), TYPED)
        assert Company.objects.get().city == "Lyon"

    def test_off_is_said_in_one_sentence(self, browser, settings):
        settings.DIRECTORY_URL = ""
        assert "ne consulte pas d’annuaire" in text(look_up(browser))

    def test_asking_too_often_is_said_and_stops_nobody(self, browser, served, monkeypatch):
        monkeypatch.setattr(directory, "ASKED_AT_MOST", 0)
        assert "dix minutes" in text(look_up(browser))
        assert not served.asked

    def test_a_wrong_field_keeps_the_number_and_what_was_typed(self, browser, served):
        look_up(browser)
        page = browser.post(reverse("company_create"), TYPED | {"name": ""})
        assert page.status_code == 422
        assert "12 rue des Lilas" in text(page)
        assert page.context["form"]["identifier"].value() == NUMBER["identifier"]


class TestTaken:
    def test_a_company_that_is_there_is_not_revealed(self, browser, taken):
        page = look_up(browser)
        assert page.status_code == 409
        assert "déjà inscrite" in text(page)
        owner = owner_of(taken)
        for secret in ("secret", owner.email, owner.full_name):
            assert secret not in text(page)

    def test_the_same_page_answers_whoever_types_it_all_at_once(self, browser, taken):
        page = browser.post(reverse("company_create"), TYPED)
        assert page.status_code == 409
        assert "Demander à rejoindre" in text(page)
        assert Company.objects.count() == 1

    def test_ones_own_company_opens_instead(self, taken):
        owner = owner_of(taken)
        browser = Client()
        browser.force_login(owner)
        answered = browser.post(reverse("company_lookup"), NUMBER)
        assert answered.url == f"{reverse('company_home')}?entreprise={taken.pk}"

    def test_the_owner_is_told_once_and_invites(self, browser, person, taken):
        owner = owner_of(taken)
        for _ in range(2):
            assert browser.post(reverse("company_join"), NUMBER).status_code == 302
        [letter] = letters()
        assert letter.to == [owner.email]
        assert person.email in letter.body
        assert JoinRequest.objects.open().count() == 1

        theirs = Client()
        theirs.force_login(owner)
        members = reverse("organisation_members", args=[taken.organisation_id])
        assert "Demandes à rejoindre" in text(theirs.get(members))
        theirs.post(
            reverse("invitation_send", args=[taken.organisation_id]),
            {"email": person.email, "role": "member"},
        )
        assert Invitation.objects.get().email == person.email
        assert not JoinRequest.objects.open().exists()
        assert "Demandes à rejoindre" not in text(theirs.get(members))
        names = Event.objects.filter(chain=f"organisation:{taken.organisation_id}").values_list(
            "name", flat=True
        )
        assert {"join_asked", "invitation_sent"} <= set(names)

    def test_the_owner_puts_a_request_aside(self, browser, taken):
        browser.post(reverse("company_join"), NUMBER)
        asked = JoinRequest.objects.get()
        theirs = Client()
        theirs.force_login(owner_of(taken))
        url = reverse("join_request_put_aside", args=[asked.pk])
        assert theirs.post(url).status_code == 302
        assert theirs.post(url).status_code == 409, "closed once"
        assert not JoinRequest.objects.open().exists()
        assert browser.get(reverse("company_home")).status_code != 200, "nothing was opened"

    def test_a_simple_member_neither_reads_nor_answers_requests(self, browser, taken):
        browser.post(reverse("company_join"), NUMBER)
        member = MembershipFactory(organisation=taken.organisation).user
        theirs = Client()
        theirs.force_login(member)
        members = reverse("organisation_members", args=[taken.organisation_id])
        assert "Demandes à rejoindre" not in text(theirs.get(members))
        assert (
            theirs.post(reverse("join_request_put_aside", args=[JoinRequest.objects.get().pk])).status_code
            == 403
        )

    def test_five_requests_a_day(self, browser, person):
        for number in range(6):
            there = CompanyFactory(identifier=siren(42_000_000 + number))
            browser.post(reverse("company_join"), {"scheme": "siren", "identifier": there.identifier})
        assert JoinRequest.objects.filter(user=person).count() == 5

    def test_a_number_nobody_has_is_not_joined(self, browser):
        page = browser.post(reverse("company_join"), NUMBER)
        assert page.status_code == 200
        assert not JoinRequest.objects.exists()

    def test_bpifrance_joins_no_company(self, taken):
        browser = Client()
        browser.force_login(OfficerFactory())
        browser.post(reverse("company_join"), NUMBER)
        assert not JoinRequest.objects.exists()
