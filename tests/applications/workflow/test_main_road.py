"""The road from a draft to a closed dossier, and the side roads, act by act."""

import pytest

from applications.models import Snapshot
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("volet", [1, 2, 3, 4, 5])
def test_every_volet_goes_from_draft_to_closed(volet: int) -> None:
    journey = Journey(volet=volet).to("closed")
    dossier = journey.dossier
    assert dossier.number.startswith("DM-")
    events = Event.objects.filter(chain=dossier.chain)
    assert events.count() == dossier.version
    assert not verify(dossier.chain)
    mission = journey.mission
    assert mission.state == "paid"
    assert mission.final_share == dossier.bpifrance_share
    assert dossier.commitment.amount == mission.final_share
    moments = set(dossier.snapshots.values_list("moment", flat=True))
    assert moments == {Snapshot.Moment.SUBMISSION, Snapshot.Moment.DECISION, Snapshot.Moment.CLOSURE}


def test_people_are_told_once() -> None:
    journey = Journey().to("closed")
    for _ in range(2):
        outbox.drain(journey.now)
    titles = list(Notification.objects.filter(recipient=journey.owner).values_list("title", flat=True))
    assert len(titles) == len(set(titles)) > 5
