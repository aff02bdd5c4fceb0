"""One form sent twenty times at once, as an impatient hand or a bad network does: it is one message, told once.

Without the lock and the key's constraint it would be several.
"""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

import pytest

from applications.models import Message
from applications.services import talk
from tests.applications.journeys import Journey
from tests.races.conftest import ROUNDS, THREADS, at_once, lock_off, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def sendings(journey: Journey) -> list[Callable[[], object]]:
    """Return one form sent twenty times."""
    send = partial(
        talk.post_message,
        dossier=journey.dossier,
        author=journey.owner,
        thread="company",
        body="Bonjour.",
        key=uuid4(),
        now=journey.now,
    )
    return [send] * THREADS


def test_one_key_twenty_times_is_one_message() -> None:
    journey = Journey().to("under_review")
    for number in range(1, ROUNDS + 1):
        assert at_once(sendings(journey)) == {"done": THREADS}
        assert Message.objects.count() == number


@pytest.mark.twin
def test_without_the_lock_and_the_key_one_form_is_several_messages() -> None:
    prepared = sendings(Journey().to("under_review"))
    with without(message_once_per_form=Message), lock_off(talk):
        assert at_once(prepared)["done"] > 1
        assert Message.objects.count() > 1
