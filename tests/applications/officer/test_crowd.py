"""The synthetic crowd: coherent rows, a journal that verifies, and never in production."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from applications.management.demo.crowd import Crowd
from applications.models import Deadline, Dossier, Listing, Message, NumberSeries
from applications.services import listing
from portal import clock
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
COUNT = 150


@pytest.fixture
def crowd() -> None:
    Crowd(clock.now()).add(COUNT, lambda _: None)


@pytest.mark.usefixtures("crowd")
def test_a_crowd_is_spread_over_states_and_volets() -> None:
    states = Counter(Dossier.objects.values_list("state", flat=True))
    assert sum(states.values()) == Listing.objects.count() == COUNT
    assert len(states) > 8
    assert states["closed"] > COUNT // 3
    assert set(Dossier.objects.values_list("volet", flat=True)) == {1, 2, 3, 4, 5}
    assert Message.objects.exists()
    assert Deadline.objects.exists()
    assert not Dossier.objects.filter(state_since__gt=clock.now()).exists()
    assert sum(NumberSeries.objects.values_list("last", flat=True)) == COUNT


@pytest.mark.usefixtures("crowd")
def test_its_journal_verifies_and_its_rows_are_those_an_act_would_write() -> None:
    assert not list(verify())
    kept = list(Listing.objects.order_by("pk").values())
    listing.refresh([row["dossier_id"] for row in kept], today=clock.today())
    assert list(Listing.objects.order_by("pk").values()) == kept


@pytest.mark.usefixtures("crowd")
def test_the_pages_open_on_it() -> None:
    client = signed_in(f.ManagerFactory())
    for address in ("/gestion/?vue=all", "/gestion/aujourd-hui/", "/gestion/?q=télésurveillance"):
        assert client.get(address).status_code == 200
    for state in Dossier.objects.order_by().values_list("state", flat=True).distinct():
        pk = Dossier.objects.filter(state=state)[0].pk
        assert client.get(f"/gestion/dossiers/{pk}/").status_code == 200, state


def test_a_second_crowd_stands_beside_the_first() -> None:
    for seed in (1, 2):
        Crowd(clock.now(), seed=seed).add(20, lambda _: None)
    assert Dossier.objects.count() == 40


def test_no_crowd_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never built in production"):
        call_command("demo", "--dossiers", "3")
    settings.PRODUCTION = False
    with pytest.raises(CommandError, match="number of dossiers"):
        call_command("demo", "--dossiers", "-3")
