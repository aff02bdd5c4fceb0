"""Each guard of an offer, one by one: who may act on it, until when, and how much it takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Offer, OfferModel, Quote
from applications.services.offers import accepting, answering, drafting, saved, sending
from applications.services.offers.drafting import Line
from applications.workflow.refusals import NotYours, Refused, WrongState
from portal.accounts.models import User
from portal.documents.checks import FileRefused
from portal.documents.models import Document, DocumentState
from tests.applications import factories as f
from tests.applications.offers.builders import Asked, asked, drafted, sent, terms_file, told
from tests.portal.documents.makers import picture

pytestmark = pytest.mark.django_db

Act = Callable[[Offer, User, Asked], object]


def save(offer: Offer, actor: User, made: Asked) -> object:
    said = told(made.today)
    return drafting.save(offer=offer, actor=actor, now=made.now, expected_revision=offer.revision, told=said)


def attach(offer: Offer, actor: User, made: Asked) -> object:
    return drafting.attach_terms(offer=offer, actor=actor, now=made.now, file=terms_file())


def send(offer: Offer, actor: User, made: Asked) -> object:
    return sending.send(offer=offer, actor=actor, now=made.now, expected_revision=offer.revision)


def drop(offer: Offer, actor: User, _made: Asked) -> object:
    return drafting.drop(offer=offer, actor=actor)


def keep_model(offer: Offer, actor: User, made: Asked) -> object:
    return saved.save_model(offer=offer, actor=actor, now=made.now, name="Usuel")


@pytest.mark.parametrize("act", [save, attach, send, drop, keep_model])
def test_a_draft_is_its_firms_alone(act: Act) -> None:
    made = asked()
    offer = drafted(made)
    documents = Document.objects.count()
    for stranger in (made.rival_expert, made.owner, f.OfficerFactory()):
        with pytest.raises(NotYours):
            act(offer, stranger, made)
    assert Offer.objects.get(pk=offer.pk).revision == offer.revision
    assert Document.objects.count() == documents
    assert not OfferModel.objects.exists()
    act(offer, made.expert, made)


@pytest.mark.parametrize("act", [save, attach, send, drop])
def test_what_was_sent_is_no_draft_any_more(act: Act) -> None:
    made = asked()
    offer = sent(made)
    with pytest.raises(WrongState):
        act(offer, made.expert, made)
    assert Offer.objects.get(pk=offer.pk).state == "sent"


def test_only_its_firm_takes_an_offer_back() -> None:
    made = asked()
    offer = sent(made)
    for stranger in (made.rival_expert, made.owner, f.OfficerFactory()):
        with pytest.raises(NotYours):
            answering.withdraw(offer=offer, actor=stranger, now=made.now)
    assert Offer.objects.get(pk=offer.pk).state == "sent"


def test_nothing_leaves_after_the_day_to_answer() -> None:
    made = asked()
    offer = drafted(made)
    made.now += timedelta(days=21)
    with pytest.raises(WrongState, match="n’attend plus"):
        send(offer, made.expert, made)


def test_terms_are_a_pdf_and_a_file_refused_keeps_the_offer_back() -> None:
    made = asked()
    offer = drafted(made)
    image = SimpleUploadedFile("cgv.png", picture(), "image/png")
    with pytest.raises(FileRefused):
        drafting.attach_terms(offer=offer, actor=made.expert, now=made.now, file=image)
    Document.objects.filter(pk=offer.terms_id).update(state=DocumentState.REFUSED, refusal="Infecté.")
    found = sending.obstacles(Offer.objects.get(pk=offer.pk), today=made.today)
    assert [one.code for one in found] == ["terms_refused"]


@pytest.mark.parametrize("message", ["Non.", "   trop   ", "x" * 1001])
def test_a_change_is_asked_in_a_sentence(message: str) -> None:
    made = asked()
    offer = sent(made)
    with pytest.raises(Refused):
        answering.ask_change(offer=offer, actor=made.owner, now=made.now, message=message)
    assert Offer.objects.get(pk=offer.pk).change_asked == ""


def test_lines_that_are_not_the_offers_to_the_cent_are_not_taken() -> None:
    made = asked()
    offer = sent(made)
    offer.lines.filter(item="qms_support").update(amount=Decimal("1.00"))
    with pytest.raises(Refused, match="telles quelles"):
        accepting.accept(offer=offer, actor=made.owner, now=made.now, expected_version=1)
    assert not Quote.objects.exists()


def test_a_model_serves_its_firm_and_its_volet_alone(monkeypatch: Any) -> None:
    made, other = asked(), asked(volet=5)
    offer = drafted(made)
    model = saved.save_model(offer=offer, actor=made.expert, now=made.now, name="Usuel")
    theirs = drafted(made, made.rival)
    with pytest.raises(NotYours):
        _take(theirs, model, made.rival_expert, made)
    other.invitation.firm = made.invitation.firm
    other.invitation.save(update_fields=["firm"])
    elsewhere = drafted(other, None, Line("code_audit", Decimal("10.00")))
    with pytest.raises(Refused, match="autre volet"):
        _take(elsewhere, model, made.expert, made)
    monkeypatch.setattr(saved, "MOST_MODELS", 1)
    with pytest.raises(Refused, match="déjà 1"):
        saved.save_model(offer=offer, actor=made.expert, now=made.now, name="Autre")
    assert saved.save_model(offer=offer, actor=made.expert, now=made.now, name="Usuel") == model


def _take(offer: Offer, model: OfferModel, actor: User, made: Asked) -> object:
    return saved.take_model(
        offer=offer, model=model, actor=actor, now=made.now, expected_revision=offer.revision
    )
