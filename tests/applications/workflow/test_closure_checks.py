"""What a closure is refused or held for: VAT, files, the quote's version, audits, early dates."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F

from applications.models import DeliveredLine, Invoice, Mission
from applications.services import closure_checks
from applications.services.preflight import examine
from applications.services.settlement import quote_of
from experts.models import ExpertFirm
from tariffs import catalogue
from tests.applications.editions import with_edition
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_closure import CENT, filled, send
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("regime", "rate", "vat", "code"),
    [
        ("standard", "100.00", "12000.00", "vat_rate"),
        ("standard", "0.00", "0.00", "vat_rate"),
        ("standard", "20.00", "2400.01", "vat"),
        ("franchise_293B", "20.00", "2400.00", "vat_rate"),
        ("reverse_charge", "20.00", "2400.00", "vat_rate"),
        ("reverse_charge", "0.00", "0.01", "vat"),
        ("standard", "5.50", "660.00", None),
        ("franchise_293B", "0.00", "0.00", None),
    ],
)
def test_the_vat_is_at_a_rate_of_the_regime_and_to_the_cent_until_the_payment(
    regime: str, rate: str, vat: str, code: str | None
) -> None:
    journey = Journey().to("closure_submitted")
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    ExpertFirm.objects.update(vat_regime=regime)
    Invoice.objects.update(vat_rate=Decimal(rate), vat=Decimal(vat), ttc=F("ht") + Decimal(vat))
    if code is None:
        journey.to("payment_approved")
    else:
        wanted = {f"{code}:{invoice.pk}" for invoice in Invoice.objects.all()}
        assert refused(journey, "approve_payment", journey.controller) == wanted | {"not_certified"}


def test_a_refused_file_is_told_from_one_still_analysed() -> None:
    journey = filled()
    report = journey.mission.documents.get(kind="final_report")
    ours = Invoice.objects.get(addressee="bpifrance")
    for document in (report.document, ours.document):
        assert document is not None
        document.state = "refused"
        document.save()
    assert send(journey) == {"refused_final_report", f"refused_invoice:{ours.pk}"}
    found = closure_checks.documents(journey.mission)
    assert [obstacle.remedy for obstacle in found] == ["Déposez un fichier sain."]


def test_the_signed_quote_is_the_last_version_accepted() -> None:
    journey = filled()
    quote = quote_of(journey.mission)
    assert quote is not None
    line = quote.lines.first()
    assert line is not None
    line.label, line.amount = "autre", line.amount - CENT
    line.save()
    assert "quote_version_differs" in send(journey)
    journey.mission.documents.filter(kind="signed_quote").update(lines_hash=quote.lines_hash)
    assert "quote_version_differs" not in send(journey)


def test_an_audit_has_both_dates_and_ends_with_the_work() -> None:
    journey = filled(volet=5)
    lines = DeliveredLine.objects.filter(item="code_audit")
    lines.update(audited_from=None)
    assert "no_audit_dates:code_audit" in send(journey)
    lines.update(audited_from=journey.today, audited_until=journey.today + timedelta(days=1))
    assert "audit_after_work:code_audit" in send(journey)
    lines.update(audited_until=journey.today - timedelta(days=1))
    assert "audit_dates:code_audit" in send(journey)


def test_an_audit_begun_before_the_contract_holds_the_mission() -> None:
    journey = filled(volet=5)
    assert journey.dossier.signed_on is not None
    eve = journey.dossier.signed_on - timedelta(days=1)
    DeliveredLine.objects.filter(item="code_audit").update(audited_from=eve)
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    hold = journey.mission.holds.get()
    assert hold.reason == "started_early"
    assert hold.early == [f"audit:code_audit@{eve}"]


@pytest.mark.parametrize(("event", "told"), [("contract_signed", True), ("validated", False)])
def test_an_early_invoice_is_pointed_out_where_it_holds_the_mission_only(
    monkeypatch: pytest.MonkeyPatch, event: str, told: bool
) -> None:
    journey = filled()
    with_edition(monkeypatch, term=replace(catalogue.get_edition("2024").term, starts_on_event=event))
    assert journey.dossier.signed_on is not None
    eve = journey.dossier.signed_on - timedelta(days=1)
    Invoice.objects.filter(addressee="company").update(issued_on=eve)
    mission = Mission.objects.get(pk=journey.mission.pk)
    codes = {one.code.partition(":")[0] for one in examine(mission).part("entreprise").remarks}
    assert ("issued_on" in codes, bool(closure_checks.early_things(mission))) == (told, told)


def test_a_lifted_hold_hides_no_other_document_of_the_same_name() -> None:
    journey = filled()
    assert journey.dossier.signed_on is not None
    eve = journey.dossier.signed_on - timedelta(days=1)
    Invoice.objects.filter(addressee="company").update(issued_on=eve)
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    hold = journey.mission.holds.get()
    journey.act("lift_hold", journey.manager, hold=hold.pk, motive=MOTIVE)
    journey.to("closure_incomplete")
    Invoice.objects.filter(addressee="company").update(issued_on=eve - timedelta(days=90))
    journey.correct_closure()
    again = journey.mission.holds.get(lifted_at=None)
    assert again.motive == hold.motive
    # Before it is lifted, what comes on top joins it.
    journey.to("closure_incomplete")
    Invoice.objects.filter(addressee="bpifrance").update(issued_on=eve)
    journey.correct_closure()
    again.refresh_from_db()
    assert len(again.early) == 2
    assert Invoice.objects.get(addressee="bpifrance").number in again.motive
