"""Powers lent during an absence: dated, seen in the history, and never both eyes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from applications.models import Derogation
from applications.services.transitions import available
from applications.workflow.refusals import NotYours
from portal.accounts.models import PowerDelegation, StaffRole, User
from portal.accounts.services import Refused, delegate_powers, end_powers
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db


def lend(journey: Journey, giver: User, receiver: User, days: int = 7) -> PowerDelegation:
    return delegate_powers(
        giver=giver,
        receiver=receiver,
        valid_from=journey.today,
        valid_until=journey.today + timedelta(days=days),
        motive="Congés d’été",
        today=journey.today,
        now=journey.now,
    )


def large() -> Journey:
    """Return a request under review whose share needs a manager."""
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount=Decimal("60000.00"))
    return journey.to("under_review")


def test_a_colleague_decides_for_the_manager_from_the_first_day_to_the_last() -> None:
    journey, deputy = large(), f.OfficerFactory()
    with pytest.raises(NotYours):
        journey.act("decide_derogation", deputy, granted=True, motive=MOTIVE)
    lend(journey, journey.manager, deputy)
    journey.act("approve", journey.officer)
    journey.day(7).act("approve", deputy)
    event = Event.objects.filter(chain=journey.dossier.chain, name="approve").get()
    assert event.data["by_delegation_of"] == journey.manager.pk
    page = signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk]))
    assert f"par délégation de {journey.manager.full_name}" in page.content.decode()


@pytest.mark.parametrize(
    "how", ["the day after", "taken back", "giver left", "giver changed", "receiver left"]
)
def test_a_power_is_worth_nothing_any_more(how: str) -> None:
    journey, deputy = large(), f.OfficerFactory()
    power = lend(journey, journey.manager, deputy)
    journey.act("approve", journey.officer)
    if how == "the day after":
        journey.day(8)
    elif how == "taken back":
        end_powers(delegation=power, actor=journey.manager, now=journey.now)
    else:
        user = deputy if how == "receiver left" else journey.manager
        change = {"staff_role": "auditor"} if how == "giver changed" else {"is_active": False}
        User.objects.filter(pk=user.pk).update(**change)
        deputy.refresh_from_db()
    if how == "receiver left":
        with pytest.raises(NotYours):
            journey.act("approve", deputy)
    else:
        assert refused(journey, "approve", deputy) == {"same_role"}


def test_a_power_lent_never_makes_one_person_both_eyes() -> None:
    journey = large()
    lend(journey, journey.manager, journey.officer)
    journey.act("approve", journey.officer)
    assert refused(journey, "approve", journey.officer) == {"same_person"}
    journey.act("approve", journey.manager)


def test_who_lent_the_power_counts_as_having_acted() -> None:
    journey, deputy = large(), f.OfficerFactory()
    lend(journey, journey.manager, deputy)
    journey.act("approve", journey.officer)
    journey.act("approve", deputy)
    journey.to("payment_approved")
    inputs = {"reference": "VIR-1", "paid_on": journey.today}
    # The manager decided nothing in person: his deputy did, with his power.
    assert refused(journey, "mark_paid", journey.manager, **inputs) == {"two_decisions"}
    journey.act("mark_paid", f.ManagerFactory(), **inputs)


def test_a_controllers_deputy_does_not_pay_what_the_controller_approved() -> None:
    journey, deputy = Journey().to("closure_submitted"), f.ManagerFactory()
    lend(journey, journey.controller, deputy)
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    journey.act("approve_payment", deputy)
    inputs = {"reference": "VIR-1", "paid_on": journey.today}
    for actor in (deputy, journey.controller):
        assert refused(journey, "mark_paid", actor, **inputs) == {"two_decisions"}
    journey.act("mark_paid", journey.payer, **inputs)


def test_who_advised_on_a_derogation_does_not_decide_it_by_delegation() -> None:
    journey = Journey(firm=f.ExpertFirmFactory(volets=()))
    Derogation.objects.create(
        dossier=journey.dossier, firm=journey.dossier.firm, reason=MOTIVE, requested_at=journey.now
    )
    f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
    revision = journey.dossier.revision
    journey.act("submit", journey.owner, expected_revision=revision, file_anyway=True, **ENGAGED)
    journey.to("under_review")
    lend(journey, journey.manager, journey.officer)
    journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    assert refused(journey, "decide_derogation", journey.officer, granted=True, motive=MOTIVE) == {
        "advised_before"
    }
    journey.act("decide_derogation", journey.manager, granted=True, motive=MOTIVE)


def test_the_deputy_is_offered_the_acts_lent_and_a_stranger_gets_nothing_by_them() -> None:
    journey, deputy = Journey().to("in_progress"), f.OfficerFactory()
    before = {offer.transition.name for offer in available(journey.dossier, deputy, now=journey.now)}
    lend(journey, journey.manager, deputy)
    after = {offer.transition.name for offer in available(journey.dossier, deputy, now=journey.now)}
    assert "cancel" in after - before
    page = signed_in(deputy).get(reverse("desk_act", args=[journey.dossier.pk, "cancel"]))
    assert f"par délégation de <b>{journey.manager.full_name}</b>" in page.content.decode()
    draft = Journey()
    assert not available(draft.dossier, deputy, now=draft.now)


# --- Lending -------------------------------------------------------------------------------------
def refusal(journey: Journey, giver: User, receiver: User, **changed: object) -> str:
    inputs = {
        "valid_from": journey.today,
        "valid_until": journey.today,
        "motive": "Congés",
        "today": journey.today,
        "now": journey.now,
        **changed,
    }
    with pytest.raises(Refused) as found:
        delegate_powers(giver=giver, receiver=receiver, **inputs)  # type: ignore[arg-type]
    return str(found.value)


def test_nobody_becomes_officer_and_controller_nor_lends_what_he_has_not() -> None:
    journey = Journey()
    assert "chargée d’affaires et contrôleuse" in refusal(journey, journey.controller, journey.officer)
    assert "elle les a déjà" in refusal(journey, journey.manager, f.ManagerFactory())
    assert "Seuls un responsable" in refusal(journey, journey.officer, journey.manager)
    assert "elle les a déjà" in refusal(journey, journey.manager, journey.owner)
    yesterday = journey.today - timedelta(days=1)
    assert "avant aujourd’hui" in refusal(journey, journey.manager, journey.officer, valid_from=yesterday)
    assert "après avoir commencé" in refusal(journey, journey.manager, journey.officer, valid_until=yesterday)
    assert "pourquoi" in refusal(journey, journey.manager, journey.officer, motive=" ")


def test_the_page_lends_shows_and_takes_back() -> None:
    journey = Journey()
    page, client = reverse("power_list"), signed_in(journey.manager)
    typed = {
        "receiver": journey.officer.pk,
        "valid_from": journey.today.isoformat(),
        "valid_until": (journey.today + timedelta(days=3)).isoformat(),
        "motive": "Congés d’été",
    }
    assert "Indiquez la date" in client.post(page, typed | {"valid_until": ""}).content.decode()
    assert client.post(page, typed).url == page
    power = PowerDelegation.objects.get()
    assert "En vigueur" in signed_in(f.AuditorFactory()).get(page).content.decode()
    assert signed_in(journey.officer).post(page, typed).status_code == 200
    assert PowerDelegation.objects.count() == 1
    end = reverse("power_end", args=[power.pk])
    assert signed_in(journey.officer).post(end).status_code == 403
    signed_in(journey.controller).post(end)
    power.refresh_from_db()
    assert power.ended_at is None
    client.post(end)
    power.refresh_from_db()
    assert power.ended_at is not None
    names = Event.objects.filter(chain=f"account:{journey.manager.pk}").values_list("name", flat=True)
    assert list(names) == ["powers_delegated", "powers_ended"]
    assert power.role == StaffRole.MANAGER
