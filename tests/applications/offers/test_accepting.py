"""The company accepts one offer: exactly one wins, its lines become the quote, up to the closure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from applications.models import Dossier, DossierDocument, Offer, Quote
from applications.services import closure_checks, filing, filing_offer, filing_pieces
from applications.services.offers import accepting, answering
from applications.services.offers.accepting import accept
from applications.services.offers.drafting import Line
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.offers.builders import Asked, asked, sent, terms_file

pytestmark = pytest.mark.django_db


def take(made: Asked, offer: Offer) -> Dossier:
    return accept(offer=offer, actor=made.owner, now=made.now, expected_version=offer.version)


def titles_for(person: User) -> list[str]:
    rows = Outbox.objects.filter(kind="notify", payload__user=person.pk).order_by("pk")
    return [row.payload["title"] for row in rows]


def test_the_draft_carries_the_firm_the_lines_the_date_and_the_pdf() -> None:
    made = asked()
    offer = sent(made)
    dossier = take(made, offer)
    quote = Quote.objects.get(dossier=dossier)
    offer.refresh_from_db()
    assert (dossier.state, dossier.firm, dossier.device_class) == ("draft", made.invitation.firm, "IIa")
    assert [(line.item, line.amount) for line in quote.lines.all()] == [
        ("qms_support", Decimal("38000.00")),
        ("travel", Decimal("600.00")),
    ]
    assert (quote.issued_on, quote.signed) == (made.today, False)
    assert (quote.lines_hash, offer.quote, offer.dossier) == (offer.lines_hash, quote, dossier)
    piece = DossierDocument.objects.get(dossier=dossier, kind="quote", replaced_at__isnull=True)
    assert piece.document is not None
    assert offer.document is not None
    assert piece.document != offer.document
    assert piece.document.sha256 == offer.document.sha256
    assert quote.document == piece.document


def test_an_existing_draft_is_used_and_its_former_quote_set_aside() -> None:
    dossier = f.DossierFactory()
    made = asked(company=dossier.company, dossier=dossier)
    former = DossierDocument.objects.get(dossier=dossier, kind="quote")
    assert take(made, sent(made)) == dossier
    former.refresh_from_db()
    assert former.replaced_at is not None
    assert Quote.objects.get(dossier=dossier).firm == made.invitation.firm


def test_exactly_one_wins_and_everybody_is_told_once() -> None:
    made = asked()
    won, lost = sent(made), sent(made, made.rival)
    take(made, won)
    for offer, state in ((won, "accepted"), (lost, "superseded")):
        offer.refresh_from_db()
        assert offer.state == state
    made.request.refresh_from_db()
    assert (made.request.close_reason, made.request.closed_at) == ("chosen", made.now)
    for offer in (won, lost):
        with pytest.raises(WrongState):
            take(made, offer)
    titles = Outbox.objects.filter(kind="notify", payload__kind="offer").values_list(
        "payload__user", "payload__title"
    )
    for person, word in ((made.expert, "est retenu"), (made.rival_expert, "n’est pas retenu")):
        assert len([1 for user, title in titles if user == person.pk and title.endswith(word)]) == 1
    event = Event.objects.get(chain=made.request.chain, name="offer_accepted")
    won.refresh_from_db()
    assert won.document is not None
    kept = (event.data["lines"], event.data["terms"], event.data["pdf"])
    assert kept == (won.lines_hash, won.terms_sha256, won.document.sha256)


def test_another_offer_for_the_same_draft_takes_the_place_of_the_first() -> None:
    """The request is closed by the choice, the draft is not filed: the company may ask and choose again."""
    made = asked()
    first = sent(made)
    dossier = take(made, first)
    again = asked(company=made.company, dossier=dossier)
    second = sent(again)
    assert take(again, second) == dossier
    for offer in (first, second):
        offer.refresh_from_db()
    assert (first.state, first.dossier, first.quote) == ("superseded", None, None)
    assert (second.state, second.dossier, second.quote) == ("accepted", dossier, Quote.objects.get())
    made.invitation.refresh_from_db()
    assert made.invitation.chosen_at is None
    assert titles_for(made.expert)[-1] == f"Votre devis {first.reference} n’est plus retenu"
    assert not any("plus retenu" in title for title in titles_for(again.expert))


def test_a_firm_whose_offer_was_left_is_told_once_the_request_is_filed() -> None:
    made = asked()
    offer = sent(made)
    dossier = take(made, offer)
    filing.save_expert(
        dossier,
        actor=made.owner,
        expected_revision=dossier.revision,
        firm=f.ExpertFirmFactory(),
        now=made.now,
        today=made.today,
    )
    assert accepting.end_unfollowed(now=made.now) == 0
    Dossier.objects.filter(pk=dossier.pk).update(submitted_at=made.now)
    assert offer not in Offer.objects.visible_to(f.OfficerFactory())
    assert accepting.end_unfollowed(now=made.now) == 1
    assert accepting.end_unfollowed(now=made.now) == 0
    offer.refresh_from_db()
    assert offer.state == "superseded"
    assert titles_for(made.expert)[-1].endswith("n’est plus retenu")
    assert Event.objects.filter(chain=made.request.chain, name="offer_unfollowed").count() == 1


def test_an_offer_that_is_followed_stays_whatever_is_typed_over_it() -> None:
    made = asked()
    offer = sent(made)
    dossier = take(made, offer)
    filing_offer.leave_offer(dossier, actor=made.owner, expected_revision=dossier.revision, today=made.today)
    Dossier.objects.filter(pk=dossier.pk).update(submitted_at=made.now)
    assert accepting.end_unfollowed(now=made.now) == 0
    assert offer in Offer.objects.visible_to(f.OfficerFactory())


def test_nothing_is_accepted_by_others_out_of_date_or_from_an_old_page() -> None:
    made = asked()
    offer = sent(made)
    for stranger in (made.expert, made.rival_expert, f.OfficerFactory(), f.UserFactory()):
        with pytest.raises(NotYours):
            accept(offer=offer, actor=stranger, now=made.now, expected_version=1)
    with pytest.raises(Stale):
        accept(offer=offer, actor=made.owner, now=made.now, expected_version=2)
    late = made.now + timedelta(days=60)
    with pytest.raises(Refused, match="plus valable"):
        accept(offer=offer, actor=made.owner, now=late, expected_version=1)
    Offer.objects.filter(pk=offer.pk).update(document=None)
    with pytest.raises(Refused, match="se prépare"):
        take(made, offer)
    answering.withdraw(offer=offer, actor=made.expert, now=made.now)
    with pytest.raises(WrongState):
        take(made, offer)
    assert not Dossier.objects.exists()


@pytest.mark.parametrize("status", ["suspended", "withdrawn"])
def test_a_firm_that_lost_its_accreditation_is_not_chosen_and_nothing_closes(status: str) -> None:
    """The choice thanks the others and closes the request: it is not made for a firm that can't take the mission."""
    made = asked()
    offer = sent(made)
    made.invitation.firm.accreditations.update(status=status)
    with pytest.raises(Refused, match="plus agréé"):
        take(made, offer)
    made.request.refresh_from_db()
    assert made.request.is_open


def test_audits_are_not_given_to_a_firm_without_a_valid_certificate() -> None:
    made = asked(volet=5)
    offer = sent(made, None, Line("code_audit", Decimal("9000.00"), complexity="medium"))
    made.invitation.firm.passi_certificates.update(valid_until=made.today - timedelta(days=1))
    with pytest.raises(Refused, match="plus agréé"):
        take(made, offer)


def test_a_filed_request_takes_no_offer() -> None:
    journey = Journey().to("submitted")
    made = asked(company=journey.dossier.company, dossier=journey.dossier)
    with pytest.raises(Refused, match="déjà déposée"):
        take(made, sent(made))


def test_the_lines_are_locked_until_the_company_types_its_own_quote() -> None:
    made = asked()
    offer = sent(made)
    dossier = take(made, offer)
    line = {"item": "qms_support", "amount": "1.00"}
    stand = {"actor": made.owner, "today": made.today}
    told = {"lines": [line], "issued_on": offer.issued_on, "signed": False}
    with pytest.raises(Refused, match="reprises du devis"):
        filing.save_quote_lines(dossier, expected_revision=dossier.revision, **told, **stand)
    assert filing_offer.taken_offer(dossier) == offer
    dossier = filing_offer.leave_offer(dossier, expected_revision=dossier.revision, **stand)
    assert filing_offer.taken_offer(dossier) is None
    dossier = filing.save_quote_lines(dossier, expected_revision=dossier.revision, **told, **stand)
    assert Quote.objects.get(dossier=dossier).lines.get().amount == 1


def test_another_pdf_or_another_firm_parts_the_quote_from_the_offer() -> None:
    made = asked()
    dossier = take(made, sent(made))
    filing_pieces.add_document(
        dossier, actor=made.owner, kind="quote", file=terms_file("devis"), today=made.today
    )
    assert filing_offer.taken_offer(dossier) is None
    second = asked()
    dossier = take(second, sent(second))
    filing.save_expert(
        dossier,
        actor=second.owner,
        expected_revision=dossier.revision,
        firm=f.ExpertFirmFactory(),
        now=second.now,
        today=second.today,
    )
    assert filing_offer.taken_offer(Dossier.objects.get(pk=dossier.pk)) is None
    quote = Quote.objects.get(dossier=dossier)
    assert (quote.document, quote.issued_on, quote.lines.count()) == (None, None, 0)


def test_the_signed_quote_at_closure_is_the_one_of_the_offer() -> None:
    dossier = f.DossierFactory()
    made = asked(company=dossier.company, dossier=dossier)
    offer = sent(
        made, None, Line("qms_support", Decimal("20000.00")), Line("qms_training", Decimal("4000.00"))
    )
    dossier = take(made, offer)
    journey = Journey(Dossier.objects.get(pk=dossier.pk)).to("work_done")
    journey.fill_closure()
    piece = DossierDocument.objects.get(dossier=dossier, kind="signed_quote", replaced_at__isnull=True)
    DossierDocument.objects.filter(pk=piece.pk).update(lines_hash=offer.lines_hash)
    wrong = {one.code for one in closure_checks.documents(journey.mission)}
    assert "quote_version_differs" not in wrong
    DossierDocument.objects.filter(pk=piece.pk).update(lines_hash="0" * 64)
    assert "quote_version_differs" in {one.code for one in closure_checks.documents(journey.mission)}
