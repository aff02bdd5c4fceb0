"""Twenty people act at once on one dossier: one wins, the others are told; without the lock several would win.

Where the database has a constraint of its own (one payment, one mission of a rank, one running term), the twin
takes it away too: what it shows is what the lock alone prevents. Without it sweeps that remind work a term several
times, and the key of the outbox alone keeps the letters to one; those that act have no twin: the version keeps them.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Barrier

import pytest

from applications.models import Commitment, Deadline, Letter, Mission, Payment, PendingApproval
from applications.services import sweeps
from applications.services.deadlines import advance
from applications.services.sweeps import sweep
from applications.services.transitions import execute
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications.models import Outbox
from tests.applications.journeys import ENGAGED, MOTIVE, Journey
from tests.applications.workflow.test_replacement import working
from tests.races.conftest import ROUNDS, THREADS, at_once, lock_off, without

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
references = count(1)


def acts(
    journey: Journey, name: str, actor: object, number: int = THREADS, **inputs: object
) -> list[Callable[[], object]]:
    """Return the same act `number` times, decided on the page of now."""
    act = partial(
        execute,
        name,
        dossier=journey.dossier,
        actor=actor,
        expected_version=journey.dossier.version,
        now=journey.now,
        **inputs,
    )
    return [act] * number


def submissions(journey: Journey) -> list[Callable[[], object]]:
    return acts(journey, "submit", journey.owner, expected_revision=journey.dossier.revision, **ENGAGED)


def decisions(journey: Journey) -> list[Callable[[], object]]:
    half = THREADS // 2
    approvals = acts(journey, "approve", journey.officer, half)
    return approvals + acts(
        journey, "reject", journey.officer, half, rules=["company.category"], motive=MOTIVE
    )


def approvals_and_withdrawals(journey: Journey) -> list[Callable[[], object]]:
    half = THREADS // 2
    return acts(journey, "approve", journey.officer, half) + acts(journey, "withdraw", journey.owner, half)


def signatures(journey: Journey) -> list[Callable[[], object]]:
    return acts(journey, "sign", journey.owner, code=journey.code(), reauthenticated=True)


def payments(journey: Journey) -> list[Callable[[], object]]:
    return [
        *(
            acts(
                journey,
                "mark_paid",
                journey.payer,
                1,
                reference=f"VIR-{next(references)}",
                paid_on=journey.today,
            )[0]
            for _ in range(THREADS)
        )
    ]


RACES = {
    "submit_twice": ("draft", submissions),
    "approve_against_reject": ("under_review", decisions),
    "approve_against_withdraw": ("under_review", approvals_and_withdrawals),
    "sign_twice": ("contract_sent", signatures),
    "pay_twice": ("payment_approved", payments),
}


@pytest.mark.parametrize("race", RACES)
def test_one_wins_and_the_others_are_told(race: str) -> None:
    state, prepare = RACES[race]
    for _ in range(ROUNDS):
        journey = Journey()
        if state != "draft":
            journey.to(state)
        before = journey.dossier.version
        results = at_once(prepare(journey))
        # A code is right once: its second use may be refused before the page is found to be old.
        assert results["done"] == 1, results
        assert set(results) <= {"done", "Stale", "Refused"} if race == "sign_twice" else {"done", "Stale"}, (
            results
        )
        journey.dossier.refresh_from_db()
        assert journey.dossier.version == before + 1
        assert journey.dossier.state != state
        assert not verify(journey.dossier.chain)


def twin(race: str) -> Counter[str]:
    state, prepare = RACES[race]
    journey = Journey()
    if state != "draft":
        journey.to(state)
    prepared = prepare(journey)
    with lock_off():
        return at_once(prepared)


@pytest.mark.parametrize("race", ["approve_against_reject", "approve_against_withdraw"])
@pytest.mark.twin
def test_without_the_lock_several_decide(race: str) -> None:
    assert twin(race)["done"] > 1


@pytest.mark.twin
def test_without_the_lock_several_submit() -> None:
    with without(mission_rank_once=Mission, mission_one_current=Mission):
        assert twin("submit_twice")["done"] > 1


@pytest.mark.twin
def test_without_the_lock_several_sign() -> None:
    with without(deadline_one_open_per_kind=Deadline):
        assert twin("sign_twice")["done"] > 1


@pytest.mark.twin
def test_without_the_lock_several_pay() -> None:
    with without(payment_once=Payment):
        assert twin("pay_twice")["done"] > 1


def test_without_the_lock_the_constraint_alone_still_keeps_a_second_payment_out() -> None:
    results = twin("pay_twice")
    assert results["done"] == 1
    assert set(results) == {"done", "Refused"}
    assert Payment.objects.count() == 1


def test_an_envelope_never_gives_more_than_it_holds() -> None:
    journeys = [Journey().to("under_review") for _ in range(4)]
    envelope = Commitment._meta.get_field("envelope").related_model.objects.get()
    envelope.amount = journeys[0].dossier.bpifrance_share * 2
    envelope.save()
    results = at_once([acts(journey, "approve", journey.officer, 1)[0] for journey in journeys])
    assert results == {"done": 2, "Refused": 2}
    assert envelope.remaining() == 0


def test_twenty_dossiers_submitted_at_once_have_twenty_numbers() -> None:
    journeys = [Journey() for _ in range(10)]
    results = at_once([submissions(journey)[0] for journey in journeys])
    assert results == {"done": 10}
    numbers = set()
    for journey in journeys:
        journey.dossier.refresh_from_db()
        numbers.add(journey.dossier.number)
    assert len(numbers) == 10


# --- Terms -------------------------------------------------------------------------------------
def sweeps_of(journey: Journey) -> list[Callable[[], object]]:
    return [partial(sweep, now=journey.now, today=journey.today)] * THREADS


def test_twenty_sweeps_at_once_remind_once() -> None:
    journey = Journey().to("contract_sent").day(10)
    assert at_once(sweeps_of(journey)) == {"done": THREADS}
    assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == 1


def worked(journey: Journey) -> list[int]:
    """Run twenty sweeps at once; return how many terms each of them worked."""
    counts: list[int] = []
    at_once([lambda: counts.append(sweep(now=journey.now, today=journey.today))] * THREADS)
    return counts


@pytest.mark.twin
def test_twenty_sweeps_at_once_work_a_reminder_once_and_without_the_lock_several_times() -> None:
    for _ in range(ROUNDS):
        assert sum(worked(Journey().to("contract_sent").day(10))) == 1
    everyone = Barrier(THREADS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeps, "lock_all", lambda _: None)
        patch.setattr(sweeps, "advance", _together(everyone))
        assert sum(worked(Journey().to("contract_sent").day(10))) > 1
    assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == ROUNDS + 1


def _together(everyone: Barrier) -> Callable[..., object]:
    """Move a term on once every thread has read it."""

    def moved(*given: object, **more: object) -> object:
        everyone.wait(timeout=30)
        return advance(*given, **more)

    return moved


def test_twenty_sweeps_at_once_lapse_once() -> None:
    journey = Journey().to("contract_sent").day(31)
    assert at_once(sweeps_of(journey)) == {"done": THREADS}
    assert Event.objects.filter(chain=journey.dossier.chain, name="unsigned").count() == 1
    assert Letter.objects.filter(dossier=journey.dossier, kind="lapse").count() == 1


def test_an_end_awaited_by_a_manager_is_never_lost_to_a_lapse_at_once() -> None:
    for _ in range(ROUNDS):
        journey = working(Journey(volet=4))
        assert journey.dossier.due_on is not None
        due_on = journey.dossier.due_on
        journey.day((due_on - journey.today).days + 1).act("give_notice", None)
        journey.day(31).act("declare_work_done", journey.expert, work_ended_on=due_on - timedelta(days=1))
        half = THREADS // 2
        accepted = acts(journey, "declare_work_done", journey.manager, half, motive=MOTIVE)
        results = at_once(accepted + acts(journey, "lapse", None, half))
        # A lapse before the manager's word is refused, since that word is awaited; after it, it comes too late.
        assert results["done"] == 1
        assert set(results) <= {"done", "Stale", "Refused"}
        journey.dossier.refresh_from_db()
        assert journey.dossier.state == "work_done"
        assert not verify(journey.dossier.chain)


def closures_and_lapses(journey: Journey) -> list[Callable[[], object]]:
    """Return the end declared by the expert and the lapse of the sweep, both from the page of now."""
    half, ended = THREADS // 2, journey.today - timedelta(days=1)
    declared = acts(journey, "declare_work_done", journey.expert, half, work_ended_on=ended)
    return declared + acts(journey, "lapse", None, half)


def about_to_lapse() -> Journey:
    """Return a mission past its term, whose notice is over: it lapses today, unless its end is declared."""
    journey = working(Journey(volet=4))
    assert journey.dossier.due_on is not None
    journey.day((journey.dossier.due_on - journey.today).days + 1).act("give_notice", None)
    return journey.day(31)


def test_of_a_closure_and_a_lapse_at_once_one_wins() -> None:
    for _ in range(ROUNDS):
        journey = about_to_lapse()
        version = journey.dossier.version
        results = at_once(closures_and_lapses(journey))
        assert results["done"] == 1, results
        assert set(results) <= {"done", "Stale", "Refused"}
        journey.dossier.refresh_from_db()
        declared = PendingApproval.objects.filter(dossier=journey.dossier, status="open").count()
        assert (journey.dossier.state, declared) in {("lapsed", 0), ("in_progress", 1)}
        assert journey.dossier.version == version + 1
        assert not verify(journey.dossier.chain)


@pytest.mark.twin
def test_without_the_lock_a_closure_and_a_lapse_both_win() -> None:
    prepared = closures_and_lapses(about_to_lapse())
    with lock_off():
        assert at_once(prepared)["done"] > 1
