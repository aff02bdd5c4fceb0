"""The offers side by side with the engine's figures, and the choice of one, which exactly one member makes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Dossier, Offer, OfferLine, QuoteInvitation, QuoteRequest
from applications.services.quoting import choosing
from applications.services.quoting.comparison import compare
from applications.workflow.refusals import ActRefused, NotYours, Refused, WrongState
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.quoting.making import ask, invite, offer_of, send, told

pytestmark = pytest.mark.django_db


def stand(request: QuoteRequest, **changes: Any) -> dict[str, Any]:
    actor = f.owner_of(request.company)
    return {"actor": actor, "now": clock.now(), "expected_version": 1, **changes}


def two_offers() -> tuple[Offer, Offer]:
    cheap, dear = invite(f.ExpertFirmFactory(name="Zeste"), f.ExpertFirmFactory(name="Abricot"))
    return offer_of(cheap, amount="20000.00"), offer_of(dear, amount="50000.00")


def page(request: QuoteRequest, query: str = "") -> str:
    client = Client()
    client.force_login(f.owner_of(request.company))
    text = client.get(f"{reverse('quote_compare', args=[request.pk])}{query}").content.decode()
    return re.sub(r"[\s\u202f\u00a0]+", " ", text)


# --- Figures ---------------------------------------------------------------------------------------
def test_the_figures_are_the_engines() -> None:
    """A class IIa device: 40 000 € at most for the support, half of what is eligible, travel never covered."""
    _cheap, dear = two_offers()
    dear.lines.create(position=2, item="travel", amount="1200.00")
    (found,) = [one for one in compare(dear.invitation.request, today=clock.today()) if one.offer == dear]
    assert found.figures.eligible_total == Decimal("40000.00")
    assert found.figures.bpifrance_share == Decimal("20000.00")
    assert found.figures.company_share == Decimal("31200.00")
    assert found.not_covered == Decimal("11200.00")
    assert "31 200,00 €" in page(dear.invitation.request)


def test_days_are_added_and_a_fixed_price_says_so() -> None:
    offer, _ = two_offers()
    pricing = OfferLine.Pricing.DAYS
    offer.lines.create(
        position=2, item="qms_training", amount="1350.00", pricing=pricing, days="1.5", daily_rate="900.00"
    )
    (found,) = [one for one in compare(offer.invitation.request, today=clock.today()) if one.offer == offer]
    assert found.days == Decimal("1.5")
    assert "1,5 et un forfait" in page(offer.invitation.request)


@pytest.mark.parametrize(
    ("sort", "first"), [("reste", "Zeste"), ("total", "Zeste"), ("cabinet", "Abricot"), ("nimporte", "Zeste")]
)
def test_the_page_is_ordered_as_asked(sort: str, first: str) -> None:
    cheap, _dear = two_offers()
    text = page(cheap.invitation.request, f"?tri={sort}")
    other = {"Zeste": "Abricot", "Abricot": "Zeste"}[first]
    assert text.index(f"<h2>{first}</h2>") < text.index(f"<h2>{other}</h2>")


@pytest.mark.parametrize("state", ["draft", "withdrawn", "superseded", "expired"])
def test_only_offers_in_force_are_compared(state: str) -> None:
    cheap, dear = two_offers()
    changes = {"sent_at": None} if state == "draft" else {}
    Offer.objects.filter(pk=dear.pk).update(state=state, **changes)
    assert [one.offer for one in compare(cheap.invitation.request, today=clock.today())] == [cheap]


def test_an_offer_of_a_former_edition_is_compared_under_the_one_that_will_judge_it() -> None:
    cheap, dear = two_offers()
    Offer.objects.filter(pk=cheap.pk).update(edition="2023", issued_on="2024-09-30")
    Offer.objects.filter(pk=dear.pk).update(edition="2024")
    sides = compare(cheap.invitation.request, today=clock.today())
    assert {side.figures.edition.code for side in sides} == {"2024"}
    assert page(cheap.invitation.request).count("a été chiffré sous « Édition 2023 »") == 1


def test_what_the_choice_replaces_and_another_device_are_said_before_it() -> None:
    cheap, _dear = two_offers()
    request = cheap.invitation.request
    client = Client()
    client.force_login(f.owner_of(request.company))
    address = reverse("quote_choose", args=[request.pk, cheap.token])
    assert choosing.cautions(request) == []
    draft = f.DossierFactory(company=request.company, volet=1)
    assert "Le devis et le cabinet déjà saisis" in client.get(address).content.decode()
    draft.quotes.all().delete()
    Dossier.objects.filter(pk=draft.pk).update(device_class="IIb")
    text = client.get(address).content.decode()
    assert "Le devis et le cabinet déjà saisis" not in text
    assert "classe IIb" in text


# --- The choice ------------------------------------------------------------------------------------
def chosen(offer: Offer, **changes: Any) -> Dossier:
    request = offer.invitation.request
    return choosing.choose(request, offer=offer, **stand(request, **changes))


def test_the_offer_goes_into_the_draft_and_the_request_closes() -> None:
    draft = f.DossierFactory(volet=1)
    request = ask(draft.company)
    firm = f.ExpertFirmFactory(volets=(1,))
    (invitation,) = send(request, firm)
    offer = offer_of(invitation, amount="22000.00")
    assert chosen(offer) == draft
    draft.refresh_from_db()
    request.refresh_from_db()
    invitation.refresh_from_db()
    assert draft.firm == firm
    assert draft.quotes.get().lines.get().amount == Decimal("22000.00")
    assert (request.is_open, request.close_reason, request.dossier) == (False, "chosen", draft)
    assert invitation.chosen_at is not None


def test_without_a_draft_one_is_begun_with_the_device_told() -> None:
    cheap, _dear = two_offers()
    dossier = chosen(cheap)
    assert (dossier.volet, dossier.company) == (1, cheap.invitation.request.company)
    assert dossier.device_facts["risk_class"] == "IIa"
    assert dossier.firm == cheap.invitation.firm


def test_a_draft_begun_since_takes_the_offer() -> None:
    cheap, _dear = two_offers()
    draft = f.DossierFactory(company=cheap.invitation.request.company, volet=1)
    assert chosen(cheap) == draft


def test_exactly_one_of_two_choices_wins() -> None:
    cheap, dear = two_offers()
    member = f.UserFactory()
    f.MembershipFactory(user=member, organisation=cheap.invitation.request.company.organisation)
    chosen(cheap)
    with pytest.raises(WrongState):
        chosen(dear, actor=member)
    assert QuoteInvitation.objects.filter(chosen_at__isnull=False).count() == 1
    assert Offer.objects.filter(state="accepted").count() == 1


def test_the_second_member_reads_that_it_is_closed() -> None:
    cheap, dear = two_offers()
    request = cheap.invitation.request
    chosen(cheap)
    client = Client()
    client.force_login(f.owner_of(request.company))
    answer = client.post(reverse("quote_choose", args=[request.pk, dear.token]), {"version": 1})
    assert answer.status_code == 409
    assert "close" in answer.content.decode()


def test_a_choice_is_confirmed_then_leads_to_the_request() -> None:
    cheap, _dear = two_offers()
    request = cheap.invitation.request
    client = Client()
    client.force_login(f.owner_of(request.company))
    address = reverse("quote_choose", args=[request.pk, cheap.token])
    assert "Retenir ce devis" in client.get(address).content.decode()
    request.refresh_from_db()
    assert request.is_open
    answer = client.post(address, {"version": 1})
    assert answer.url == reverse("filing_tasks", args=[Dossier.objects.get().pk])


def test_a_version_replaced_meanwhile_is_not_chosen() -> None:
    cheap, _dear = two_offers()
    request = cheap.invitation.request
    client = Client()
    client.force_login(f.owner_of(request.company))
    assert (
        client.post(reverse("quote_choose", args=[request.pk, cheap.token]), {"version": 2}).status_code
        == 409
    )
    with pytest.raises(ActRefused):
        chosen(cheap, expected_version=2)
    request.refresh_from_db()
    assert request.is_open
    assert not Dossier.objects.exists()


@pytest.mark.parametrize("state", ["superseded", "withdrawn", "expired"])
def test_an_offer_gone_since_the_page_was_shown_says_so(state: str) -> None:
    """The firm sends another version, or takes it back, while the company reads the page of its choice."""
    cheap, dear = two_offers()
    Offer.objects.filter(pk=cheap.pk).update(state=state)
    request = cheap.invitation.request
    client = Client()
    client.force_login(f.owner_of(request.company))
    for act in (client.get, client.post):
        answer = act(reverse("quote_choose", args=[request.pk, cheap.token]), {"version": 1})
        assert answer.status_code == 409
        assert "plus en vigueur" in answer.content.decode()
    Offer.objects.filter(pk=dear.pk).update(state="draft", sent_at=None)
    for token in (dear.token, offer_of(invite(f.ExpertFirmFactory())[0]).token):
        assert client.get(reverse("quote_choose", args=[request.pk, token])).status_code == 404


def test_a_filed_volet_takes_no_offer_any_more() -> None:
    journey = Journey()
    request = ask(journey.dossier.company, volet=journey.dossier.volet)
    (invitation,) = send(request, f.ExpertFirmFactory())
    offer = offer_of(invitation)
    journey.to("submitted")
    with pytest.raises(Refused):
        chosen(offer)


def test_an_offer_is_chosen_for_the_request_it_answers_alone() -> None:
    cheap, _dear = two_offers()
    other = ask(cheap.invitation.request.company, volet=2)
    with pytest.raises(WrongState):
        choosing.choose(other, offer=cheap, **stand(other))
    assert not Dossier.objects.exists()


def test_only_a_member_of_the_company_chooses() -> None:
    cheap, _dear = two_offers()
    for stranger in (f.owner_of(cheap.invitation.firm), f.owner_of(f.CompanyFactory()), f.OfficerFactory()):
        with pytest.raises(NotYours):
            chosen(cheap, actor=stranger)


def test_the_others_are_thanked_without_a_name_or_a_price() -> None:
    cheap, dear = two_offers()
    request = cheap.invitation.request
    (silent,) = send(request, f.ExpertFirmFactory(name="Muet"))
    chosen(cheap)
    for invitation in (dear.invitation, silent):
        notices = [one for one in told(f.owner_of(invitation.firm)) if "choisi" in one or "retenu" in one]
        assert len(notices) == 1, invitation
        assert not any(word in notices[0] for word in ("Zeste", "Abricot", "20000", "20\u00a0000", "Muet"))


def test_the_other_members_learn_what_was_chosen_by_whom() -> None:
    cheap, _dear = two_offers()
    member = f.UserFactory()
    f.MembershipFactory(user=member, organisation=cheap.invitation.request.company.organisation)
    chosen(cheap)
    assert any("a retenu le devis de Zeste" in one for one in told(member))
    owner = f.owner_of(cheap.invitation.request.company)
    assert not any("a retenu le devis" in one for one in told(owner))
