"""What is read of a dossier to judge its signals: the right rows, and none that the person may not see."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications.models import Dossier, Offer, Quote, QuoteLine
from applications.services import closure
from applications.services.signals.marks import mark_of
from experts.models import AccountChange, ExpertFirm
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.offers import builders
from tests.applications.signals.builders import (
    DESCRIPTION,
    RIVAL,
    accepted,
    change,
    codes,
    describe,
    pair,
    past_of,
    signal,
)

pytestmark = pytest.mark.django_db

METHOD = "Un audit à blanc de deux jours, la rédaction des procédures, puis un accompagnement de trois mois sur place."


# --- Prices --------------------------------------------------------------------------------------
def test_a_price_far_from_five_accepted_quotes_of_item_and_class_is_told() -> None:
    journey = Journey().to("under_review")
    for amount in ("9000", "9500", "10000", "10500"):
        accepted(amount)
    assert "price_past" not in codes(journey)
    accepted("11000")
    told = signal(journey, "price_past")
    assert dict(told.figures)["Dossiers comparés"] == "5"
    assert "classe IIa" in told.sentence


def test_only_quotes_accepted_lately_for_item_class_and_complexity_are_compared() -> None:
    journey = Journey().to("under_review")
    today = clock.today()
    accepted("10000")
    accepted("10001", on=today.replace(year=today.year - 3))
    accepted("10002", on=today.replace(year=today.year - 3) - timedelta(days=1))
    accepted("10003", risk_class="III")
    accepted("10004", item="qms_training")
    accepted("10005", complexity="simple")
    Quote.objects.filter(lines__in=QuoteLine.objects.filter(amount="10005")).update(accepted_on=None)
    assert past_of(journey) == [Decimal(10000), Decimal(10001)]
    assert past_of(journey, "qms_training") == [Decimal(10004)]


def test_a_dossier_counts_once_by_the_first_quote_accepted_its_lines_together() -> None:
    journey = Journey().to("under_review")
    other = accepted("6000")
    quote = Quote.objects.get(dossier=other)
    QuoteLine.objects.create(quote=quote, position=2, item="qms_support", amount=Decimal(4000))
    accepted("2000", dossier=other, number=2)
    assert past_of(journey) == [Decimal(10000)]


def test_its_own_accepted_quote_is_no_past_price() -> None:
    assert past_of(Journey().to("approved")) == []


def test_an_audit_is_judged_by_the_edition_at_its_complexity() -> None:
    journey = Journey(volet=5).to("under_review")
    lines = QuoteLine.objects.filter(quote__dossier=journey.dossier)
    assert "price_indicative" not in codes(journey)
    lines.update(complexity="simple")
    assert codes(journey) == ["price_indicative"]
    lines.update(complexity="medium")
    assert codes(journey) == []


def test_lines_of_one_item_are_judged_together() -> None:
    journey = Journey(volet=5).to("under_review")
    line = QuoteLine.objects.get(quote__dossier=journey.dossier)
    line.amount, line.complexity = Decimal(4000), "simple"
    line.save()
    assert codes(journey) == []
    line.pk, line.position = None, 2
    line.save()
    assert codes(journey) == ["price_indicative"]


# --- Texts, files and invoices ---------------------------------------------------------------------
def test_a_device_described_in_the_same_words_by_another_company_of_the_firm_is_told() -> None:
    ours, theirs = pair()
    describe(ours, DESCRIPTION)
    describe(theirs, DESCRIPTION.upper())
    told = signal(ours, "text_description")
    assert [(one.number, one.company) for one in told.evidence] == [(theirs.dossier.number, RIVAL)]
    describe(theirs, f"{DESCRIPTION} Seconde version.")
    assert "text_description" not in codes(ours)


def test_the_same_words_with_another_firm_or_for_the_same_company_are_none_of_its_business() -> None:
    company = f.CompanyFactory()
    firm = f.ExpertFirmFactory()
    ours = Journey(firm=firm, company=company).to("under_review")
    again = Journey(firm=firm, company=company, volet=2).to("under_review")
    stranger = Journey().to("under_review")
    for journey in (ours, again, stranger):
        describe(journey, DESCRIPTION)
    assert "text_description" not in codes(ours)


def follow(journey: Journey, method: str, **more: Any) -> Offer:
    """Have an offer of the journey's firm, sent with that method, be the one that its dossier follows."""
    made = builders.asked(company=journey.dossier.company)
    made.invitation.firm = journey.dossier.firm
    made.invitation.save()
    offer = builders.sent(made, method=method)
    state = {"state": Offer.State.ACCEPTED, "accepted_by": made.owner, "ended_at": made.now}
    Offer.objects.filter(pk=offer.pk).update(**{"dossier": journey.dossier, **state, **more})
    return offer


def test_a_method_written_for_another_company_is_told_once_that_one_filed() -> None:
    ours, theirs = pair()
    assert follow(ours, METHOD).method_mark == mark_of(METHOD)
    follow(theirs, METHOD.replace(",", " ;"))
    assert signal(ours, "text_method").evidence[0].company == RIVAL


def test_an_offer_that_no_filed_dossier_follows_is_never_told() -> None:
    ours = Journey().to("under_review")
    follow(ours, METHOD)
    draft = Journey(firm=ours.dossier.firm, company=f.CompanyFactory(name=RIVAL))
    follow(draft, METHOD)
    unfiled = Journey(firm=ours.dossier.firm, company=f.CompanyFactory(name=RIVAL))
    follow(unfiled, METHOD, dossier=None)
    assert "text_method" not in codes(ours)


def test_a_report_or_an_invoice_number_used_elsewhere_by_the_firm_is_told() -> None:
    ours, theirs = pair("closure_submitted")
    assert signal(ours, "report_file").evidence[0].company == RIVAL
    assert "invoice_number" not in codes(ours)
    number = ours.mission.invoices.order_by("pk")[0].number
    theirs.mission.invoices.filter(addressee="company").update(number=number)
    told = signal(ours, "invoice_number")
    assert number in told.sentence
    assert [one.pk for one in told.evidence] == [theirs.dossier.pk]


def test_what_is_said_of_a_delivery_is_marked_when_it_is_written_and_found_again() -> None:
    ours, theirs = pair("work_done")
    said = "Partie 3, où le rapport compare chaque exigence de la norme aux procédures de l’entreprise, pages 12 à 40."
    for journey in (ours, theirs):
        line = {"item": "qms_support", "delivered": Decimal(20000), "report_reference": said}
        closure.save_delivered_lines(
            journey.mission,
            lines=[line],
            seen=closure.delivered_fingerprint(journey.mission),
            actor=journey.expert,
            now=journey.now,
        )
    assert signal(ours, "text_reference").evidence[0].company == RIVAL
    theirs.mission.delivered_lines.update(reference_mark="")
    assert "text_reference" not in codes(ours)


# --- The account and the people --------------------------------------------------------------------
@pytest.mark.parametrize(("days", "told"), [(-1, []), (0, ["account_changed"])])
def test_an_account_changed_since_the_signature_is_told_without_the_account(
    days: int, told: list[str]
) -> None:
    journey = Journey().to("in_progress")
    assert journey.dossier.signed_on is not None
    change(journey.mission.firm, journey.dossier.signed_on + timedelta(days=days))
    assert codes(journey) == told
    if told:
        assert "30004" not in str(signal(journey, "account_changed"))


def test_an_account_other_than_the_approved_one_is_told_until_it_is_paid() -> None:
    journey = Journey().to("payment_approved")
    ExpertFirm.objects.filter(pk=journey.mission.firm_id).update(iban="FR7630004000031234567890143")
    assert "account_not_approved" in codes(journey)
    ExpertFirm.objects.filter(pk=journey.mission.firm_id).update(iban="FR7630006000011234567890189")
    journey.to("paid")
    ExpertFirm.objects.filter(pk=journey.mission.firm_id).update(iban="FR7630004000031234567890143")
    assert "account_not_approved" not in codes(journey)


def test_a_stopped_change_is_not_told() -> None:
    journey = Journey().to("in_progress")
    changed = change(journey.mission.firm, clock.today())
    AccountChange.objects.filter(pk=changed.pk).update(status=AccountChange.Status.STOPPED)
    assert codes(journey) == []


def test_a_signatory_who_is_a_consultant_of_the_firm_is_told_while_both_are_active() -> None:
    journey = Journey().to("under_review")
    assert codes(journey) == []
    first, _, last = journey.owner.full_name.rpartition(" ")
    consultant = journey.mission.firm.consultants.create(full_name=f"{last} {first}")
    told = signal(journey, "person_shared")
    assert "Présidente" in told.sentence
    assert "consultant du cabinet" in told.sentence
    consultant.is_active = False
    consultant.save()
    assert codes(journey) == []


def test_a_member_of_both_organisations_and_a_shareholder_are_told() -> None:
    journey = Journey().to("under_review")
    f.MembershipFactory(user=journey.expert, organisation=journey.dossier.company.organisation)
    assert codes(journey) == ["person_shared"]
    other = Journey().to("under_review")
    holders = [{"name": other.expert.full_name, "kind": "person"}, {"name": other.mission.firm.name.upper()}]
    facts = {**other.dossier.company_facts, "shareholders": holders}
    Dossier.objects.filter(pk=other.dossier.pk).update(company_facts=facts)
    assert codes(other) == ["firm_holder", "person_shared"]
