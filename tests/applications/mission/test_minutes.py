"""Minutes: who writes, who approves, versions, what freezes them, and what the journal and the notices hold."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from applications.models import Minutes, MinutesVersion, Mission
from applications.services.announcements import may_be_told
from applications.services.documents import may_read
from applications.services.mission import minutes
from applications.services.mission.minutes import Told
from applications.services.mission.seal import seal_of
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document, DocumentState
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.expert.conftest import pdf
from tests.applications.journeys import MOTIVE
from tests.applications.mission.conftest import Start, approved, draft, propose, proposed, said, started

pytestmark = pytest.mark.django_db


def code(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {obstacle.code for obstacle in refusal.value.obstacles}


# --- Writing -------------------------------------------------------------------------------------
@pytest.mark.parametrize("side", ["expert", "company"])
def test_either_side_writes_and_the_other_approves(at: Start, side: str) -> None:
    journey = at()
    author, other = (journey.expert, journey.owner) if side == "expert" else (journey.owner, journey.expert)
    version = proposed(journey, author)
    assert version.minutes.side == side
    done = minutes.approve(minutes=version.minutes, number=1, actor=other, now=journey.now)
    assert (done.state, done.proposed_by, done.answered_by) == ("approved", author, other)


def test_proposing_is_the_approval_of_who_wrote(at: Start) -> None:
    journey = at()
    version = proposed(journey)
    colleague = f.MembershipFactory(organisation=journey.mission.firm.organisation).user
    with pytest.raises(NotYours, match="vaut approbation"):
        minutes.approve(minutes=version.minutes, number=1, actor=colleague, now=journey.now)


def test_nobody_approves_their_own_words_from_the_other_side(at: Start) -> None:
    journey = at()
    f.MembershipFactory(user=journey.expert, organisation=journey.dossier.company.organisation)
    version = proposed(journey)
    assert version.minutes.side == "expert"
    with pytest.raises(NotYours):
        minutes.approve(minutes=version.minutes, number=1, actor=journey.expert, now=journey.now)


def test_strangers_and_bpifrance_write_nothing(at: Start) -> None:
    journey = at()
    version = proposed(journey)
    strangers = [f.owner_of(f.ExpertFirmFactory()), f.owner_of(f.CompanyFactory())]
    for person in (*strangers, journey.officer, journey.manager, journey.controller):
        with pytest.raises(NotYours):
            draft(journey, person)
        with pytest.raises(NotYours):
            minutes.approve(minutes=version.minutes, number=1, actor=person, now=journey.now)
    assert MinutesVersion.objects.get().state == "proposed"


@pytest.mark.parametrize(
    "state", ["submitted", "approved", "contract_sent", "payment_approved", "paid", "cancelled"]
)
def test_none_is_written_before_the_contract_nor_after_the_closure_is_judged(at: Start, state: str) -> None:
    with pytest.raises(WrongState, match="signature du contrat"):
        draft(at(state))


@pytest.mark.parametrize("state", ["in_progress", "work_done", "closure_submitted", "closure_incomplete"])
def test_minutes_are_written_and_approved_from_the_contract_to_the_closure(at: Start, state: str) -> None:
    assert approved(at(state)).state == "approved"


@pytest.mark.parametrize(
    ("days", "refusal"), [(1, "met_on_future"), (0, None), (-5, None), (-6, "met_on_early")]
)
def test_the_meeting_is_past_and_no_earlier_than_the_contract(
    at: Start, days: int, refusal: str | None
) -> None:
    journey = at().day(5)
    version = draft(journey, met_on=journey.today + timedelta(days=days))
    if refusal is None:
        assert propose(journey, version).state == "proposed"
        return
    with pytest.raises(Refused) as refused:
        propose(journey, version)
    assert code(refused) == {refusal}
    assert MinutesVersion.objects.get().state == "draft"


def test_a_draft_may_lack_anything_and_minutes_nothing(at: Start) -> None:
    journey = at()
    version = minutes.start(mission=journey.mission, actor=journey.expert, now=journey.now, said=Told())
    with pytest.raises(Refused) as refused:
        propose(journey, version)
    assert code(refused) == {"met_on", "present", "decided"}
    wrong = said(journey, next_meeting_on=journey.today)
    version = minutes.save(
        version=version, actor=journey.expert, now=journey.now, expected_revision=0, said=wrong
    )
    with pytest.raises(Refused) as refused:
        propose(journey, version)
    assert code(refused) == {"next_meeting_on"}


def test_a_file_stands_for_what_was_decided(at: Start) -> None:
    journey = at()
    version = minutes.start(
        mission=journey.mission,
        actor=journey.expert,
        now=journey.now,
        said=said(journey, decided=""),
        file=pdf("cr.pdf"),
    )
    assert propose(journey, version).state == "proposed"


def test_the_same_form_sent_twice_is_one_set_of_minutes(at: Start) -> None:
    journey, key = at(), "5b1c3f0e-0000-4000-8000-000000000001"
    sent = {"mission": journey.mission, "actor": journey.expert, "now": journey.now, "key": key}
    first = minutes.start(said=said(journey), **sent)
    assert minutes.start(said=said(journey), **sent) == first
    assert Minutes.objects.count() == 1


def test_a_key_of_another_room_is_no_key_of_this_one(at: Start) -> None:
    key = "5b1c3f0e-0000-4000-8000-000000000002"
    first, second = at(), at()
    for journey in (first, second):
        minutes.start(
            mission=journey.mission, actor=journey.expert, now=journey.now, said=said(journey), key=key
        )
    assert Minutes.objects.get(key=key).mission == first.mission
    assert Minutes.objects.filter(mission=second.mission).count() == 1


def test_two_colleagues_do_not_overwrite_each_other(at: Start) -> None:
    journey = at()
    version = draft(journey)
    stand = {"version": version, "actor": journey.expert, "now": journey.now, "expected_revision": 0}
    minutes.save(said=said(journey, decided="La saisie de l’un."), **stand)
    with pytest.raises(Stale, match="Rien n’a été écrasé"):
        minutes.save(said=said(journey, decided="La saisie de l’autre."), **stand)
    with pytest.raises(Stale):
        propose(journey, version)
    assert MinutesVersion.objects.get().decided == "La saisie de l’un."


def test_a_draft_that_is_dropped_takes_its_file_along(at: Start) -> None:
    journey = at()
    version = minutes.start(
        mission=journey.mission, actor=journey.expert, now=journey.now, said=said(journey), file=pdf()
    )
    with pytest.raises(NotYours):
        minutes.drop(version=version, actor=journey.owner, expected_revision=0)
    minutes.drop(version=version, actor=journey.expert, expected_revision=0)
    assert not Minutes.objects.exists()
    assert not Document.objects.filter(kind="minutes").exists()


# --- Versions ------------------------------------------------------------------------------------
def test_a_correction_has_a_reason_and_makes_another_version(at: Start) -> None:
    journey = at()
    first = proposed(journey)
    stand = {"minutes": first.minutes, "number": 1, "actor": journey.owner, "now": journey.now}
    with pytest.raises(Refused):
        minutes.ask_correction(reason="non", **stand)
    minutes.ask_correction(reason="La date du jalon est le 12, non le 21.", **stand)
    second = minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now)
    assert (second.number, second.decided, second.state) == (2, first.decided, "draft")
    assert minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now) == second
    propose(journey, second)
    minutes.approve(minutes=first.minutes, number=2, actor=journey.owner, now=journey.now)
    kept = list(first.minutes.versions.order_by("number").values_list("number", "state"))
    assert kept == [(1, "correction"), (2, "approved")]


def test_only_who_wrote_prepares_the_next_version(at: Start) -> None:
    journey = at()
    with pytest.raises(NotYours, match="demandez-lui une correction"):
        minutes.revise(minutes=proposed(journey).minutes, actor=journey.owner, now=journey.now)


def test_a_version_replaced_meanwhile_is_not_approved(at: Start) -> None:
    journey = at()
    first = proposed(journey)
    second = minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now)
    propose(journey, second)
    for answer in (
        lambda: minutes.approve(minutes=first.minutes, number=1, actor=journey.owner, now=journey.now),
        lambda: minutes.ask_correction(
            minutes=first.minutes, number=1, actor=journey.owner, now=journey.now, reason=MOTIVE
        ),
    ):
        with pytest.raises(Stale, match="remplacée par la version 2"):
            answer()
    kept = first.minutes.versions.order_by("number").values_list("state", flat=True)
    assert list(kept) == ["superseded", "proposed"]


def test_the_second_of_two_who_approve_is_told_of_the_first(at: Start) -> None:
    journey = at()
    version = approved(journey)
    colleague = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    with pytest.raises(Stale, match=f"approuvée par {journey.owner.full_name}"):
        minutes.approve(minutes=version.minutes, number=1, actor=colleague, now=journey.now)
    assert MinutesVersion.objects.get().answered_by == journey.owner


def test_what_both_approved_is_frozen_and_a_draft_begun_meanwhile_is_kept(at: Start) -> None:
    journey = at()
    first = proposed(journey)
    second = minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now)
    minutes.approve(minutes=first.minutes, number=1, actor=journey.owner, now=journey.now)
    with pytest.raises(WrongState, match="ne change plus"):
        propose(journey, second)
    with pytest.raises(WrongState):
        minutes.save(
            version=first, actor=journey.expert, now=journey.now, expected_revision=0, said=said(journey)
        )
    minutes.drop(version=second, actor=journey.expert, expected_revision=0)
    with pytest.raises(WrongState):
        minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now)
    assert [one.state for one in first.minutes.versions.all()] == ["approved"]


def test_a_text_that_is_not_the_one_sealed_is_not_approved(at: Start) -> None:
    journey = at()
    version = proposed(journey)
    MinutesVersion.objects.update(decided="Tout autre chose.")
    with pytest.raises(Refused, match="empreinte"):
        minutes.approve(minutes=version.minutes, number=1, actor=journey.owner, now=journey.now)


def test_a_file_not_yet_found_clean_is_not_approved(at: Start) -> None:
    journey = at()
    version = minutes.start(
        mission=journey.mission, actor=journey.expert, now=journey.now, said=said(journey), file=pdf()
    )
    propose(journey, version)
    Document.objects.filter(kind="minutes").update(state=DocumentState.PENDING)
    with pytest.raises(Refused, match="pas encore lisible"):
        minutes.approve(minutes=version.minutes, number=1, actor=journey.owner, now=journey.now)


@pytest.mark.parametrize(
    "changed",
    [{"state": "approved"}, {"state": "correction"}, {"sha256": ""}, {"proposed_by": None}, {"met_on": None}],
)
def test_the_database_keeps_the_states_true(at: Start, changed: dict[str, object]) -> None:
    version = proposed(at())
    with pytest.raises(IntegrityError), transaction.atomic():
        MinutesVersion.objects.filter(pk=version.pk).update(**changed)


# --- Journal and notices -------------------------------------------------------------------------
def test_the_journal_holds_the_seal_and_no_word(at: Start) -> None:
    journey = at()
    version = journey.dossier.version
    done = approved(journey, decided="zorg-decision")
    journey.dossier.refresh_from_db()
    events = Event.objects.filter(chain=journey.dossier.chain, name__startswith="minutes_").order_by(
        "sequence"
    )
    assert [event.name for event in events] == ["minutes_proposed", "minutes_approved"]
    assert {event.data["sha256"] for event in events} == {seal_of(done)}
    assert "zorg" not in str([event.data for event in events])
    assert verify() == []
    # An approval of minutes voids no act that waits for its second person.
    assert journey.dossier.version == version


def test_the_reason_of_a_correction_can_be_erased(at: Start) -> None:
    journey = at()
    version = proposed(journey)
    minutes.ask_correction(
        minutes=version.minutes, number=1, actor=journey.owner, now=journey.now, reason=MOTIVE
    )
    event = Event.objects.get(name="minutes_correction_asked")
    assert MOTIVE not in str(event.data)
    assert event.detail.motive == MOTIVE


def test_each_is_told_once_and_only_who_may_open_it(at: Start) -> None:
    journey = at()
    second = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    version = proposed(journey, decided="zorg-decision")
    for _twice in range(2):
        outbox.drain(journey.now)
    told = Notification.objects.filter(kind="minutes_proposed")
    assert set(told.values_list("recipient", flat=True)) == {journey.owner.pk, second.pk}
    assert told.count() == 2
    assert all(one.is_blocking and "zorg" not in one.title + one.body for one in told)
    assert told[0].url == f"/comptes-rendus/{version.minutes.pk}/"
    minutes.approve(minutes=version.minutes, number=1, actor=journey.owner, now=journey.now)
    outbox.drain(journey.now)
    told = Notification.objects.filter(kind="minutes_approved").values_list("recipient", flat=True)
    assert sorted(told) == sorted([journey.expert.pk, journey.officer.pk])
    reference = f"minutes:{version.minutes.pk}:1:approved"
    assert may_be_told(journey.officer, event_ref=reference)
    for stranger in (f.owner_of(f.CompanyFactory()), f.owner_of(f.ExpertFirmFactory())):
        assert not may_be_told(stranger, event_ref=reference)


# --- Who reads -----------------------------------------------------------------------------------
def test_a_file_is_read_by_its_side_then_by_both_then_by_bpifrance(at: Start) -> None:
    journey = at()
    version = minutes.start(
        mission=journey.mission, actor=journey.owner, now=journey.now, said=said(journey), file=pdf()
    )
    document = version.document
    people = (journey.owner, journey.expert, journey.officer, f.owner_of(f.ExpertFirmFactory()))

    def readers() -> list[bool]:
        return [may_read(person, document).allowed for person in people]

    assert readers() == [True, False, False, False]
    propose(journey, version, journey.owner)
    assert readers() == [True, True, False, False]
    minutes.approve(minutes=version.minutes, number=1, actor=journey.expert, now=journey.now)
    document.refresh_from_db()
    assert readers() == [True, True, True, False]
    assert document.piece.mission == journey.mission


def test_the_replacing_expert_reads_nothing_of_the_former_ones_minutes(at: Start) -> None:
    journey = started(at())
    first, version = journey.mission, approved(journey)
    firm = f.ExpertFirmFactory()
    lines = [{"item": "qms_support", "amount": "20000.00"}]
    journey.day(3).act("replace_expert", journey.manager, firm=firm, lines=lines, motive=MOTIVE)
    new, fresh = f.owner_of(firm), Mission.objects.get(firm=firm)
    journey.act("declare_conflict", new, mission=fresh, conflict_free=True)
    journey.act("amend", new, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    assert not Minutes.objects.visible_to(new).exists()
    assert Minutes.objects.visible_to(journey.expert).get() == version.minutes
    # The former firm closes its own mission, and may still write of it; of the new one it may not.
    later = minutes.start(mission=first, actor=journey.expert, now=journey.now, said=said(journey))
    assert propose(journey, later).state == "proposed"
    with pytest.raises(NotYours):
        minutes.start(mission=fresh, actor=journey.expert, now=journey.now, said=said(journey))
    mine = minutes.start(mission=fresh, actor=new, now=journey.now, said=said(journey))
    assert not Minutes.objects.visible_to(journey.expert).filter(pk=mine.minutes_id).exists()


def test_the_new_firms_meetings_follow_its_arrival(at: Start) -> None:
    journey = at()
    Mission.objects.update(began_on=journey.today + timedelta(days=2))
    journey.day(4)
    version = draft(journey, met_on=journey.today - timedelta(days=3))
    with pytest.raises(Refused) as refused:
        propose(journey, version)
    assert code(refused) == {"met_on_early"}
