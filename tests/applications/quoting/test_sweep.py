"""What time does to requests for quotes: one reminder, one word of the date past, an end where nothing follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from applications.models import QuoteInvitation, QuoteRequest
from applications.services.quoting import sweep
from applications.tasks import expire_offers
from portal import clock
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.quoting.making import as_of, ask, decline, invite, offer_of, send, told

pytestmark = pytest.mark.django_db


def reminders(invitation: QuoteInvitation) -> int:
    return sum("Rappel" in notice for notice in told(f.owner_of(invitation.firm)))


def test_silent_firms_are_reminded_once_three_days_before() -> None:
    silent, answered, declined = invite(*(f.ExpertFirmFactory() for _ in range(3)))
    offer_of(answered)
    decline(declined)
    sweep.sweep(**as_of(silent.request, -4))
    assert reminders(silent) == 0
    sweep.sweep(**as_of(silent.request, -3))
    sweep.sweep(**as_of(silent.request, -2))
    assert [reminders(one) for one in (silent, answered, declined)] == [1, 0, 0]


def test_a_firm_asked_by_two_companies_is_reminded_of_both() -> None:
    firm = f.ExpertFirmFactory()
    (first,), (second,) = invite(firm), invite(firm)
    sweep.sweep(**as_of(first.request, -3))
    notices = [one for one in told(f.owner_of(firm)) if "Rappel" in one]
    for invitation in (first, second):
        assert len([one for one in notices if str(invitation.token) in one]) == 1


def test_a_firm_just_asked_is_not_reminded() -> None:
    (invitation,) = invite(f.ExpertFirmFactory(), answer_by=clock.today() + timedelta(days=2))
    sweep.sweep(now=clock.now(), today=clock.today())
    assert reminders(invitation) == 0


def test_a_request_whose_volet_is_filed_without_it_is_closed_and_its_firms_told_once() -> None:
    journey = Journey()
    (invitation,) = send(ask(journey.dossier.company, volet=journey.dossier.volet), f.ExpertFirmFactory())
    (other,) = invite(f.ExpertFirmFactory())
    offer = offer_of(invitation)
    assert sweep.end_overtaken(now=clock.now()) == 0
    assert QuoteRequest.objects.get(pk=invitation.request_id).is_open
    journey.to("submitted")
    expire_offers()
    assert sweep.end_overtaken(now=clock.now()) == 0
    closed = QuoteRequest.objects.get(pk=invitation.request_id)
    offer.refresh_from_db()
    assert (closed.close_reason, offer.state) == ("dropped", "superseded")
    assert QuoteRequest.objects.get(pk=other.request_id).is_open
    notices = told(f.owner_of(invitation.firm))
    assert len([one for one in notices if "n’y donne finalement pas suite" in one]) == 1
    event = Event.objects.get(chain=closed.chain, name="quotes_dropped")
    assert event.actor_ref is None


def test_the_company_is_told_once_that_the_date_is_past_and_how_many_offers_came() -> None:
    first, _second = invite(f.ExpertFirmFactory(), f.ExpertFirmFactory())
    offer_of(first)
    owner = f.owner_of(first.request.company)
    sweep.sweep(**as_of(first.request, 0))
    assert not any("délai de réponse est passé" in notice for notice in told(owner))
    sweep.sweep(**as_of(first.request, 1))
    sweep.sweep(**as_of(first.request, 2))
    (notice,) = [one for one in told(owner) if "délai de réponse est passé" in one]
    assert "Un devis est arrivé" in notice


def test_the_sweep_reads_nothing_firm_by_firm(django_assert_max_num_queries: Any) -> None:
    invitations = invite(*(f.ExpertFirmFactory() for _ in range(6)))
    when = as_of(invitations[0].request, -1)
    # For each firm one duty in the outbox, with its savepoint; nothing else grows.
    with django_assert_max_num_queries(14 + 3 * len(invitations)):
        sweep.sweep(**when)
