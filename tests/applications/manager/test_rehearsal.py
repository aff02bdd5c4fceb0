"""A rehearsal is exact, writes nothing of a dossier, goes on where it was left, and drops nothing silently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.exports import effects
from applications.exports import rehearsals as worker
from applications.models import Company, Dossier, Mission, Quote, Rehearsal, RehearsalLine, Snapshot
from applications.services.editions import drafts
from applications.services.editions import rehearsal as rehearsals
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Outbox
from portal.notifications.outbox import drain
from tariffs.models import EditionText
from tests.applications import factories as f
from tests.applications.editions import read_by_the_catalogue, text_of
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db
OF_A_DOSSIER = (Dossier, Snapshot, Mission, Quote, Company)


@pytest.fixture(autouse=True)
def _reading() -> Iterator[None]:
    with read_by_the_catalogue():
        yield


@pytest.fixture
def manager(db: None) -> User:
    return f.ManagerFactory()


def draft(manager: User, *changes: tuple[str, str], of: str = "2024", version: int = 0) -> EditionText:
    content = text_of("2031", *changes, of=of, in_force_from="2031-01-01", version=version)
    return drafts.load(content=content, file_name="2031.toml", actor=manager, now=clock.now())


def done(text: EditionText) -> Rehearsal:
    asked = rehearsals.ask(text=text, actor=text.loaded_by, now=clock.now() + timedelta(days=400))
    worker.make({"rehearsal": str(asked.pk)}, outbox_id=0, renew=lambda: None)
    asked.refresh_from_db()
    return asked


def counts(rehearsal: Rehearsal) -> dict[str, int]:
    told = {name: getattr(rehearsal, name) for name in rehearsals.COUNTS}
    return {name: count for name, count in told.items() if count}


def everything() -> tuple[str, int]:
    rows = [row for model in OF_A_DOSSIER for row in model.objects.order_by("pk")]
    return serializers.serialize("json", rows), Event.objects.exclude(chain="editions").count()


STATES = ("submitted", "rejected", "approved", "in_progress", "paid", "withdrawn")


def test_the_same_rules_under_another_name_change_nothing(manager: User) -> None:
    for state in STATES:
        Journey().to(state)
    Journey()
    before = everything()
    found = done(draft(manager))
    assert (found.is_done, found.expected, found.done) == (True, len(STATES), len(STATES))
    assert (counts(found), found.changed, found.lines.count()) == ({}, 0, 0)
    assert rehearsals.sentence(found) == "Aucun dossier ne change."
    assert everything() == before


def test_a_lower_ceiling_gives_less_to_the_cent_and_says_why(manager: User) -> None:
    one = Journey().to("approved")
    before = one.dossier.bpifrance_share
    lower = ('"dm.IIa" = "40000.00"', '"dm.IIa" = "9000.01"')
    found = done(draft(manager, lower))
    line = found.lines.get()
    lines = one.dossier.quotes.get().lines.all()
    eligible = sum(min(each.amount, Decimal("9000.01")) for each in lines if each.item == "qms_support")
    others = sum(each.amount for each in lines if each.item != "qms_support")
    assert line.share_before == before
    assert line.share_after == ((eligible + others) / 2).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    assert (line.kind, line.becomes, line.rules) == ("less", "", ["quote.within_ceilings"])
    assert (found.lost, found.gained) == (before - line.share_after, 0)
    assert rehearsals.sentence(found) == "1 change\u00a0: 1 reçoit moins."


def test_who_becomes_ineligible_gets_nothing_and_who_no_longer_is_gets_its_share(manager: User) -> None:
    one, two = Journey().to("submitted"), Journey().to("submitted")
    share = one.dossier.bpifrance_share
    stricter = draft(manager, ('headcount_below = "250"', 'headcount_below = "1"'))
    found = done(stricter)
    assert counts(found) == {"less": 2, "ineligible": 2}
    assert {(line.share_before, line.share_after) for line in found.lines.all()} == {(share, Decimal(0))}
    assert rehearsals.sentence(found) == "2 changent\u00a0: 2 reçoivent moins, 2 deviennent inéligibles."
    # The same dossiers, had they been filed under the stricter one.
    Snapshot.objects.update(edition="2031", edition_digest=stricter.digest)
    for snapshot in Snapshot.objects.all():
        snapshot.case["company"]["headcount"] = "300"
        snapshot.case["edition"] = "2024"
        snapshot.save()
    larger = done(draft(manager, ('headcount_below = "250"', 'headcount_below = "400"')))
    assert counts(larger) == {"more": 2, "eligible": 2}
    assert larger.gained == 2 * two.dossier.bpifrance_share


def test_facts_that_cannot_be_read_are_told_never_dropped(manager: User) -> None:
    lost, strange, plain = (Journey().to("submitted") for _ in range(3))
    lost.dossier.snapshots.all().delete()
    snapshot = strange.dossier.snapshots.get()
    snapshot.case["quote"]["lines"][0]["item"] = "mystery"
    snapshot.save()
    found = done(draft(manager))
    told = {line.dossier_id: line.reason for line in found.lines.all()}
    assert told[lost.dossier.pk] == rehearsals.NO_FACTS
    assert told[strange.dossier.pk].startswith("quote.lines[0].item")
    assert plain.dossier.pk not in told
    assert (found.unreadable, found.done) == (2, 3)
    assert rehearsals.sentence(found) == "Aucun dossier ne change. 2 ne peuvent pas être lus."


# --- The job -------------------------------------------------------------------------------------
LOWER = ('"dm.IIa" = "40000.00"', '"dm.IIa" = "9000.00"')


def test_a_worker_that_dies_is_taken_over_where_it_was(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        Journey().to("submitted")
    monkeypatch.setattr(rehearsals, "LOT", 2)
    asked = rehearsals.ask(text=draft(manager, LOWER), actor=manager, now=clock.now())
    begun = rehearsals.begin(asked.pk)
    assert begun is not None
    going = rehearsals.lots(begun)
    assert next(going) == 2
    # Another worker takes the duty over; what the first one still does is refused, not counted twice.
    worker.make({"rehearsal": str(asked.pk)}, outbox_id=0, renew=lambda: None)
    with pytest.raises(rehearsals.Cancelled):
        next(going)
    asked.refresh_from_db()
    assert (asked.done, asked.less, asked.lines.count()) == (5, 5, 5)


def test_a_long_one_hands_the_rest_over_and_a_cancelled_one_stops(
    manager: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for _ in range(3):
        Journey().to("submitted")
    monkeypatch.setattr(rehearsals, "LOT", 1)
    settings.EXPORT_SECONDS = -1
    asked = rehearsals.ask(text=draft(manager, LOWER), actor=manager, now=clock.now())
    # Each part is due the instant the one before left it.
    drain(clock.now() + timedelta(minutes=5))
    asked.refresh_from_db()
    assert (asked.stage, asked.done) == (Rehearsal.Stage.DONE, 3)
    assert Outbox.objects.filter(kind=rehearsals.KIND, done_at__isnull=False).count() == 4
    again = rehearsals.ask(text=asked.edition, actor=manager, now=clock.now())
    assert rehearsals.cancel(rehearsal=again, actor=manager, now=clock.now())
    worker.make({"rehearsal": str(again.pk)}, outbox_id=0, renew=lambda: None)
    again.refresh_from_db()
    assert (again.stage, again.done) == (Rehearsal.Stage.CANCELLED, 0)


def test_a_lot_costs_the_same_queries_whatever_it_holds(manager: User) -> None:
    def queries() -> int:
        # Each manager is told of the end: one alone here.
        User.objects.staff("manager").exclude(pk=manager.pk).update(is_active=False)
        asked = rehearsals.ask(
            text=draft(manager, LOWER, version=EditionText.objects.count()), actor=manager, now=clock.now()
        )
        with CaptureQueriesContext(
            connection,
        ) as found:
            worker.make({"rehearsal": str(asked.pk)}, outbox_id=0, renew=lambda: None)
        return len(found)

    Journey().to("submitted")
    # The first of a code replaces no lines; the second drops those of the one before, as each does from then on.
    queries()
    first = queries()
    for _ in range(4):
        Journey().to("submitted")
    assert queries() == first


def test_the_lines_before_make_room_and_the_list_is_exported(manager: User) -> None:
    one = Journey().to("submitted")
    first = done(draft(manager, LOWER))
    second = done(draft(manager, LOWER, version=1))
    assert (first.lines.count(), second.lines.count()) == (0, 1)
    asked = {"repetition": str(second.pk), "genre": "less", "volet": str(one.dossier.volet)}
    found = effects.rows(manager, asked, clock.today())
    assert [line.dossier_id for line in found] == [one.dossier.pk]
    assert found[0].sheet_difference == -second.lost
    assert not effects.rows(manager, {**asked, "genre": "more"}, clock.today()).exists()
    assert not effects.rows(manager, {}, clock.today()).exists()
    assert not RehearsalLine.objects.visible_to(one.owner).exists()
