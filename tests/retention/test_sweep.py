"""What the sweep does and when: drafts told of first, the archive, money that holds all back, logs, accounts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from applications.models import (
    Company,
    Dossier,
    DossierDocument,
    Hold,
    Letter,
    Listing,
    Message,
    MessageAttachment,
    Mission,
    Payment,
    PendingApproval,
    QuoteRequest,
)
from applications.services.documents import may_read, may_read_letter
from applications.services.retention import due, erasing, sweep
from applications.services.retention.rules import TOLD_DAYS
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.retention.conftest import at_night, later, sweep_on

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    return list(Outbox.objects.filter(dedup_key__contains=":erasure:").values_list("dedup_key", flat=True))


# --- Drafts --------------------------------------------------------------------------------------
def test_a_draft_goes_three_months_after_its_last_change_and_its_owner_knew() -> None:
    draft = f.DossierFactory()
    since = clock.today()
    assert sweep_on(later(since, months=3, days=-TOLD_DAYS - 1)) == {}
    assert sweep_on(later(since, months=3, days=-TOLD_DAYS)) == {"told": 1}
    assert len(told()) == 1
    assert sweep_on(later(since, months=3, days=-1)) == {}
    assert sweep_on(later(since, months=3))["draft"] == 1
    assert not Dossier.objects.exists()
    assert not Document.objects.exists()
    # The volet is free again.
    f.DossierFactory(company=draft.company, device=draft.device, firm=draft.firm, volet=draft.volet)


def test_no_draft_goes_before_its_owner_was_told() -> None:
    """The worker was stopped for months: telling comes first, and its days run."""
    f.DossierFactory()
    late = later(months=7)
    assert sweep_on(late) == {"told": 1}
    assert sweep_on(late + timedelta(days=TOLD_DAYS - 1)) == {}
    assert sweep_on(late + timedelta(days=TOLD_DAYS))["draft"] == 1


def test_a_draft_that_is_touched_again_begins_its_term_anew() -> None:
    draft = f.DossierFactory()
    first = later(months=3, days=-TOLD_DAYS)
    sweep_on(first)
    Dossier.objects.filter(pk=draft.pk).update(updated_at=at_night(first + timedelta(days=1)))
    assert sweep_on(later(months=3)) == {}
    again = later(first + timedelta(days=1), months=3, days=-TOLD_DAYS)
    assert sweep_on(again) == {"told": 1}
    assert len(told()) == 2


def test_a_draft_for_which_offers_may_still_come_stays() -> None:
    draft = f.DossierFactory()
    QuoteRequest.objects.create(
        company=draft.company, dossier=draft, volet=1, device_kind="dm", need="Un besoin",
        asked_by=draft.created_by, asked_at=clock.now(), sent_at=clock.now(), answer_by=later(months=5),
    )  # fmt: skip
    assert sweep_on(later(months=4)) == {}


# --- The archive ---------------------------------------------------------------------------------
def test_a_closed_dossier_leaves_the_desk_for_the_archive() -> None:
    journey = Journey().to("closed")
    officer, manager, auditor = journey.officer, journey.manager, f.AuditorFactory()
    assert sweep_on(later(journey.today, months=24, days=-1)) == {}
    assert sweep_on(later(journey.today, months=24))["archive"] == 1
    assert not Dossier.objects.visible_to(officer).exists()
    for reader in (manager, auditor, journey.controller, journey.owner, journey.expert):
        assert Dossier.objects.visible_to(reader).exists()
    assert not Listing.objects.all().visible_to(manager).exists()
    (event,) = Event.objects.filter(chain=erasing.CHAIN, name=erasing.ARCHIVED)
    assert event.data == {"rule": "archive", "dossiers": [journey.dossier.pk]}


def test_the_desk_reads_no_file_letter_or_mission_of_the_archive() -> None:
    journey = Journey().to("closed")
    message = Message.objects.create(
        dossier=journey.dossier, thread="company", author=journey.owner, body="Bonjour.", sent_at=journey.now
    )
    certificate = journey.mission.certificates.get(void_at=None)
    certificate.document = f.DocumentFactory(kind="service_certificate")
    certificate.save()
    papers = [
        DossierDocument.objects.filter(dossier=journey.dossier).exclude(document=None)[0].document,
        MessageAttachment.objects.create(message=message, document=f.DocumentFactory()).document,
        certificate.document,
    ]
    letter = Letter.objects.filter(dossier=journey.dossier)[0]

    def reads(person: User) -> list[bool]:
        files = [may_read(person, paper).allowed for paper in papers]
        missions = Mission.objects.visible_to(person).filter(pk=journey.mission.pk)
        return [*files, may_read_letter(person, letter).allowed, missions.exists()]

    assert all(reads(journey.officer))
    sweep_on(later(journey.today, months=24))
    assert not any(reads(journey.officer))
    for reader in (journey.manager, journey.controller, f.AuditorFactory()):
        assert all(reads(reader))


def test_a_payment_that_comes_back_brings_its_dossier_back_to_the_desk() -> None:
    journey = Journey().to("closed")
    sweep_on(later(journey.today, months=24))
    inputs = {"motive": "Le compte est clos.", "bank_reason": "AC04", "then": "pay"}
    journey.act("reverse_payment", journey.payer, mission=journey.mission, **inputs)
    journey.act("reverse_payment", journey.manager, mission=journey.mission, motive="Le compte est clos.")
    assert journey.dossier.state == "payment_approved"
    assert Dossier.objects.visible_to(journey.officer).exists()
    assert Listing.objects.all().visible_to(journey.officer).exists()


# --- Money ---------------------------------------------------------------------------------------
def hold(journey: Journey) -> Any:
    return Hold.objects.create(
        mission=journey.mission, reason="seizure", motive="Une saisie.", set_at=journey.now
    )


def pending(journey: Journey) -> Any:
    return PendingApproval.objects.create(
        dossier=journey.dossier, mission=journey.mission, transition="reverse_payment", version=1,
        asked_by=journey.payer, asked_at=journey.now,
    )  # fmt: skip


def replaced(journey: Journey) -> Any:
    """A first expert, replaced, who closed and is not paid yet."""
    mission = journey.mission
    mission.pk, mission.rank, mission.is_current, mission.state = None, 9, False, "closure_submitted"
    mission.save()
    return mission


@pytest.mark.parametrize("cause", [hold, pending, replaced])
@pytest.mark.parametrize(("state", "months"), [("cancelled", 24), ("closed", 120)])
def test_nothing_goes_while_money_is_pending(state: str, months: int, cause: Any) -> None:
    journey = Journey().to(state)
    row = cause(journey)
    day = later(journey.today, months=months + 30)
    sweep_on(day)
    kept = Dossier.objects.get(pk=journey.dossier.pk)
    assert (kept.erased_on, kept.archived_on) == (None, None)
    row.delete()
    sweep_on(day + timedelta(days=1))
    assert Dossier.objects.get(pk=journey.dossier.pk).erased_on == day + timedelta(days=1)


def pay_the_replaced(journey: Journey) -> Payment:
    """Have the first expert of a dossier be paid, though its second one brings nothing."""
    mission = replaced(journey)
    Mission.objects.filter(pk=mission.pk).update(state="paid")
    return Payment.objects.create(
        mission=mission, ht=Decimal("1000.00"), ttc=Decimal("1200.00"), reference="VIR-1", account="",
        paid_on=journey.today, paid_by=journey.payer, recorded_at=journey.now,
    )  # fmt: skip


def test_a_request_that_ended_after_an_aid_was_paid_is_kept_ten_years() -> None:
    journey = Journey().to("cancelled")
    pay_the_replaced(journey)
    assert sweep_on(later(journey.today, months=24))["archive"] == 1
    kept = Dossier.objects.get(pk=journey.dossier.pk)
    assert (kept.erased_on, kept.archived_on) == (None, later(journey.today, months=24))
    assert sweep_on(later(journey.today, months=120, days=-1)) == {}
    assert sweep_on(later(journey.today, months=120))["paid"] == 1
    assert Dossier.objects.get(pk=journey.dossier.pk).erased_on is not None


def test_an_aid_that_came_back_does_not_keep_the_request() -> None:
    journey = Journey().to("cancelled")
    payment = pay_the_replaced(journey)
    Mission.objects.filter(pk=payment.mission_id).update(state="ended")
    Payment.objects.filter(pk=payment.pk).update(reversed_on=journey.today, reversal_motive="Compte clos.")
    assert sweep_on(later(journey.today, months=24))["ended"] == 1


@pytest.mark.twin
def test_the_twin_without_the_guard_of_money_erases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "money_pending", lambda: Q(pk__in=[]))
    journey = Journey().to("closed")
    hold(journey)
    sweep_on(later(journey.today, months=150))
    assert Dossier.objects.get(pk=journey.dossier.pk).erased_on is not None


# --- Batches -------------------------------------------------------------------------------------
def test_one_that_fails_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    first, second = Journey().to("withdrawn"), Journey().to("withdrawn")
    erase = erasing.erase

    def fails(keys: Any, **how: Any) -> None:
        if first.dossier.pk in keys:
            raise ValueError("damaged")
        erase(keys, **how)

    monkeypatch.setattr(erasing, "erase", fails)
    assert sweep_on(later(months=25))["ended"] == 1
    assert "could not be worked" in caplog.text
    assert Dossier.objects.get(pk=first.dossier.pk).erased_on is None
    assert Dossier.objects.get(pk=second.dossier.pk).erased_on is not None
    assert verify() == []


def test_an_owner_who_cannot_be_told_keeps_no_other_from_being_told(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    first, second = f.DossierFactory(), f.DossierFactory()
    notify = sweep.notify

    def fails(**how: Any) -> None:
        if how["subject"][0] == first.chain:
            raise ValueError("damaged")
        notify(**how)

    monkeypatch.setattr(sweep, "notify", fails)
    assert sweep_on(later(months=3, days=-TOLD_DAYS)) == {"told": 1}
    assert "could not be worked" in caplog.text
    assert Dossier.objects.get(pk=first.pk).erasure_told_on is None
    assert Dossier.objects.get(pk=second.pk).erasure_told_on is not None


def test_what_is_due_is_found_by_an_index() -> None:
    """On both databases, whatever is kept beside it."""
    today = later(months=36)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for rows in (due.ended(today), due.paid(today), due.to_archive(today), due.idle_drafts(today)):
        assert "dossier_" in rows.explain(), rows.explain()


def test_the_same_day_twice_does_nothing_more() -> None:
    journey = Journey().to("withdrawn")
    day = later(journey.today, months=24)
    assert sweep_on(day)["ended"] == 1
    events = Event.objects.count()
    assert sweep_on(day) == {}
    assert Event.objects.count() == events


# --- Logs and accounts ---------------------------------------------------------------------------
def test_what_was_sent_and_told_goes_after_a_year() -> None:
    person = f.UserFactory()
    now = clock.now()
    for age in (400, 0):
        at = now - timedelta(days=age)
        Notification.objects.create(
            recipient=person, kind="test", title="Un avis", event_ref=f"test:{age}", created_at=at
        )
        for key, done in (("done", at), ("open", None)):
            row = Outbox.objects.create(kind="email", dedup_key=f"{key}:{age}", due_at=at, done_at=done)
            Outbox.objects.filter(pk=row.pk).update(created_at=at)
    done = sweep.sweep(now=at_night(clock.today()), today=clock.today())
    assert done["log"] == 2
    assert set(Outbox.objects.values_list("dedup_key", flat=True)) == {"done:0", "open:0", "open:400"}
    assert Notification.objects.get().event_ref == "test:0"
    assert outbox.relay(now) == 2


def test_an_address_that_looks_like_an_erased_one_is_a_persons() -> None:
    person = f.UserFactory(email="compte-bancaire@entreprise.exemple")
    assert sweep_on(later(months=24, days=1))["account"] == 1
    person.refresh_from_db()
    assert person.full_name.startswith("Personne effacée")
    assert sweep_on(later(months=24, days=2)) == {}


def test_an_account_that_was_used_lately_keeps_its_company() -> None:
    journey = Journey().to("withdrawn")
    day = later(journey.today, months=24)
    User.objects.filter(pk=journey.owner.pk).update(last_login=at_night(later(months=20)))
    sweep_on(day)
    company = Company.objects.get(pk=journey.dossier.company_id)
    assert (company.erased_on, company.name) == (None, journey.dossier.company.name)
    assert User.objects.get(pk=journey.owner.pk).is_active
    sweep_on(later(months=44, days=1))
    assert Company.objects.get(pk=company.pk).name.startswith("Entreprise effacée")
    assert User.objects.get(pk=journey.owner.pk).full_name.startswith("Personne effacée")
    assert verify() == []
