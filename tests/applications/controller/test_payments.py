"""The controllers' pages: tabs, what is seen before paying, and a number of queries that never grows."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Mission
from portal import clock
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


def tabs(answer: Any) -> dict[str, int]:
    return {tab["label"]: tab["count"] for tab in answer.context["tabs"]}


def test_a_mission_goes_from_tab_to_tab() -> None:
    journey = Journey().to("closure_submitted")
    client = signed_in(journey.controller)
    listed = reverse("payment_list")
    none = {"À valider": 0, "À payer": 0, "Payés": 0, "Suspendus": 0, "Revenus": 0}
    assert tabs(client.get(listed)) == none | {"À valider": 1}
    ours = journey.mission.invoices.get(addressee="bpifrance")
    assert client.get(listed).context["totals"] == {"ht": ours.ht, "ttc": ours.ttc}
    journey.act("set_hold", journey.controller, reason="seizure", motive=MOTIVE)
    assert tabs(client.get(listed))["Suspendus"] == 1
    assert "Saisie" in client.get(listed, {"vue": "hold"}).content.decode()
    hold = journey.mission.holds.get()
    journey.act("lift_hold", journey.officer, hold=hold.pk, motive=MOTIVE)
    journey.to("payment_approved")
    assert tabs(client.get(listed)) == none | {"À payer": 1}
    journey.to("paid")
    assert f"VIR-{journey.dossier.pk}" in client.get(listed, {"vue": "paid"}).content.decode()
    assert tabs(client.get(listed, {"q": "introuvable"}))["Payés"] == 0
    journey.act("reverse_payment", journey.payer, motive=MOTIVE, bank_reason="AC04", then="hold")
    journey.act("reverse_payment", journey.manager)
    assert tabs(client.get(listed)) == none | {"À payer": 1, "Suspendus": 1, "Revenus": 1}
    returned = client.get(listed, {"vue": "reversed"})
    assert "Compte clos (AC04)" in returned.content.decode()
    assert returned.context["totals"] == {"ht": ours.ht, "ttc": ours.ttc}


def test_the_payment_page_shows_both_sides_and_masks_the_iban() -> None:
    journey = Journey().to("closure_submitted")
    invoice = journey.mission.invoices.get(addressee="bpifrance")
    invoice.ht -= Decimal("0.01")
    invoice.ttc -= Decimal("0.01")
    invoice.save()
    page = (
        signed_in(journey.controller)
        .get(reverse("payment_detail", args=[journey.mission.pk]))
        .content.decode()
    )
    assert journey.mission.firm.iban not in page
    assert "FR••" in page
    assert "−0,01\xa0€" in page
    assert "un centime d’écart est refusé" in page
    assert "La restitution n’est pas confirmée" in page


def test_the_account_is_read_in_full_by_who_may_pay_and_the_reading_is_kept() -> None:
    journey = Journey().to("payment_approved")
    address = reverse("payment_account", args=[journey.mission.pk])
    firm = journey.mission.firm
    readings = Event.objects.filter(chain=f"firm:{firm.pk}", name="account_read")
    for user in (journey.officer, f.AuditorFactory()):
        assert signed_in(user).post(address).status_code == 403
    assert not readings.exists()
    for user in (journey.payer, journey.manager):
        answer = signed_in(user).post(address)
        assert firm.iban in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert list(readings.values_list("actor_ref", flat=True)) == [journey.payer.pk, journey.manager.pk]
    assert firm.iban not in str(list(readings.values_list("data", flat=True)))
    assert signed_in(journey.payer).get(address).status_code == 405
    journey.to("paid")
    assert signed_in(journey.payer).post(address).status_code == 302
    assert readings.count() == 2


def test_who_approved_does_not_pay_and_what_was_typed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("payment_approved")
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    address = reverse("desk_mission_act", args=[journey.mission.pk, "mark_paid"])
    typed = {"version": journey.dossier.version, "reference": "VIR-88", "paid_on": clock.today().isoformat()}
    page = signed_in(journey.controller).post(address, typed).content.decode()
    assert "Vous avez déjà pris une autre décision d’argent" in page
    assert "VIR-88" in page
    answer = signed_in(journey.payer).post(address, typed)
    assert answer.url == reverse("payment_detail", args=[journey.mission.pk])
    assert Mission.objects.get().state == "paid"
    assert signed_in(journey.payer).post(address, typed).status_code == 409


def test_a_wrong_date_is_told_and_kept() -> None:
    journey = Journey().to("payment_approved")
    address = reverse("desk_mission_act", args=[journey.mission.pk, "mark_paid"])
    typed = {"version": journey.dossier.version, "reference": "VIR-88", "paid_on": "31/02/2026"}
    page = signed_in(journey.payer).post(address, typed).content.decode()
    assert "Cette date n’existe pas" in page
    assert "31/02/2026" in page


def test_only_those_who_read_enter() -> None:
    journey = Journey().to("closure_submitted")
    page = reverse("payment_detail", args=[journey.mission.pk])
    for user, status in (
        (journey.controller, 200),
        (journey.manager, 200),
        (journey.officer, 200),
        (f.AuditorFactory(), 200),
        (journey.owner, 403),
        (journey.expert, 403),
        (f.AdministratorFactory(), 403),
    ):
        assert signed_in(user).get(page).status_code == status
    assert signed_in(journey.controller).get(reverse("payment_detail", args=[0])).status_code == 404


def test_the_list_asks_the_same_queries_for_one_or_many() -> None:
    first = Journey().to("closure_submitted")
    client = signed_in(first.controller)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("payment_list"))
        return len(seen)

    one = queries()
    for _ in range(3):
        Journey().to("closure_submitted")
    assert queries() == one <= 10
