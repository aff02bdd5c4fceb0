"""One event per transition, per decision and per step of two persons; and each moment read again from them alone.

That each reading of a volet 5 report leaves one too is in `tests/access/test_rights.py`.
"""

from __future__ import annotations

import pytest

from applications.services import transitions
from applications.services.time_machine.replay import act_of, replay
from applications.workflow.table import TRANSITIONS
from portal.audit.models import Event
from tests.applications.editions import with_edition
from tests.applications.time_machine.album import developed
from tests.applications.time_machine.roads import JOURNEYS, Traveller

pytestmark = pytest.mark.django_db


def test_each_act_of_the_table_leaves_one_event_and_each_moment_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_edition(monkeypatch, extension_months=3)
    told = set()
    for name, road in JOURNEYS.items():
        journey = Traveller(volet=1)
        road(journey)
        journal = list(Event.objects.filter(chain=journey.dossier.chain).order_by("sequence"))
        for _, rank, photo in journey.album:
            past = replay(journal[:rank])
            assert developed(past) == photo, (name, rank)
            assert not past.blank
        # What the portal does by itself on the way is told once too: as many events as versions.
        assert len(journal) == journey.dossier.version, name
        told |= {act_of(event.name) for event in journal}
    assert told == set(TRANSITIONS)


@pytest.mark.twin
def test_without_its_event_an_act_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an act that records nothing of its own is seen by the same assertion."""
    journey = Traveller(volet=1).to("submitted")
    last = Event.objects.filter(chain=journey.dossier.chain).latest("sequence")
    monkeypatch.setattr(transitions, "append", lambda **_: last)
    with pytest.raises(AssertionError):
        journey.act("take", journey.officer)
