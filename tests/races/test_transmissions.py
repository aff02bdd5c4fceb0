"""Twenty officers prepare or send one parcel at once: one wins, the others are told.

The twin of the preparation takes away the dossiers' lock and the constraint behind it. Sending has none: the act
that it does on each dossier is refused a second time whatever the parcel's lock.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Barrier

import pytest
from django.db.models import QuerySet

from applications.models import Parcel, ParcelItem, Transmission
from applications.models.dossier_sets import DossierQuerySet
from applications.services import transmissions
from portal import clock
from portal.audit.models import Event
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.applications.journeys import Journey
from tests.races.conftest import THREADS, at_once, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def preparations(journey: Journey) -> list[Callable[[], object]]:
    prepare = partial(
        transmissions.prepare,
        recipient="sante",
        keys=[journey.dossier.pk],
        actor=journey.officer,
        now=clock.now(),
    )
    return [prepare] * THREADS


def test_one_parcel_of_twenty() -> None:
    results = at_once(preparations(Journey().to("paid")))
    assert results == Counter({"done": 1, "Refused": THREADS - 1})
    assert ParcelItem.objects.count() == Parcel.objects.count() == 1
    assert Outbox.objects.filter(kind="make_parcel").count() == 1


@contextmanager
def nobody_waits() -> Iterator[None]:
    """Read the dossiers without FOR UPDATE, every thread before any goes on."""
    everyone = Barrier(THREADS)
    reports_of = transmissions.reports_of

    def all_here(dossiers: object) -> object:
        everyone.wait(timeout=30)
        return reports_of(dossiers)  # type: ignore[arg-type]

    def unlocked(rows: QuerySet, *_args: object, **_options: object) -> QuerySet:
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DossierQuerySet, "select_for_update", unlocked)
        patch.setattr(transmissions, "reports_of", all_here)
        yield


@pytest.mark.twin
def test_without_the_lock_several_would_be_made() -> None:
    journey = Journey().to("paid")
    with without(parcel_item_once=ParcelItem), nobody_waits():
        assert at_once(preparations(journey))["done"] > 1


def test_a_parcel_is_sent_once() -> None:
    journey = Journey().to("paid")
    parcel, _ = transmissions.prepare(
        recipient="sante", keys=[journey.dossier.pk], actor=journey.officer, now=journey.now
    )
    outbox.drain(journey.now)
    parcel.refresh_from_db()
    send = partial(
        transmissions.send, parcel=parcel, sent_on=journey.today, actor=journey.officer, now=journey.now
    )
    assert at_once([send] * THREADS) == Counter({"done": 1, "Refused": THREADS - 1})
    assert Transmission.objects.count() == 1
    assert Event.objects.filter(chain=parcel.chain, name="parcel_sent").count() == 1
