"""The pages of an offer: typed without loss, its figures told as one types, read by whom it concerns alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Offer, OfferModel, Quote
from applications.services.offers import answering, drafting
from applications.services.offers.accepting import accept
from tests.applications import factories as f
from tests.applications.offers.builders import Asked, asked, client_of, drafted, sent, terms_file

pytestmark = pytest.mark.django_db


def page(client: Client, view: str, offer: Offer, /, **data: Any) -> Any:
    address = reverse(view, args=[offer.token])
    return client.post(address, data) if data else client.get(address)


def typed(offer: Offer, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a form of one line by days, and little else."""
    return {
        "revision": str(offer.revision),
        "line0_item": "qms_support",
        "line0_label": "Audit à blanc",
        "line0_consultant": "",
        "line0_pricing": "days",
        "line0_days": "12,5",
        "line0_daily_rate": "1 000",
        "line0_amount": "",
        "phase0_label": "Audit",
        "phase0_weeks": "4",
        "phase0_until": "",
        "method": "",
        **changes,
    }


def started(made: Asked) -> Offer:
    return drafting.start(invitation=made.invitation, actor=made.expert, now=made.now, today=made.today)


def test_a_firm_begins_its_offer_from_the_request() -> None:
    made = asked(items=["qms_training"])
    response = client_of(made.expert).post(reverse("offer_start", args=[made.invitation.token]))
    offer = Offer.objects.get()
    assert response.url == reverse("offer_edit", args=[offer.token])
    shown = page(client_of(made.expert), "offer_edit", offer)
    assert shown.context["form"]["line0_item"].value() == "qms_training"
    assert "plafond" in shown.content.decode().lower()


def test_what_is_typed_is_saved_and_its_worth_told_as_one_types() -> None:
    made = asked()
    offer = started(made)
    response = page(client_of(made.expert), "offer_edit", offer, autosave="1", **typed(offer))
    text = response.content.decode()
    assert "12\u202f500,00\u00a0€" in text
    assert "6\u202f250,00\u00a0€" in text
    assert 'id="revision"' in text
    assert "<html" not in text
    line = Offer.objects.get().lines.get()
    assert (line.days, line.daily_rate, line.amount, line.pricing) == (12.5, 1000, 12500, "days")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"line0_days": "2,3"}, "demi-journées"),
        ({"line0_daily_rate": "cher"}, "Écrivez un nombre"),
        ({"line0_item": ""}, "Choisissez le poste"),
        ({"interview_confirmed_on": "31/02/2026"}, "n’existe pas"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept_as_typed(changes: dict[str, str], sentence: str) -> None:
    made = asked()
    offer = started(made)
    client = client_of(made.expert)
    response = page(client, "offer_edit", offer, **typed(offer, **changes))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    again = page(client, "offer_edit", offer).content.decode()
    assert sentence in again
    for text in (*changes.values(), "Audit à blanc"):
        assert text in again


def test_a_line_without_price_waits_in_the_form() -> None:
    made = asked()
    offer = started(made)
    client = client_of(made.expert)
    response = page(client, "offer_edit", offer, autosave="1", **typed(offer, line0_days=""))
    assert "n’a pas encore de prix" in response.content.decode()
    assert "Audit à blanc" in page(client, "offer_edit", offer).content.decode()
    assert not Offer.objects.get().lines.exists()


def test_two_people_never_overwrite_each_other_silently() -> None:
    made = asked()
    offer = drafted(made)
    client = client_of(made.expert)
    for more in ({}, {"autosave": "1"}):
        old = typed(offer, revision=str(offer.revision - 1), method="Ma version à moi")
        response = page(client, "offer_edit", offer, **old, **more)
        assert response.status_code == 409
        assert "Une autre version a été enregistrée" in response.content.decode()
    assert "Ma version" not in Offer.objects.get().method
    mine = typed(offer, method="Ma version à moi")
    page(client, "offer_edit", offer, **{**mine, "revision": [str(offer.revision - 1), str(offer.revision)]})
    assert Offer.objects.get().method == "Ma version à moi"


def test_rows_are_added_and_taken_out_without_javascript() -> None:
    made = asked()
    offer = started(made)
    client = client_of(made.expert)
    more = page(client, "offer_edit", offer, add_line="1", **typed(offer))
    assert "line1_item" in more.content.decode()
    offer.refresh_from_db()
    less = page(client, "offer_edit", offer, remove_line="0", **typed(offer))
    assert "Audit à blanc" not in less.content.decode()


def test_the_review_says_what_lacks_and_the_offer_leaves_once_whole() -> None:
    made = asked()
    offer = started(made)
    client = client_of(made.expert)
    assert "Il reste à compléter" in page(client, "offer_review", offer).content.decode()
    assert page(client, "offer_review", offer, revision="0").status_code == 422
    offer = drafted(made)
    review = page(client, "offer_review", offer).content.decode()
    assert "concède à l’entreprise, à titre non exclusif" in review
    response = page(client, "offer_review", offer, revision=str(offer.revision))
    assert response.url == reverse("offer_detail", args=[offer.token])
    assert Offer.objects.get().state == "sent"


def test_terms_that_are_no_pdf_are_refused_in_words() -> None:
    made = asked()
    offer = started(made)
    client = client_of(made.expert)
    bad = terms_file()
    bad.name, bad.file = "cgv.pdf", type(bad.file)(b"rien")
    client.post(reverse("offer_terms", args=[offer.token]), {"terms": bad})
    assert Offer.objects.get().terms is None
    client.post(reverse("offer_terms", args=[offer.token]), {"terms": terms_file()})
    assert Offer.objects.get().terms_sha256


def test_nobody_reads_a_draft_but_its_firm_nor_a_rival_anything() -> None:
    made = asked()
    offer = drafted(made)
    others = (made.rival_expert, made.owner, f.OfficerFactory(), f.owner_of(f.CompanyFactory()))
    for person in others:
        assert page(client_of(person), "offer_detail", offer).status_code == 404
    names = ("offer_edit", "offer_review")
    assert all(page(client_of(made.rival_expert), name, offer).status_code == 404 for name in names)
    offer = sent(made)
    assert page(client_of(made.owner), "offer_detail", offer).status_code == 200
    for person in (made.rival_expert, f.OfficerFactory(), f.owner_of(f.CompanyFactory())):
        client = client_of(person)
        assert page(client, "offer_detail", offer).status_code == 404
        for document in (offer.document_id, offer.terms_id):
            assert client.get(reverse("document_download", args=[document])).status_code == 404


def test_the_firm_never_reads_who_asks() -> None:
    made = asked()
    offer = drafted(made)
    client = client_of(made.expert)
    pages = [page(client, name, offer) for name in ("offer_edit", "offer_review")]
    pages.append(page(client, "offer_detail", sent(made)))
    for response in pages:
        assert response.status_code == 200
        assert made.company.name not in response.content.decode()


def test_bpifrance_reads_the_offer_once_its_request_is_filed() -> None:
    made = asked()
    offer = sent(made)
    dossier = accept(offer=offer, actor=made.owner, now=made.now, expected_version=1)
    officer = client_of(f.OfficerFactory())
    assert page(officer, "offer_detail", offer).status_code == 404
    type(dossier).objects.filter(pk=dossier.pk).update(submitted_at=made.now)
    assert page(officer, "offer_detail", offer).status_code == 200


def test_the_company_sees_what_changed_and_asks_for_more() -> None:
    made = asked()
    sent(made)
    second = sent(made, valid_until=made.today + timedelta(days=90))
    client = client_of(made.owner)
    text = page(client, "offer_detail", second).content.decode()
    assert "Ce qui change depuis la version 1" in text
    assert page(client, "offer_change", second, message="Non").status_code == 422
    page(client, "offer_change", second, message="Pouvez-vous commencer plus tôt ?")
    assert "commencer plus tôt" in page(client_of(made.expert), "offer_detail", second).content.decode()
    page(client_of(made.expert), "offer_withdraw", second, yes="1")
    assert Offer.objects.get(pk=second.pk).state == "withdrawn"


def test_models_are_kept_taken_and_removed() -> None:
    made = asked()
    client = client_of(made.expert)
    offer = drafted(made)
    page(client, "offer_model_save", offer, name="Usuel")
    model = OfferModel.objects.get()
    taken = {"model": str(model.pk), "revision": str(offer.revision)}
    assert page(client, "offer_model_take", offer, **taken).status_code == 302
    page(client, "offer_model_take", offer, delete="1", **taken)
    assert not OfferModel.objects.exists()
    page(client, "offer_drop", offer, yes="1")
    assert not Offer.objects.exists()


def test_the_quote_of_the_draft_says_where_it_comes_from() -> None:
    made = asked()
    offer = sent(made)
    dossier = accept(offer=offer, actor=made.owner, now=made.now, expected_version=1)
    client = client_of(made.owner)
    step = reverse("filing_step", args=[dossier.pk, "devis"])
    text = client.get(step).content.decode()
    assert f"Devis repris de l’offre n°\u00a0{offer.reference}" in text
    shown = client.get(step)
    assert shown.context["form"].fields["line0_amount"].disabled
    assert "add_row" not in text
    client.post(step, {"leave_offer": "1"})
    assert not Offer.objects.filter(quote__isnull=False).exists()
    assert not client.get(step).context["form"].fields["line0_amount"].disabled
    assert Quote.objects.get(dossier=dossier).lines.count() == 2


def test_the_pages_ask_the_database_as_often_whatever_the_lines(django_assert_num_queries: Any) -> None:
    made = asked()
    offer = drafted(made)
    client = client_of(made.expert)
    page(client, "offer_edit", offer)
    with django_assert_num_queries(8):
        page(client, "offer_edit", offer)
    offer = sent(made)
    answering.ask_change(offer=offer, actor=made.owner, now=made.now, message="Un peu moins cher, merci.")
    with django_assert_num_queries(7):
        page(client, "offer_detail", offer)
