"""A request is proposed, sent, answered or declined, extended and dropped; time reminds once and tells once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from applications.models import Mission, QuoteInvitation, QuoteRequest, Suggestion
from applications.services.quoting import requests, sweep
from applications.services.quoting.suggestions import may_answer
from applications.workflow.refusals import NotYours, Refused, WrongState
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from portal import clock
from portal.accounts.models import Membership
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.quoting.making import NEED, as_of, ask, decline, invite, offer_of, send, told, wish

pytestmark = pytest.mark.django_db


def codes(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {obstacle.code for obstacle in refusal.value.obstacles}


def proposed(request: QuoteRequest) -> list[ExpertFirm]:
    return [one.firm for one in request.suggestions.select_related("firm").order_by("rank")]


# --- Suggestions -----------------------------------------------------------------------------------
def test_three_accredited_firms_are_proposed_and_the_choice_is_kept() -> None:
    firms = [f.ExpertFirmFactory(volets=(1,)) for _ in range(4)]
    busy = Journey().to("in_progress").mission.firm
    request = ask()
    assert len(proposed(request)) == 3
    assert busy not in proposed(request)
    event = Event.objects.get(chain=request.chain, name="firms_suggested")
    assert event.data["eligible"] == len(firms) + 1
    assert [one["firm"] for one in event.data["firms"]] == [firm.pk for firm in proposed(request)]
    assert verify() == []


def test_what_the_choice_was_made_on_is_kept_as_it_was() -> None:
    mission: Mission = Journey().to("in_progress").mission
    mission.firm.consultants.create(full_name="Ana")
    mission.firm.consultants.create(full_name="Bao")
    mission.firm.consultants.create(full_name="Partie", is_active=False)
    first, second = ask(), ask()
    kept = Suggestion.objects.get(request=second, firm=mission.firm)
    assert (kept.live_missions, kept.consultants) == (1, 2)
    assert kept.last_suggested_at == first.suggestions.get().made_at


@pytest.mark.parametrize("status", ["suspended", "withdrawn", "refused", "requested"])
def test_a_firm_that_is_not_accredited_never_appears(status: str) -> None:
    firm = f.ExpertFirmFactory(volets=(1,))
    Accreditation.objects.filter(firm=firm).update(status=status)
    assert not proposed(ask())


def test_an_accreditation_that_ended_yesterday_no_longer_counts_one_that_ends_today_does() -> None:
    gone, last = f.ExpertFirmFactory(volets=(1,)), f.ExpertFirmFactory(volets=(1,))
    Accreditation.objects.filter(firm=gone).update(valid_until=clock.today() - timedelta(days=1))
    Accreditation.objects.filter(firm=last).update(valid_until=clock.today())
    assert proposed(ask()) == [last]


def test_a_firm_accredited_for_another_volet_or_without_anybody_to_answer_is_not_proposed() -> None:
    f.ExpertFirmFactory(volets=(2,))
    silent = f.ExpertFirmFactory(volets=(1,))
    Membership.objects.filter(organisation=silent.organisation).update(is_active=False)
    request = ask()
    assert not proposed(request)
    assert "Aucun cabinet" in str(
        Event.objects.get(chain=request.chain, name="firms_suggested").detail.motive
    )


def test_volet_5_takes_valid_passi_only_and_the_best_cover_first() -> None:
    f.ExpertFirmFactory(passi=False)
    expired = f.ExpertFirmFactory()
    PassiCertificate.objects.filter(firm=expired).update(valid_until=clock.today() - timedelta(days=1))
    part, whole = f.ExpertFirmFactory(), f.ExpertFirmFactory()
    PassiCertificate.objects.filter(firm=part).update(scopes=["penetration_test"])
    request = ask(volet=5, items=("penetration_test", "code_audit"))
    assert proposed(request) == [whole, part]


def test_the_next_company_is_sent_to_those_who_wait() -> None:
    for _ in range(6):
        f.ExpertFirmFactory(volets=(1,))
    first, second = proposed(ask()), proposed(ask())
    assert not set(first) & set(second)


def test_other_firms_may_be_asked_for_six_in_all() -> None:
    for _ in range(8):
        f.ExpertFirmFactory(volets=(1,))
    request = ask()
    stand = {"actor": f.owner_of(request.company), "now": clock.now(), "today": clock.today()}
    requests.propose_more(request, **stand)
    assert len({firm.pk for firm in proposed(request)}) == 6
    with pytest.raises(Refused) as refusal:
        requests.propose_more(request, **stand)
    assert codes(refusal) == {"enough"}


def test_the_cost_of_a_choice_does_not_grow_with_the_pool(django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        f.ExpertFirmFactory(volets=(1,))
    company = f.CompanyFactory()
    with django_assert_max_num_queries(30):
        ask(company)


# --- What is asked ---------------------------------------------------------------------------------
def test_a_need_that_says_who_asks_is_refused() -> None:
    company = f.CompanyFactory(name="Cardiolog")
    f.DeviceFactory(company=company, name="CardioPatch")
    for telling in ("Cardiolog", "CARDIOPATCH", company.identifier, "a@b.fr", "https://b.fr"):
        with pytest.raises(Refused) as refusal:
            ask(company, need=f"{NEED} C’est pour {telling}.")
        assert codes(refusal) == {"need_names"}
    spaced = " ".join(company.identifier[at : at + 3] for at in (0, 3, 6))
    with pytest.raises(Refused):
        ask(company, need=f"{NEED} SIREN {spaced}.")
    ask(company, need=f"{NEED} Nous faisons de la cardiologie.")


@pytest.mark.parametrize("days", [-1, 0, 1, 61])
def test_the_date_to_answer_leaves_time_and_is_not_far(days: int) -> None:
    with pytest.raises(Refused) as refusal:
        ask(answer_by=clock.today() + timedelta(days=days))
    assert codes(refusal) == {"answer_by"}


def test_a_volet_has_one_open_request_and_none_once_its_dossier_is_filed() -> None:
    company = f.CompanyFactory()
    ask(company)
    with pytest.raises(Refused) as refusal:
        ask(company)
    assert codes(refusal) == {"open_already"}
    filed = Journey().to("submitted").dossier
    with pytest.raises(Refused) as refusal:
        ask(filed.company, volet=filed.volet)
    assert codes(refusal) == {"volet_in_hand"}


def test_it_serves_the_draft_of_the_volet() -> None:
    draft = f.DossierFactory(volet=1)
    assert ask(draft.company).dossier == draft


def test_only_a_member_asks() -> None:
    with pytest.raises(NotYours):
        requests.ask(
            company=f.CompanyFactory(),
            volet=1,
            wish=wish(),
            actor=f.UserFactory(),
            now=clock.now(),
            today=clock.today(),
        )


def test_what_firms_have_read_does_not_change_any_more() -> None:
    firm = f.ExpertFirmFactory(volets=(1,))
    request = ask()
    stand = {"actor": f.owner_of(request.company), "now": clock.now(), "today": clock.today()}
    requests.revise(request, wish=wish(need=f"{NEED} Et la formation de six personnes."), **stand)
    send(request, firm)
    with pytest.raises(WrongState):
        requests.revise(request, wish=wish(), **stand)


# --- Sent ------------------------------------------------------------------------------------------
def test_each_firm_is_told_once_and_asked_once() -> None:
    firms = [f.ExpertFirmFactory(volets=(1,)) for _ in range(3)]
    request = ask()
    assert len(send(request, *firms)) == 3
    assert send(request, *firms) == []
    for firm in firms:
        assert len(told(f.owner_of(firm))) == 1
    assert len([one for one in mail.outbox if f.owner_of(firms[0]).email in one.to]) == 1
    assert {one.suggested for one in request.invitations.all()} == {True}


def test_a_firm_of_the_directory_may_be_asked_and_says_so() -> None:
    for _ in range(3):
        f.ExpertFirmFactory(volets=(1,))
    request = ask()
    picked = f.ExpertFirmFactory(volets=(1,))
    (made,) = send(request, picked)
    assert not made.suggested
    assert made.reason == "Choisi par l’entreprise dans l’annuaire."


def test_six_firms_at_most() -> None:
    firms = [f.ExpertFirmFactory(volets=(1,)) for _ in range(7)]
    request = ask()
    with pytest.raises(Refused) as refusal:
        send(request, *firms)
    assert codes(refusal) == {"too_many"}
    send(request, *firms[:6])
    with pytest.raises(Refused):
        send(request, firms[6])


def test_a_firm_suspended_meanwhile_is_not_asked_and_nothing_leaves() -> None:
    good, suspended = f.ExpertFirmFactory(volets=(1,)), f.ExpertFirmFactory(volets=(1,))
    request = ask()
    Accreditation.objects.filter(firm=suspended).update(status="suspended")
    with pytest.raises(Refused) as refusal:
        send(request, good, suspended)
    assert codes(refusal) == {"not_accredited"}
    assert not QuoteInvitation.objects.exists()
    assert suspended not in may_answer(1, clock.today())


def test_the_database_keeps_one_invitation_a_firm_and_one_choice() -> None:
    first, second = invite(f.ExpertFirmFactory(), f.ExpertFirmFactory())
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteInvitation.objects.create(request=first.request, firm=first.firm, invited_at=clock.now())
    QuoteInvitation.objects.filter(pk=first.pk).update(chosen_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteInvitation.objects.filter(pk=second.pk).update(chosen_at=clock.now())


# --- Answered --------------------------------------------------------------------------------------
def test_a_firm_declines_with_a_motive_that_the_company_reads() -> None:
    (invitation,) = invite(f.ExpertFirmFactory(name="Cabinet Nord"))
    decline(invitation)
    (notice,) = told(f.owner_of(invitation.request.company))
    assert "Cabinet Nord décline" in notice
    assert "disponibilité" in notice
    with pytest.raises(WrongState):
        decline(invitation)


def test_another_firm_declines_nothing_and_a_motive_is_due() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    with pytest.raises(NotYours):
        decline(invitation, actor=f.owner_of(f.ExpertFirmFactory()))
    with pytest.raises(Refused):
        requests.decline(invitation, motive=" non ", actor=f.owner_of(invitation.firm), now=clock.now())


def test_a_firm_whose_offer_left_withdraws_it_before_declining() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    offer_of(invitation)
    with pytest.raises(Refused) as refusal:
        decline(invitation)
    assert codes(refusal) == {"offer_sent"}


def test_the_day_to_answer_is_included_and_the_next_is_too_late() -> None:
    first, second = invite(f.ExpertFirmFactory(), f.ExpertFirmFactory())
    decline(first, now=as_of(first.request, 0)["now"])
    with pytest.raises(WrongState):
        decline(second, now=as_of(second.request, 1)["now"])


def test_the_first_reading_keeps_its_date() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    member = f.owner_of(invitation.firm)
    requests.mark_seen(invitation, actor=member, now=clock.now())
    invitation.refresh_from_db()
    first = invitation.seen_at
    requests.mark_seen(invitation, actor=member, now=clock.now() + timedelta(hours=1))
    invitation.refresh_from_db()
    assert first is not None
    assert invitation.seen_at == first


# --- Extended, dropped -----------------------------------------------------------------------------
def extend(request: QuoteRequest, day: date, **changes: Any) -> QuoteRequest:
    stand = {"actor": f.owner_of(request.company), "now": clock.now(), "today": clock.today(), **changes}
    return requests.extend(request, day=day, **stand)


def test_an_extension_opens_the_answers_again_and_tells_who_may_answer() -> None:
    waiting, gone = invite(f.ExpertFirmFactory(), f.ExpertFirmFactory())
    decline(gone)
    request = waiting.request
    late = as_of(request, 3)
    sweep.sweep(**late)
    extend(request, late["today"] + timedelta(days=10), **late)
    waiting.refresh_from_db()
    waiting.request.refresh_from_db()
    assert waiting.may_answer(late["today"])
    assert any("prolongée" in notice for notice in told(f.owner_of(waiting.firm)))
    assert not any("prolongée" in notice for notice in told(f.owner_of(gone.firm)))


def test_an_extension_is_later_and_within_bounds() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    request = invitation.request
    for day in (request.answer_by, request.answer_by - timedelta(days=1), clock.today() + timedelta(days=61)):
        with pytest.raises(Refused) as refusal:
            extend(request, day)
        assert codes(refusal) == {"answer_by" if day > request.answer_by else "not_later"}


def test_a_request_given_up_tells_the_firms_and_lets_another_begin() -> None:
    (invitation,) = invite(f.ExpertFirmFactory())
    request = invitation.request
    requests.drop(request, actor=f.owner_of(request.company), now=clock.now())
    assert any("n’y donne finalement pas suite" in notice for notice in told(f.owner_of(invitation.firm)))
    with pytest.raises(WrongState):
        decline(invitation)
    with pytest.raises(WrongState):
        requests.drop(request, actor=f.owner_of(request.company), now=clock.now())
    ask(request.company)


def test_the_offers_of_a_request_given_up_are_no_longer_in_force() -> None:
    first, second = invite(f.ExpertFirmFactory(), f.ExpertFirmFactory())
    offer, draft = offer_of(first), offer_of(second, state="draft", sent_at=None)
    requests.drop(first.request, actor=f.owner_of(first.request.company), now=clock.now())
    for one in (offer, draft):
        one.refresh_from_db()
    assert (offer.state, draft.state) == ("superseded", "draft")
    assert offer.ended_at is not None
