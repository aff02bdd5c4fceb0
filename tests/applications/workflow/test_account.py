"""The account paid is the one approved; another one takes two persons and 48 hours, then holds what was approved."""

from datetime import timedelta

import pytest

from applications.models import Payment
from applications.services.payments.accounts import apply_due
from experts import services
from experts.models import AccountChange
from experts.services import bank_accounts
from portal.accounts.models import User
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db
OTHER = "FR1420041010050500013M02606"


def ask(journey: Journey, iban: str = OTHER) -> AccountChange:
    firm = journey.mission.firm
    change = services.update_payment_details(
        firm=firm,
        actor=journey.expert,
        now=journey.now,
        iban=iban,
        bic="AGRIFRPP882",
        vat_regime="standard",
        vat_number="FR83404833048",
    )
    assert change is not None
    return change


def colleague(journey: Journey, *, before: int = 30) -> User:
    """Return another person of the firm, member since so many days."""
    joined_at = journey.now - timedelta(days=before)
    return f.MembershipFactory(organisation=journey.mission.firm.organisation, joined_at=joined_at).user


def change_account(journey: Journey, iban: str = OTHER) -> None:
    """Have another account asked, confirmed by a colleague, and in force two days later."""
    change = ask(journey, iban)
    services.confirm_as_member(change=change, actor=colleague(journey), now=journey.now)
    journey.day(2)
    assert apply_due(now=journey.now) == 1
    journey.dossier.refresh_from_db()


def pay(journey: Journey) -> set[str]:
    return refused(journey, "mark_paid", journey.payer, reference="VIR-1", paid_on=journey.today)


def lift(journey: Journey) -> None:
    hold = journey.mission.holds.get(lifted_at=None)
    journey.act("lift_hold", journey.controller, hold=hold.pk, motive=MOTIVE)


def test_the_account_approved_is_paid_and_kept_masked() -> None:
    journey = Journey().to("paid")
    payment = Payment.objects.get()
    iban = journey.mission.firm.iban
    assert payment.account.endswith(iban[-4:])
    assert iban not in payment.account
    assert iban not in journey.mission.approved_account


def test_nothing_changes_before_a_second_person_and_48_hours() -> None:
    journey = Journey().to("payment_approved")
    before = journey.mission.firm.iban
    change = ask(journey.day())
    journey.day(10)
    assert apply_due(now=journey.now) == 0
    services.confirm_as_member(change=change, actor=colleague(journey), now=journey.now)
    assert apply_due(now=journey.now + timedelta(hours=48, seconds=-1)) == 0
    assert journey.mission.firm.iban == before
    assert apply_due(now=journey.now + timedelta(hours=48)) == 1
    assert journey.mission.firm.iban == OTHER
    assert apply_due(now=journey.now + timedelta(hours=96)) == 0


@pytest.mark.twin
def test_without_the_48_hours_another_account_is_paid_the_next_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey, minute = Journey().to("payment_approved"), timedelta(minutes=1)
    change = ask(journey)
    monkeypatch.setattr(bank_accounts, "DELAY", minute)
    services.confirm_as_member(change=change, actor=colleague(journey), now=journey.now)
    assert apply_due(now=journey.now + minute) == 1
    assert journey.mission.firm.iban == OTHER


@pytest.mark.twin
def test_whose_request_it_was_forgotten_one_person_changes_an_account_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey = Journey().to("payment_approved")
    change, other = ask(journey), colleague(journey)
    read = bank_accounts._lock_change

    def forgetting(asked: AccountChange) -> AccountChange:
        current = read(asked)
        current.asked_by = other
        return current

    monkeypatch.setattr(bank_accounts, "_lock_change", forgetting)
    services.confirm_as_member(change=change, actor=journey.expert, now=journey.now)
    assert apply_due(now=journey.now + bank_accounts.DELAY) == 1


def test_an_account_in_force_holds_what_was_approved_before_until_somebody_checked() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    assert journey.mission.holds.get().reason == "iban_change"
    assert pay(journey) == {"hold:iban_change", "iban_changed"}
    lift(journey)
    journey.to("paid")
    assert Payment.objects.get().account.endswith(OTHER[-4:])


def test_what_is_not_approved_yet_is_not_held() -> None:
    journey = Journey().to("closure_submitted")
    change_account(journey)
    assert not journey.mission.holds.exists()
    journey.to("paid")


def test_a_new_change_after_the_hold_was_lifted_holds_again() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    lift(journey)
    change_account(journey, "FR7630006000011234567890189")
    assert pay(journey) == {"hold:iban_change", "iban_changed"}


def test_an_account_emptied_is_not_paid() -> None:
    journey = Journey().to("payment_approved")
    type(journey.mission.firm).objects.filter(pk=journey.mission.firm_id).update(iban="")
    assert pay(journey) == {"no_iban", "iban_changed"}


def told(journey: Journey, words: str) -> list[dict[str, str]]:
    return [row.payload for row in Outbox.objects.filter(kind="notify") if words in row.payload["title"]]


def test_everyone_is_told_and_nobody_of_the_account() -> None:
    journey = Journey().to("payment_approved")
    change_account(journey.day())
    asked = told(journey, "Changement de compte bancaire demandé")
    assert {row["user"] for row in asked} == {journey.expert.pk}
    letters = [row.payload for row in Outbox.objects.filter(kind="email") if "to" in row.payload]
    contact = [row for row in letters if row["to"] == journey.mission.firm.contact_email]
    assert [row["subject"] for row in contact] == [
        "Changement de compte bancaire demandé",
        "Changement de compte bancaire confirmé",
    ]
    changed = told(journey, "Compte bancaire modifié")
    assert {row["user"] for row in changed} >= {journey.controller.pk, journey.payer.pk}
    assert OTHER not in str([*asked, *letters, *changed])


# --- Who confirms ------------------------------------------------------------------------------
def refusal(act, **inputs) -> str:
    with pytest.raises(services.Refused) as refused_:
        act(**inputs)
    return str(refused_.value)


def test_who_asked_never_confirms_and_a_stranger_neither() -> None:
    journey = Journey().to("payment_approved")
    change = ask(journey)
    act, now = services.confirm_as_member, journey.now
    assert "une autre personne" in refusal(act, change=change, actor=journey.expert, now=now)
    assert "pas membre" in refusal(act, change=change, actor=journey.owner, now=now)


def test_who_joined_after_the_request_never_confirms_it() -> None:
    journey = Journey().to("payment_approved")
    change = ask(journey)
    newcomer = colleague(journey.day(), before=0)
    now = journey.now
    assert "après cette demande" in refusal(
        services.confirm_as_member, change=change, actor=newcomer, now=now
    )
    assert services.needs_call_back(change)
    services.confirm_as_member(change=change, actor=colleague(journey), now=now)
    assert apply_due(now=now + timedelta(days=2)) == 1


CALL = {"called_person": "Mme Colin", "called_number": "04 72 00 00 00"}


def test_bpifrance_calls_back_only_a_firm_of_one_member() -> None:
    journey = Journey().to("payment_approved")
    change = ask(journey)
    call = {"change": change, "now": journey.now, "today": journey.today, "called_on": journey.today, **CALL}
    assert "revient à" in refusal(services.confirm_by_call, **call, actor=journey.controller)
    early = call | {"called_on": journey.today - timedelta(days=1)}
    assert "suit la demande" in refusal(services.confirm_by_call, **early, actor=journey.officer)
    nobody = call | {"called_person": " "}
    assert "joint" in refusal(services.confirm_by_call, **nobody, actor=journey.officer)
    colleague(journey)
    assert "Un autre membre" in refusal(services.confirm_by_call, **call, actor=journey.officer)
    change.firm.organisation.memberships.exclude(user=journey.expert).update(is_active=False)
    kept = services.confirm_by_call(**call, actor=journey.officer)
    assert (kept.called_person, kept.confirmed_by) == ("Mme Colin", journey.officer)
    journey.day(2)
    assert apply_due(now=journey.now) == 1


@pytest.mark.parametrize("who", ["expert", "officer", "controller"])
def test_a_change_is_stopped_by_the_firm_or_by_the_desk(who: str) -> None:
    journey = Journey().to("payment_approved")
    change = ask(journey)
    services.confirm_as_member(change=change, actor=colleague(journey), now=journey.now)
    services.stop_change(change=change, actor=getattr(journey, who), now=journey.now)
    assert apply_due(now=journey.now + timedelta(days=3)) == 0
    assert "plus en cours" in refusal(
        services.stop_change, change=change, actor=getattr(journey, who), now=journey.now
    )


def test_one_change_at_a_time_and_the_first_account_at_once() -> None:
    journey = Journey()
    firm = journey.dossier.firm
    assert firm is not None
    type(firm).objects.filter(pk=firm.pk).update(iban="", bic="")
    first = {
        "firm": firm,
        "actor": journey.expert,
        "now": journey.now,
        "bic": "",
        "vat_regime": "franchise_293B",
        "vat_number": "",
    }
    assert services.update_payment_details(**first, iban=OTHER) is None
    firm.refresh_from_db()
    assert firm.iban == OTHER
    other = "FR7630006000011234567890189"
    assert services.update_payment_details(**first, iban=other) is not None
    assert "déjà en cours" in refusal(services.update_payment_details, **first, iban=other)
    firm.refresh_from_db()
    assert firm.iban == OTHER
