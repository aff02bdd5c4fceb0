"""The synthetic crowd: coherent rows, a journal that verifies, and never in production."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from stdnum.fr import siren

from applications.management.demo import copies
from applications.management.demo.crowd import Crowd
from applications.models import Company, Deadline, Dossier, DossierDocument, Listing, Message, NumberSeries
from applications.services import listing
from applications.services.figures import rebuild
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


@pytest.mark.usefixtures("crowd")
def test_whatever_a_crowd_writes_of_a_dossier_can_be_repeated() -> None:
    written = {
        one.related_model for one in Dossier._meta.related_objects if one.related_model.objects.exists()
    }
    assert written
    assert written <= set(copies.COPIED)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a crowd is repeated by PostgreSQL alone")
def test_a_block_repeated_is_as_coherent_as_one_made_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "BLOCK", 60)
    said: list[str] = []
    copies.fill(clock.now(), 200, said.append)
    everyone = Dossier.objects.filter(company__identifier__startswith="9")
    assert everyone.count() == everyone.values("number").distinct().count() == 200
    assert said[-1] == "200 dossiers of 200."
    companies = Company.objects.filter(identifier__startswith="9")
    assert all(siren.is_valid(one.identifier) for one in companies)
    assert companies.count() == companies.values("name").distinct().count()
    # Each thing hangs from its own dossier, and is of its own company.
    assert not DossierDocument.objects.exclude(
        document__organisation=F("dossier__company__organisation")
    ).exists()
    assert not everyone.exclude(device__company=F("company")).exists()
    assert not everyone.exclude(created_by__memberships__organisation=F("company__organisation")).exists()
    # What is written in place is what would be written anew, and counted so.
    stood = list(Listing.objects.filter(pk__in=everyone).order_by("pk").values())
    report = rebuild.rebuild(today=clock.today())
    anew = Listing.objects.filter(pk__in=everyone).order_by("pk").values()
    differing = [
        {name: (value, row[name]) for name, value in one.items() if value != row[name]}
        for one, row in zip(stood, anew, strict=True)
    ]
    assert [one for one in differing if one] == []
    assert (len(stood), report.changed, report.cells) == (200, 0, 0)
    assert not list(verify())
    # The next ones take keys and numbers of their own.
    copies.fill(clock.now(), 10, said.append, seed=2)
    assert everyone.count() == 210
