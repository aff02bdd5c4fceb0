"""Assignments at once: a dossier goes to one officer, a ceiling holds, a confirmation sent twice is done once.

Without the row that whoever assigns by the rules holds first, a ceiling is passed.
"""

from functools import partial
from threading import Barrier
from unittest.mock import patch

import pytest
from django.db import transaction

from applications.models import AssignmentSwitch, BulkAssignment, Dossier
from applications.services.assignment import automatic, choice, many, team
from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.assignment.test_rules import a_rule
from tests.applications.journeys import MOTIVE, Journey
from tests.races.conftest import ROUNDS, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TOGETHER = 8


def prepared(dossiers: list[Dossier]) -> BulkAssignment:
    manager = f.ManagerFactory()
    keys = [one.pk for one in dossiers]
    return many.prepare(
        actor=manager, keys=keys, officer=f.OfficerFactory(), motive=MOTIVE, source="Essai", now=clock.now()
    )


def confirmations(bulks: list[BulkAssignment]) -> list[partial[bool]]:
    return [partial(many.confirm, bulk, actor=bulk.owner, now=clock.now()) for bulk in bulks]


def test_managers_who_assign_the_same_dossiers_give_each_once() -> None:
    for _ in range(ROUNDS):
        dossiers = [Journey().to("submitted").dossier for _ in range(3)]
        bulks = [prepared(dossiers) for _ in range(TOGETHER)]
        assert at_once(list(confirmations(bulks))) == {"done": TOGETHER}
        for dossier in dossiers:
            assert Event.objects.filter(chain=dossier.chain, name="assign").count() == 1
            assert not verify(dossier.chain)
        found = [many.counts(bulk) for bulk in bulks]
        assert sum(one["done"] for one in found) == len(dossiers)
        assert sum(one["changed"] for one in found) == len(dossiers) * (TOGETHER - 1)


def test_one_confirmation_sent_many_times_is_done_once() -> None:
    dossiers = [Journey().to("submitted").dossier for _ in range(3)]
    bulk = prepared(dossiers)
    assert at_once(list(confirmations([bulk] * TOGETHER))) == {"done": TOGETHER}
    assert many.counts(bulk) == {"ready": 0, "blocked": 0, "done": 3, "changed": 0}
    for dossier in dossiers:
        assert Event.objects.filter(chain=dossier.chain, name="assign").count() == 1


def gifts() -> list[partial[None]]:
    """Return the duties of the rules for dossiers filed together, whose one officer may have two."""
    a_rule(f.OfficerFactory(), ceiling=2)
    dossiers = [Journey().to("submitted").dossier for _ in range(TOGETHER)]
    return [partial(_give, dossier.pk) for dossier in dossiers]


def _give(key: int) -> None:
    with transaction.atomic():
        automatic.give({"dossier": key}, outbox_id=0)


def test_a_ceiling_holds_over_filings_at_once() -> None:
    assert at_once(list(gifts())) == {"done": TOGETHER}
    assert Dossier.objects.filter(state="under_review").count() == 2


@pytest.mark.twin
def test_without_the_switch_held_a_ceiling_is_passed() -> None:
    everyone, duties = Barrier(TOGETHER), gifts()
    AssignmentSwitch.objects.get_or_create(pk=AssignmentSwitch.ONLY)

    def chosen_together(*args: object, **kwargs: object) -> choice.Choice:
        found = choice.choose(*args, **kwargs)  # type: ignore[arg-type]
        everyone.wait(timeout=30)
        return found

    with (
        patch.object(team, "hold_switch", lambda: AssignmentSwitch.objects.get(pk=AssignmentSwitch.ONLY)),
        patch.object(automatic, "choose", chosen_together),
    ):
        at_once(list(duties))
    assert Dossier.objects.filter(state="under_review").count() > 2
