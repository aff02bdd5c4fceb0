"""Twenty-six hours without beat: all that fell due meanwhile goes out at the first round, once, with its own dates."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery.schedules import crontab
from django.conf import settings

from applications.models import (
    Assistance,
    Deadline,
    Dossier,
    Export,
    Mission,
    Offer,
    Opinion,
    Parcel,
    QuoteRequest,
)
from applications.services import opinions
from applications.services.deadlines import plan_of
from diagdm.celery import app
from experts.models import AccountChange, Accreditation, ExpertFirm, FirmPaper, PassiCertificate
from portal import clock
from portal.audit.models import HeadRecord
from portal.notifications import outbox, rounds
from portal.notifications.models import Heartbeat, Notification, Outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.quoting.making import invite, offer_of

pytestmark = pytest.mark.django_db
OUTAGE = timedelta(hours=26)
# When beat falls silent: an ordinary day, then the eve of each night that changes the hour.
SILENT_FROM = {
    "ordinary": datetime(2027, 6, 15, 12, tzinfo=UTC),
    "an hour less": datetime(2027, 3, 27, 12, tzinfo=UTC),
    "an hour more": datetime(2027, 10, 30, 12, tzinfo=UTC),
}
DAY = timedelta(days=1)
# Each term with one of its steps, and the state from which it is done.
STEPS = [
    ("incomplete", "completion", 1),
    ("incomplete", "completion", 2),
    ("contract_sent", "signature", 0),
    ("contract_sent", "signature", 3),
    ("in_progress", "term", 2),
    ("in_progress", "term", 3),
    ("in_progress", "lapse", 0),
    ("work_done", "report", 1),
    ("work_done", "report", 4),
]


def run_missed() -> list[str]:
    """Do what beat, back again, has rung for."""
    names = rounds.missed(clock.now())
    for name in names:
        app.tasks[name]()
    return names


def planned() -> set[str]:
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    return {one["task"] for one in entries if isinstance(one["schedule"], crontab)}


class World:
    """One of each duty, all of them due on the first civil day after beat fell silent."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.terms = [(self.term(state, kind, step), kind, step) for state, kind, step in STEPS]
        firm = f.ExpertFirmFactory()
        self.firm = ExpertFirm.objects.get(pk=firm.pk)
        self.expert = f.owner_of(self.firm)
        self.of_experts()
        self.of_opinions()
        self.of_quotes()
        self.others()

    def term(self, state: str, kind: str, step: int) -> Dossier:
        """Return a dossier whose term of that kind has its step `step` due on the day, those before done."""
        dossier = Journey(volet=4).to(state).dossier
        due_on = self.day - timedelta(days=plan_of(kind)[step].offset)
        Deadline.objects.filter(dossier=dossier).exclude(kind=kind).delete()
        mission = Mission.objects.get(dossier=dossier, is_current=True) if kind == "report" else None
        Deadline.objects.update_or_create(
            dossier=dossier,
            kind=kind,
            defaults={"due_on": due_on, "step": step, "next_on": self.day, "mission": mission},
        )
        if kind == "term":
            Dossier.objects.filter(pk=dossier.pk).update(due_on=due_on)
        return dossier

    def of_experts(self) -> None:
        """An accreditation and a qualification that end in thirty days, an insurance too, an account to apply."""
        ends = {"valid_until": self.day + 30 * DAY, "next_notice_on": self.day}
        Accreditation.objects.filter(firm=self.firm, volet=1).update(**ends)
        PassiCertificate.objects.filter(firm=self.firm).update(**ends)
        FirmPaper.objects.create(
            firm=self.firm,
            kind="insurance",
            document=f.DocumentFactory(),
            valid_from=self.day - 300 * DAY,
            added_at=clock.now(),
            added_by=self.expert,
            **ends,
        )
        second = f.MembershipFactory(organisation=self.firm.organisation).user
        AccountChange.objects.create(
            firm=self.firm,
            iban="FR1420041010050500013M02606",
            status="confirmed",
            asked_by=self.expert,
            asked_at=clock.now() - 2 * DAY,
            confirmed_by=second,
            confirmed_at=clock.now() - DAY,
            effective_at=clock.now() + timedelta(hours=5),
        )

    def of_opinions(self) -> None:
        """One opinion to remind of, one whose date is past."""
        for due_on in (self.day + opinions.REMINDED_BEFORE, self.day - DAY):
            journey = Journey().to("under_review")
            with time_machine.travel(clock.now() - 4 * DAY, tick=False):
                opinions.ask(
                    dossier=journey.dossier,
                    actor=journey.officer,
                    expected_version=journey.dossier.version,
                    now=clock.now(),
                    name="Pr Dehors",
                    email="dehors@exemple.fr",
                    question="Cette architecture est-elle crédible ?",
                    due_on=due_on,
                )
        Opinion.objects.filter(due_on__lt=self.day).update(reminded_at=clock.now())

    def of_quotes(self) -> None:
        """A firm to remind, a request whose date is past, an offer that ends."""
        with time_machine.travel(clock.now() - 2 * DAY, tick=False):
            invite(f.ExpertFirmFactory(), answer_by=self.day + 3 * DAY)
            (late,) = invite(f.ExpertFirmFactory(), answer_by=self.day - DAY)
            self.offer: Offer = offer_of(late, valid_until=self.day - DAY)

    def others(self) -> None:
        """A company to remind of its draft, a silent ministry, a file that lived its time."""
        draft, officer = f.DossierFactory(), f.OfficerFactory()
        handed = {"officer": officer, "channel": "post", "received_on": self.day - 9 * DAY}
        self.entry = Assistance.objects.create(
            dossier=draft,
            opened_at=clock.now() - 9 * DAY,
            closed_at=clock.now() - 7 * DAY,
            end="handed",
            remind_on=self.day,
            **handed,
        )
        self.parcel = Parcel.objects.create(
            recipient="sante",
            recipient_label="Santé",
            stage="sent",
            document=f.DocumentFactory(),
            made_by=officer,
            made_at=clock.now(),
            sent_on=self.day - 15 * DAY,
            sent_by=officer,
            next_reminder_on=self.day,
        )
        self.export = Export.objects.create(
            owner=officer,
            role="officer",
            listing="dossiers",
            title="Dossiers",
            format="csv",
            stage="ready",
            asked_at=clock.now() - 7 * DAY,
            expires_at=clock.now() + timedelta(hours=3),
            document=f.DocumentFactory(),
        )


def told(**wanted: Any) -> int:
    return Outbox.objects.filter(kind="notify", **wanted).count()


def seen(world: World) -> dict[str, Any]:
    """Return each thing that had to be done, and how often it was."""
    out: dict[str, Any] = {}
    for dossier, kind, number in world.terms:
        step = plan_of(kind)[number]
        dossier.refresh_from_db()
        where = f"{kind} {number}"
        if step.act:
            out[where] = (dossier.state, Deadline.objects.filter(dossier=dossier, kind="lapse").count())
        else:
            deadline = Deadline.objects.get(dossier=dossier, kind=kind)
            out[where] = Outbox.objects.filter(dedup_key__startswith=f"remind:{deadline.pk}:").count()
    (expert,) = [world.expert.pk]
    for what in ("agrément", "qualification PASSI", "assurance"):
        out[what] = told(payload__user=expert, payload__title__icontains=what)
    out["account"] = AccountChange.objects.filter(status="done").count()
    out["opinion reminded"] = Outbox.objects.filter(dedup_key__endswith=":reminded").count()
    out["opinion late"] = Outbox.objects.filter(payload__kind="opinion_late").count()
    out["quote reminded"] = Outbox.objects.filter(payload__kind="quote_reminded").count()
    out["quote late"] = QuoteRequest.objects.filter(lapsed_at__isnull=False).count()
    out["offer"] = Offer.objects.get(pk=world.offer.pk).state
    world.entry.refresh_from_db()
    out["entry"] = Outbox.objects.filter(payload__kind="assistance_reminder").count()
    out["parcel"] = Outbox.objects.filter(payload__kind="parcel_silent").count()
    out["export"] = Export.objects.get(pk=world.export.pk).stage
    out["head"] = HeadRecord.objects.filter(day=world.day).count()
    return out


EXPECTED = {
    "completion 1": 1,
    "completion 2": ("abandoned", 0),
    "signature 0": 1,
    "signature 3": ("lapsed", 0),
    "term 2": 1,
    "term 3": ("in_progress", 1),
    "lapse 0": ("lapsed", 1),
    "report 1": 1,
    "report 4": 1,
    "agrément": 1,
    "qualification PASSI": 1,
    "assurance": 1,
    "account": 1,
    "opinion reminded": 1,
    "opinion late": 1,
    "quote reminded": 1,
    "quote late": 1,
    "offer": "expired",
    "entry": 1,
    "parcel": 1,
    "export": "expired",
    "head": 1,
}


@pytest.mark.parametrize(
    "night",
    [
        "an hour less",
        pytest.param("an hour more", marks=pytest.mark.slow),
        pytest.param("ordinary", marks=pytest.mark.slow),
    ],
)
def test_after_26_hours_without_beat_everything_due_goes_out_once(night: str) -> None:
    silent_from = SILENT_FROM[night]
    app.loader.import_default_modules()
    with time_machine.travel(silent_from, tick=False) as travel:
        world = World(clock.today() + DAY)
        assert set(run_missed()) == planned(), "a portal that never ran does everything"
        assert nothing_done(seen(world)), seen(world)
        travel.move_to(silent_from + OUTAGE)
        assert set(run_missed()) == planned()
        assert seen(world) == EXPECTED
        # Nothing is missed any more; a second round, and all rounds again, change nothing.
        assert run_missed() == []
        for name in sorted(planned()):
            app.tasks[name]()
        assert seen(world) == EXPECTED
        notice = Deadline.objects.get(dossier=world.terms[5][0], kind="lapse")
        assert notice.due_on == world.day + 30 * DAY


def nothing_done(out: dict[str, Any]) -> bool:
    quiet = {"offer": "sent", "export": "ready"}
    kept = {
        "completion 2": "incomplete",
        "signature 3": "contract_sent",
        "term 3": "in_progress",
        "lapse 0": "in_progress",
    }
    for name, found in out.items():
        if name in kept:
            if found[0] != kept[name]:
                return False
        elif found != quiet.get(name, 0):
            return False
    return True


def test_a_reminder_that_waited_26_hours_tells_the_day_of_its_term_and_reaches_each_person_once() -> None:
    with time_machine.travel(SILENT_FROM["an hour more"], tick=False) as travel:
        journey = Journey().to("contract_sent")
        deadline = Deadline.objects.get(dossier=journey.dossier, kind="signature")
        Deadline.objects.filter(pk=deadline.pk).update(next_on=clock.today() + DAY)
        travel.move_to(SILENT_FROM["an hour more"] + OUTAGE)
        due_on = clock.today() + 20 * DAY
        Deadline.objects.filter(pk=deadline.pk).update(due_on=due_on)
        app.loader.import_default_modules()
        for _ in range(2):
            app.tasks["applications.tasks.sweep_deadlines"]()
            Outbox.objects.exclude(kind="announce").delete()
            outbox.drain(clock.now())
        (notice,) = Notification.objects.filter(recipient=journey.owner, kind="signature_reminder")
        assert f"{due_on.day} novembre 2027" in notice.title + notice.body


def test_beat_that_comes_back_twice_rings_twice_and_everything_is_done_once() -> None:
    with time_machine.travel(SILENT_FROM["ordinary"], tick=False):
        journey = Journey().to("contract_sent").day(10)
        tasks: list[Callable[[], None]] = [app.tasks["applications.tasks.sweep_deadlines"]] * 2
    with time_machine.travel(journey.now, tick=False):
        for task in tasks:
            task()
        assert Outbox.objects.filter(dedup_key__startswith="remind:").count() == 1
        assert Heartbeat.objects.get(name="applications.tasks.sweep_deadlines").beat_at == clock.now()
