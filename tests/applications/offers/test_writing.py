"""A firm writes its offer: drafts, versions, terms, models, and what keeps an offer from being sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications.models import Offer, OfferModel
from applications.services.offers import answering, drafting, saved, sending
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.differences import differences
from applications.services.offers.drafting import Line
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal.audit.models import Event
from portal.documents.models import Document, DocumentState
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.offers.builders import asked, drafted, sent, terms_file, told

pytestmark = pytest.mark.django_db


def codes(offer: Offer, made: Any) -> set[str]:
    return {one.code for one in sending.obstacles(offer, today=made.today)}


def test_a_draft_is_started_once_and_by_its_firm_alone() -> None:
    made = asked()
    first = drafting.start(invitation=made.invitation, actor=made.expert, now=made.now, today=made.today)
    again = drafting.start(invitation=made.invitation, actor=made.expert, now=made.now, today=made.today)
    assert first == again
    for stranger in (made.rival_expert, made.owner, f.OfficerFactory()):
        with pytest.raises(NotYours):
            drafting.start(invitation=made.invitation, actor=stranger, now=made.now, today=made.today)


def test_an_offer_is_not_begun_after_the_day_to_answer() -> None:
    made = asked()
    late = made.request.answer_by + timedelta(days=1)
    with pytest.raises(WrongState):
        drafting.start(invitation=made.invitation, actor=made.expert, now=made.now, today=late)


def test_a_page_older_than_a_save_overwrites_nothing() -> None:
    made = asked()
    offer = drafted(made)
    with pytest.raises(Stale):
        drafting.save(
            offer=offer,
            actor=made.expert,
            now=made.now,
            expected_revision=offer.revision - 1,
            told=told(made.today, method="Autre"),
        )
    assert "audit à blanc" in Offer.objects.get(pk=offer.pk).method


def test_what_could_not_be_read_is_kept_and_keeps_the_offer_back() -> None:
    made = asked()
    offer = drafted(made)
    typed = {"line0_amount": ["beaucoup\x00"]}
    offer = drafting.keep_typed(
        offer=offer, actor=made.expert, now=made.now, expected_revision=offer.revision, typed=typed
    )
    assert offer.typed == {"line0_amount": ["beaucoup"]}
    assert codes(offer, made) == {"typed"}


def test_a_consultant_of_another_firm_is_nobody() -> None:
    made = asked()
    theirs = made.rival.firm.consultants.create(full_name="Rivale")
    ours = made.invitation.firm.consultants.create(full_name="Nôtre")
    lines = (
        Line("qms_support", Decimal("10.00"), consultant=theirs.pk),
        Line("qms_training", Decimal("10.00"), consultant=ours.pk),
    )
    offer = drafted(made, None, *lines)
    assert [line.consultant for line in offer.lines.all()] == [None, ours]


def test_a_whole_offer_lacks_nothing() -> None:
    made = asked()
    assert sending.obstacles(drafted(made), today=made.today) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": ()}, "no_line"),
        ({"lines": (Line("travel", Decimal("10.00")),)}, "no_line"),
        (
            {"lines": (Line("qms_support", Decimal("1.00")), Line("code_audit", Decimal("1.00")))},
            "foreign_line",
        ),
        ({"method": "Court."}, "method"),
        ({"planning": ()}, "lack:phase0_label"),
        ({"interview_confirmed_on": None}, "no_interview"),
        ({"valid_until": None}, "no_validity"),
        ({"ip": IpChoices()}, "lack:kind"),
        ({"confidentiality": ConfidentialityChoices()}, "lack:secret_years"),
    ],
)
def test_each_thing_that_lacks_is_said(changes: dict[str, Any], code: str) -> None:
    made = asked()
    offer = drafted(made)
    said = replace(told(made.today), **changes)
    offer = drafting.save(
        offer=offer, actor=made.expert, now=made.now, expected_revision=offer.revision, told=said
    )
    assert code in codes(offer, made)
    with pytest.raises(Refused):
        sending.send(offer=offer, actor=made.expert, now=made.now, expected_revision=offer.revision)
    assert Offer.objects.get(pk=offer.pk).is_draft


@pytest.mark.parametrize(
    ("interview", "validity", "code"),
    [
        (1, 30, "interview_to_come"),
        (-1, 30, "interview_too_early"),
        (0, -1, "validity"),
        (0, 400, "validity"),
    ],
)
def test_dates_out_of_bounds_are_said(interview: int, validity: int, code: str) -> None:
    made = asked()
    days = {
        "interview_confirmed_on": made.today + timedelta(days=interview),
        "valid_until": made.today + timedelta(days=validity),
    }
    assert codes(drafted(made, **days), made) == {code}


def test_the_firm_holds_its_accreditation_its_audit_qualification_and_its_insurance() -> None:
    made = asked(volet=5)
    lines = (Line("code_audit", Decimal("9000.00"), complexity="medium"),)
    offer = drafted(made, None, *lines)
    assert codes(offer, made) == set()
    firm = made.invitation.firm
    firm.passi_certificates.all().delete()
    firm.accreditations.all().delete()
    firm.insurance_until = made.today - timedelta(days=1)
    firm.save()
    offer = Offer.objects.get(pk=offer.pk)
    assert codes(offer, made) == {"firm:expert.accredited", "firm:expert.passi", "insurance"}


def test_terms_wait_for_the_antivirus_and_are_hashed() -> None:
    made = asked()
    offer = drafted(made)
    assert offer.terms is not None
    assert offer.terms_sha256 == offer.terms.sha256
    Document.objects.filter(pk=offer.terms_id).update(state=DocumentState.PENDING)
    assert codes(Offer.objects.get(pk=offer.pk), made) == {"terms_pending"}


def test_replaced_terms_are_removed_unless_a_version_that_was_sent_holds_them() -> None:
    made = asked()
    former = sent(made).terms_id
    fresh = drafting.start(invitation=made.invitation, actor=made.expert, now=made.now, today=made.today)
    assert fresh.terms_id == former
    drafting.attach_terms(offer=fresh, actor=made.expert, now=made.now, file=terms_file("cgs"))
    assert Document.objects.filter(pk=former).exists()
    fresh.refresh_from_db()
    second = fresh.terms_id
    drafting.drop(offer=fresh, actor=made.expert)
    assert not Document.objects.filter(pk=second).exists()


def test_sending_freezes_prices_tells_the_company_once_and_orders_the_pdf() -> None:
    made = asked()
    offer = sent(made)
    assert (offer.state, offer.edition, offer.issued_on) == ("sent", "2024", made.today)
    assert (offer.total, offer.eligible_total) == (Decimal("38600.00"), Decimal("38000.00"))
    assert (offer.bpifrance_share, offer.company_share) == (Decimal("19000.00"), Decimal("19600.00"))
    assert offer.content["uncovered"] == [{"label": "Frais de déplacement", "amount": "600.00"}]
    assert Outbox.objects.filter(kind="render_offer", payload={"offer": offer.pk}).count() == 1
    assert Outbox.objects.filter(kind="notify", payload__user=made.owner.pk).count() == 1
    assert Event.objects.filter(chain=made.request.chain, name="offer_sent").count() == 1


def test_what_is_frozen_never_names_the_company() -> None:
    made = asked()
    assert made.company.name not in str(sent(made).content)


def test_a_sent_offer_never_changes_and_a_new_version_replaces_it() -> None:
    made = asked()
    first = sent(made)
    with pytest.raises(WrongState):
        drafting.save(
            offer=first,
            actor=made.expert,
            now=made.now,
            expected_revision=first.revision,
            told=told(made.today),
        )
    cheaper = (Line("qms_support", Decimal("35000.00"), label="Audit à blanc"),)
    second = sent(made, None, *cheaper)
    first.refresh_from_db()
    assert (first.state, second.state, second.version) == ("superseded", "sent", 2)
    changes = {one.label: (one.before, one.after) for one in differences(first.content, second.content)}
    assert changes["Total HT"] == ("38\u202f600,00\u00a0€", "35\u202f000,00\u00a0€")
    assert changes["Frais de déplacement"][1] == "(rien)"
    assert not any("Confidentialité" in label for label in changes)


def test_withdrawn_it_can_be_written_again() -> None:
    made = asked()
    offer = answering.withdraw(offer=sent(made), actor=made.expert, now=made.now)
    assert offer.state == "withdrawn"
    with pytest.raises(WrongState):
        answering.withdraw(offer=offer, actor=made.expert, now=made.now)
    assert sent(made).version == 2


def test_only_the_company_asks_for_a_change_without_saying_who_it_is() -> None:
    made = asked()
    offer = sent(made)
    ask = {"offer": offer, "now": made.now, "message": "Pouvez-vous réduire la phase d’audit\u00a0?"}
    with pytest.raises(NotYours):
        answering.ask_change(actor=made.rival_expert, **ask)
    with pytest.raises(Refused, match="qui vous êtes"):
        answering.ask_change(actor=made.owner, **{**ask, "message": f"Appelez {made.company.name} demain."})
    answering.ask_change(actor=made.owner, **ask)
    told_to = Outbox.objects.filter(kind="notify", payload__title__startswith="Modification demandée")
    assert [row.payload["user"] for row in told_to] == [made.expert.pk]
    waiting = Outbox.objects.filter(kind="notify", payload__blocking=True).order_by("pk")
    asks = waiting.values_list("payload__title", flat=True)
    assert [title.partition("\u00a0:")[0] for title in asks] == ["Devis reçu", "Modification demandée"]
    families = Outbox.objects.filter(kind="notify").values_list("payload__family", flat=True)
    assert set(families) == {"quotes"}


def test_no_change_is_asked_of_a_firm_that_can_send_no_new_version() -> None:
    made = asked()
    offer = sent(made)
    late = made.now + timedelta(days=21)
    ask = {"offer": offer, "actor": made.owner, "message": "Pouvez-vous réduire la phase d’audit\u00a0?"}
    with pytest.raises(Refused, match="Prolongez d’abord"):
        answering.ask_change(now=late, **ask)
    made.request.answer_by += timedelta(days=7)
    made.request.save(update_fields=["answer_by"])
    assert answering.ask_change(now=late, **ask).change_asked_at == late


def test_offers_expire_all_at_once_the_day_after_their_last(django_assert_max_num_queries: Any) -> None:
    made = asked()
    first, second = sent(made), sent(made, made.rival)
    last = first.valid_until
    assert last is not None
    assert answering.expire(now=made.now, today=last) == 0
    with django_assert_max_num_queries(16):
        assert answering.expire(now=made.now, today=last + timedelta(days=1)) == 2
    assert {one.state for one in Offer.objects.filter(pk__in=[first.pk, second.pk])} == {"expired"}
    assert answering.expire(now=made.now, today=last + timedelta(days=1)) == 0


def test_a_model_gives_the_next_draft_its_lines_and_clauses_without_dates() -> None:
    made, other = asked(), None
    days = Line(
        "qms_support", Decimal("2250.00"), pricing="days", days=Decimal("2.5"), daily_rate=Decimal("900.00")
    )
    offer = drafted(made, None, days)
    model = saved.save_model(offer=offer, actor=made.expert, now=made.now, name="  Système   qualité ")
    assert model.name == "Système qualité"
    other = asked(company=f.CompanyFactory())
    other.invitation.firm = made.invitation.firm
    other.invitation.save()
    fresh = drafting.start(invitation=other.invitation, actor=made.expert, now=made.now, today=made.today)
    fresh = saved.take_model(
        offer=fresh, model=model, actor=made.expert, now=made.now, expected_revision=fresh.revision
    )
    again = drafting.told_of(Offer.objects.get(pk=fresh.pk))
    assert again.lines == (days,)
    assert again.ip == told(made.today).ip
    assert (again.interview_confirmed_on, again.valid_until) == (None, None)
    with pytest.raises(NotYours):
        saved.take_model(
            offer=drafted(made, made.rival),
            model=model,
            actor=made.rival_expert,
            now=made.now,
            expected_revision=0,
        )
    with pytest.raises(NotYours):
        saved.delete_model(model=model, actor=made.rival_expert)
    assert not OfferModel.objects.visible_to(made.rival_expert).exists()
