"""Whatever was done to a dossier, its journal alone gives back each moment exactly as its rows were."""

from __future__ import annotations

from typing import Any

import pytest

from applications.services import kept_facts, transitions
from applications.services.kept_facts import KEY
from applications.services.time_machine import reading
from portal import clock
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE
from tests.applications.time_machine.album import developed, photograph, played
from tests.applications.time_machine.roads import JOURNEYS, Traveller

pytestmark = pytest.mark.django_db


def test_the_last_act_of_an_instant_is_what_the_dossier_was_then() -> None:
    journey = Traveller(volet=1).to("paid")
    last = {at: photo for at, _, photo in journey.album}
    for at, photo in last.items():
        seen = reading.read(journey.dossier, at=at)
        assert developed(seen.then) == photo
        assert developed(seen.now) == photograph(journey.dossier)


def test_the_evaluation_is_the_one_kept_and_sealed() -> None:
    journey = Traveller(volet=1).to("closed")
    for at, _, photo in journey.album:
        seen = reading.read(journey.dossier, at=at)
        assert seen.snapshot is not None
        assert seen.snapshot_is_whole is True
        assert seen.rules_are_those is True
        if photo["snapshot"] == seen.snapshot.pk:
            assert seen.evaluation["findings"] == seen.snapshot.evaluation["findings"]
    journey.dossier.snapshots.filter(pk=seen.snapshot.pk).update(edition_digest="0" * 64)
    again = reading.read(journey.dossier, at=journey.now)
    assert (again.snapshot_is_whole, again.rules_are_those) == (False, False)


def test_the_files_present_are_known_with_their_hashes() -> None:
    journey = Traveller(volet=1).to("submitted")
    filed = reading.read(journey.dossier, at=clock.now())
    assert filed.pieces
    assert all(one.sealed for one in filed.pieces if one.piece.document is not None)
    piece = filed.pieces[0].piece
    other = f.DocumentFactory(sha256="f" * 64, organisation=journey.dossier.company.organisation)
    journey.dossier.documents.filter(pk=piece.pk).update(document=other)
    changed = reading.read(journey.dossier, at=clock.now())
    assert [one.sealed for one in changed.pieces if one.piece.pk == piece.pk] == [False]
    journey.dossier.documents.filter(pk=piece.pk).delete()
    assert reading.read(journey.dossier, at=clock.now()).lost == 1


def test_without_what_acts_tell_the_past_is_not_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the same comparison sees that nothing was recorded of the terms."""
    monkeypatch.setattr("applications.services.deadlines.tell", lambda *_, **__: None)
    journey = Traveller(volet=1).to("contract_sent")
    assert developed(played(journey.dossier)) != photograph(journey.dossier)


def without_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have acts write their events as before they kept facts."""
    append = transitions.append

    def older(**given: Any) -> Event:
        given["data"] = {name: value for name, value in given["data"].items() if name != KEY}
        return append(**given)

    monkeypatch.setattr(transitions, "append", older)


@pytest.mark.parametrize("name", ["amended", "completed", "reopened", "corrected"])
def test_of_older_events_what_is_not_known_is_said_unknown(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_facts(monkeypatch)
    journey = Traveller(volet=1)
    JOURNEYS[name](journey)
    for _, rank, photo in journey.album:
        past = played(journey.dossier, rank)
        assert past.blank
        assert (past.version, past.known["state"]) == (photo["version"], photo["dossier"]["state"])
        # What is known is true; the rest is left unknown, never taken from the dossier of today.
        assert {column: photo["dossier"][column] for column in past.known} == past.known
        assert "validated_on" not in past.known
    seen = reading.read(journey.dossier, at=journey.now)
    assert seen.then.known["total"] == photo["dossier"]["total"]
    assert seen.snapshot_is_whole is None


def test_an_old_dossier_is_known_again_from_its_first_new_act(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        without_facts(older)
        journey = Traveller(volet=1).to("approved")
    journey.to("in_progress")
    past = played(journey.dossier)
    assert past.blank
    assert past.known == photograph(journey.dossier)["dossier"]


def test_what_an_event_keeps_holds_no_word_that_a_person_typed() -> None:
    journey = Traveller(volet=1, company__name="Zorglub Santé")
    journey.to("rejected")
    for event in Event.objects.filter(chain=journey.dossier.chain):
        written = str(event.data[KEY])
        assert "Zorglub" not in written
        assert MOTIVE not in written
        assert journey.officer.full_name not in written


def test_what_is_told_is_told_once() -> None:
    journey = Traveller(volet=1).to("submitted")
    dossier = journey.dossier
    kept_facts.tell(dossier, "terms_closed", kinds=[], mission=None)
    assert "told" in kept_facts.kept_by(dossier, None, [])
    assert "told" not in kept_facts.kept_by(dossier, None, [])
