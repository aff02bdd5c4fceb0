"""The company's pages: from the need to the firms asked, and what is said when something is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import QuoteInvitation, QuoteRequest
from applications.services.quoting import choosing
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.quoting.making import NEED, ask, invite, offer_of, send

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    """Return a browser signed in."""
    client = Client()
    client.force_login(user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a company types."""
    day = (clock.today() + timedelta(days=14)).isoformat()
    return {"device": "dm.IIa", "need": NEED, "answer_by": day, "region": "", **changes}


def detail(invitation: QuoteInvitation) -> str:
    return reverse("quote_request", args=[invitation.request_id])


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_company_goes_from_its_need_to_the_firms() -> None:
    firms = [f.ExpertFirmFactory(volets=(1,)) for _ in range(3)]
    company = f.CompanyFactory()
    client = browser(f.owner_of(company))
    assert "Pour quel volet" in text(client.get(reverse("quote_request_new")))
    address = f"{reverse('quote_request_new')}?volet=1"
    assert "Votre besoin" in text(client.get(address))
    answer = client.post(address, typed(items=["qms_support"]))
    request = QuoteRequest.objects.get()
    assert answer.url == reverse("quote_request", args=[request.pk])
    assert request.items == ["qms_support"]
    page = text(client.get(answer.url))
    assert all(firm.name in page for firm in firms)
    assert "Ce n’est pas un avis sur leur qualité" in page
    answer = client.post(
        reverse("quote_request_send", args=[request.pk]), {"firms": [firms[0].pk, firms[1].pk]}, follow=True
    )
    assert "La demande est partie" in text(answer)
    assert QuoteInvitation.objects.count() == 2


def test_a_refused_need_keeps_what_was_typed() -> None:
    company = f.CompanyFactory(name="Cardiolog")
    need = f"{NEED} Signé\u00a0: Cardiolog."
    answer = browser(f.owner_of(company)).post(f"{reverse('quote_request_new')}?volet=1", typed(need=need))
    assert answer.status_code == 422
    assert "Le besoin dit qui vous êtes" in text(answer)
    assert "Signé" in text(answer)
    assert not QuoteRequest.objects.exists()


def test_the_task_of_the_expert_leads_to_it_with_what_the_draft_says() -> None:
    draft = f.DossierFactory(volet=1)
    client = browser(f.owner_of(draft.company))
    address = f"{reverse('quote_request_new')}?dossier={draft.pk}"
    assert address in client.get(reverse("filing_step", args=[draft.pk, "expert"])).content.decode()
    page = client.get(address).content.decode()
    assert re.search(r'<option value="dm.IIa" selected', page)
    client.post(address, typed())
    assert QuoteRequest.objects.get().dossier == draft
    assert client.get(address).url == reverse("quote_request", args=[QuoteRequest.objects.get().pk])


def test_somebody_elses_draft_is_not_taken() -> None:
    draft = f.DossierFactory(volet=3)
    page = text(
        browser(f.owner_of(f.CompanyFactory())).get(f"{reverse('quote_request_new')}?dossier={draft.pk}")
    )
    assert "Pour quel volet" in page


def test_the_need_changes_until_it_is_sent() -> None:
    firm = f.ExpertFirmFactory(volets=(1,))
    request = ask()
    client = browser(f.owner_of(request.company))
    address = reverse("quote_request_edit", args=[request.pk])
    assert NEED in client.get(address).content.decode()
    client.post(address, typed(need=f"{NEED} Et une formation."))
    request.refresh_from_db()
    assert request.need.endswith("Et une formation.")
    send(request, firm)
    assert client.get(address).status_code == 302


def test_each_answer_is_shown_and_the_time_may_be_extended() -> None:
    firms = [f.ExpertFirmFactory(), f.ExpertFirmFactory()]
    first, _second = invite(*firms)
    offer_of(first)
    request = first.request
    client = browser(f.owner_of(request.company))
    page = text(client.get(reverse("quote_request", args=[request.pk])))
    assert "Devis reçu" in page
    assert "Envoyée, pas encore lue" in page
    address = reverse("quote_request_extend", args=[request.pk])
    assert client.post(address, {"answer_by": "demain"}).status_code == 422
    later = request.answer_by + timedelta(days=7)
    assert client.post(address, {"answer_by": later.isoformat()}).status_code == 302
    request.refresh_from_db()
    assert request.answer_by == later


@pytest.mark.parametrize(
    ("state", "company_reads", "firm_reads"),
    [
        ("expired", "Devis expiré", "Devis expiré"),
        ("withdrawn", "Devis retiré", "Devis retiré"),
        ("sent", "Devis reçu", "Devis envoyé"),
    ],
)
def test_a_firm_that_answered_is_never_said_to_be_silent(
    state: str, company_reads: str, firm_reads: str
) -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    offer = offer_of(invitation, state=state)
    page = text(browser(f.owner_of(invitation.request.company)).get(detail(invitation)))
    assert company_reads in page
    assert reverse("offer_detail", args=[offer.token]) in page
    assert ("Comparer les devis" in page) is (state == "sent")
    client = browser(f.owner_of(invitation.firm))
    assert firm_reads in text(client.get(reverse("quote_invitation_list")))
    invitation.offers.create(
        version=2, state="draft", written_by=f.owner_of(invitation.firm), created_at=clock.now()
    )
    again = text(client.get(reverse("quote_invitation_list")))
    assert (firm_reads if state == "sent" else "Devis en préparation") in again


def test_the_firms_that_answered_are_named_so_once_another_is_chosen() -> None:
    won, lost, silent = invite(*(f.ExpertFirmFactory() for _ in range(3)))
    offer, other = offer_of(won), offer_of(lost)
    choosing.choose(
        won.request,
        offer=offer,
        actor=f.owner_of(won.request.company),
        now=clock.now(),
        expected_version=1,
    )
    page = text(browser(f.owner_of(won.request.company)).get(detail(won)))
    assert page.count("Sans réponse") == 1
    assert ("Retenu" in page, "Non retenu" in page) == (True, True)
    assert reverse("offer_detail", args=[other.token]) in page
    assert "Close" in text(browser(f.owner_of(silent.firm)).get(reverse("quote_invitation_list")))


def test_giving_up_is_confirmed_then_closes() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    request = invitation.request
    client = browser(f.owner_of(request.company))
    address = reverse("quote_request_drop", args=[request.pk])
    assert "Renoncer" in text(client.get(address))
    assert QuoteRequest.objects.get().is_open
    client.post(address)
    assert not QuoteRequest.objects.get().is_open
    assert client.post(address).status_code == 409
    assert "L’entreprise y a renoncé" in text(client.get(reverse("quote_request_list")))


def test_sending_to_nobody_or_with_a_wrong_number_is_told() -> None:
    request = ask()
    client = browser(f.owner_of(request.company))
    for firms in ([], ["x"], ["999999"], ["9" * 40]):
        answer = client.post(reverse("quote_request_send", args=[request.pk]), {"firms": firms}, follow=True)
        assert answer.status_code == 200
    assert not QuoteInvitation.objects.exists()


# --- The directory ---------------------------------------------------------------------------------
def test_the_directory_shows_the_public_identity_and_nothing_more() -> None:
    firm = f.ExpertFirmFactory(name="Cabinet Sud", volets=(1, 5), region="Occitanie")
    suspended = f.ExpertFirmFactory(name="Cabinet Suspendu", volets=(1,))
    suspended.accreditations.update(status="suspended")
    page = text(browser(f.owner_of(f.CompanyFactory())).get(reverse("expert_directory")))
    assert "Cabinet Sud" in page
    assert "les volets 1, 5" in page
    assert "Cabinet Suspendu" not in page
    for private in (firm.iban, firm.siren, firm.vat_number, firm.contact_email, f.owner_of(firm).full_name):
        assert private not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("volet=1", True),
        ("volet=2", False),
        ("region=Bretagne", True),
        ("region=Corse", False),
        ("q=ouest", True),
        ("q=zzz", False),
        ("q=ou%00est", True),
        ("volet=x&region=y&page=z", True),
    ],
)
def test_the_directory_is_searched(query: str, found: bool) -> None:
    f.ExpertFirmFactory(name="Cabinet Ouest", volets=(1,), region="Bretagne")
    page = text(browser(f.owner_of(f.CompanyFactory())).get(f"{reverse('expert_directory')}?{query}"))
    assert ("Cabinet Ouest" in page) is found


def test_a_firm_is_picked_in_the_directory_for_an_open_request() -> None:
    request = ask()
    f.ExpertFirmFactory(volets=(1,))
    client = browser(f.owner_of(request.company))
    address = f"{reverse('expert_directory')}?demande={request.pk}"
    assert "Solliciter" in text(client.get(address))
    stranger = browser(f.owner_of(f.CompanyFactory()))
    assert "Solliciter" not in text(stranger.get(address))


# --- Costs -----------------------------------------------------------------------------------------
COSTS = {
    "quote_request": 8,
    "quote_request_list": 4,
    "expert_directory": 7,
    "quote_compare": 7,
    "quote_invitation_list": 6,
}


@pytest.mark.parametrize("count", [1, 6])
def test_the_pages_cost_the_same_for_one_and_for_six_firms(count: int) -> None:
    invitations = invite(*(f.ExpertFirmFactory() for _ in range(count)))
    for invitation in invitations:
        offer_of(invitation)
    request = invitations[0].request
    company, firm = browser(f.owner_of(request.company)), browser(f.owner_of(invitations[0].firm))
    costs = {}
    for name in COSTS:
        pages = {"quote_request", "quote_compare"}
        address = reverse(name, args=[request.pk] if name in pages else [])
        client = firm if name == "quote_invitation_list" else company
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        costs[name] = len(queries)
    assert costs == COSTS


# --- Bpifrance -------------------------------------------------------------------------------------
def test_bpifrance_reads_the_suggestions_of_a_filed_dossier_with_their_figures() -> None:
    journey = Journey()
    request = ask(journey.dossier.company, volet=journey.dossier.volet)
    answered, _silent = send(request, f.ExpertFirmFactory(name="Cabinet Est"), f.ExpertFirmFactory())
    offer_of(answered)
    assert request not in QuoteRequest.objects.visible_to(journey.officer)
    journey.to("submitted")
    client = browser(journey.officer)
    page = text(client.get(reverse("officer_quote_requests", args=[journey.dossier.pk])))
    assert "Cabinet Est" in page
    assert "Missions en cours" in page
    assert page.count("devis reçu le") == 1
    dossier = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert reverse("officer_quote_requests", args=[journey.dossier.pk]) in dossier


def test_the_company_reads_how_to_reach_each_firm() -> None:
    called, written = f.ExpertFirmFactory(volets=(1,)), f.ExpertFirmFactory(volets=(1,))
    ExpertFirm.objects.filter(pk=called.pk).update(phone="01 44 55 66 77", contact_email="a@cabinet.fr")
    ExpertFirm.objects.filter(pk=written.pk).update(phone="", contact_email="b@cabinet.fr")
    invitations = invite(called, written)
    page = text(browser(f.owner_of(invitations[0].request.company)).get(detail(invitations[0])))
    assert "01 44 55 66 77" in page
    assert page.count("téléphone non communiqué : écrivez-lui") == 1
    assert "appeler" not in page
