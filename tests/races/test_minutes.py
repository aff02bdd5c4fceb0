"""The minutes of a mission approved, or sent back, by twenty people at once: one answer counts.

Without the dossier's lock several would approve one version, and the journal would say so several times.
"""

from collections.abc import Callable
from functools import partial

import pytest

from applications.models import MinutesVersion
from applications.services.mission import held, minutes
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.mission.conftest import proposed
from tests.races.conftest import ROUNDS, THREADS, at_once, lock_off

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def answers(journey: Journey, approvals: int = THREADS) -> list[Callable[[], object]]:
    """Return approvals of one version, and for the rest demands that it be corrected."""
    version = proposed(journey)
    common = {
        "minutes": version.minutes,
        "number": version.number,
        "actor": journey.owner,
        "now": journey.now,
    }
    approve, correct = (
        partial(minutes.approve, **common),
        partial(minutes.ask_correction, **common, reason=MOTIVE),
    )
    return [approve] * approvals + [correct] * (THREADS - approvals)


@pytest.mark.parametrize("approvals", [THREADS, THREADS // 2], ids=["approved", "approved_or_sent_back"])
def test_one_answer_counts(approvals: int) -> None:
    for _ in range(ROUNDS):
        journey = Journey().to("in_progress")
        assert at_once(answers(journey, approvals)) == {"done": 1, "Stale": THREADS - 1}
        version = MinutesVersion.objects.get(minutes__mission=journey.mission)
        assert version.state in {"approved", "correction"}
        told = Event.objects.filter(chain=journey.dossier.chain, name__startswith="minutes_")
        assert told.exclude(name="minutes_proposed").count() == 1
        assert not verify(journey.dossier.chain)


@pytest.mark.twin
def test_without_the_lock_one_version_is_approved_several_times() -> None:
    journey = Journey().to("in_progress")
    prepared = answers(journey)
    with lock_off(held):
        assert at_once(prepared)["done"] > 1
