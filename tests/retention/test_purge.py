"""The command that counts before it erases, and the page that shows the rules, what is due and what was done."""

from __future__ import annotations

from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from applications.models import Dossier
from applications.services.retention.rules import RULES
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.retention.conftest import later, sweep_on
from tests.retention.test_sweep import hold

pytestmark = pytest.mark.django_db


def purge(*arguments: str) -> str:
    out = StringIO()
    call_command("purge", *arguments, stdout=out)
    return out.getvalue().replace("\u00a0", " ")


def test_the_dry_run_counts_by_rule_and_writes_nothing() -> None:
    journey, closed = Journey().to("rejected"), Journey().to("closed")
    held = Journey().to("cancelled")
    hold(held)
    day = later(held.today, months=24, days=40)
    events = Event.objects.count()
    told = purge("--dry-run", "--today", day.isoformat())
    assert (
        "ended : 1 – Une demande refusée, retirée, abandonnée, caduque ou annulée sans paiement, 2 ans"
        in told
    )
    assert "(retenus par un paiement : 1)" in told
    assert "archive : 1 –" in told
    assert Event.objects.count() == events
    assert not Dossier.objects.filter(erased_on__isnull=False).exists()
    done = sweep_on(day)
    assert (done["ended"], done["archive"]) == (1, 1)
    assert {journey.dossier.state, closed.dossier.state} == {"rejected", "closed"}


def test_a_date_to_come_is_for_counting_only() -> None:
    with pytest.raises(CommandError, match="dry-run"):
        purge("--today", "2050-01-01")
    with pytest.raises(CommandError, match="AAAA-MM-JJ"):
        purge("--dry-run", "--today", "demain")


def test_without_dry_run_it_does_todays_work() -> None:
    Journey().to("rejected")
    assert "ended : 0" in purge()


def test_the_page_shows_rules_and_deeds_and_no_name(client: Client) -> None:
    journey = Journey().to("rejected")
    sweep_on(later(journey.today, months=24))
    for reader in (f.AdministratorFactory(), f.AuditorFactory()):
        client.force_login(reader)
        page = unescape(client.get("/administration/conservation/").content.decode())
        assert all(rule.what in page for rule in RULES)
        assert "Effacement" in page
        assert ">1 dossier<" in page
        assert str(journey.dossier.pk) in page
        assert journey.owner.full_name not in page


def test_the_page_counts_what_falls_due_within_three_months(client: Client, time_machine: Any) -> None:
    journey = Journey().to("rejected")
    administrator = f.AdministratorFactory()
    time_machine.move_to(later(journey.today, months=22))
    client.force_login(administrator)
    response = client.get("/administration/conservation/")
    (line,) = (one for one in response.context["lines"] if one.rule.code == "ended")
    assert (line.now, line.soon, line.held) == (0, 1, 0)
