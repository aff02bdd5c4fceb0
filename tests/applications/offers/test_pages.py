"""The pages of an offer: typed without loss, its figures told as one types, read by whom it concerns alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Dossier, Offer, OfferModel, Quote
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
        ({"line0_daily_rate": "999999999999999", "line0_days": "999"}, "dépasse ce qu’un devis"),
        ({"line0_pricing": "fixed", "line0_amount": "1000000000"}, "dépasse ce qu’un devis"),
        ({"line0_item": ""}, "Choisissez le poste"),
        ({"interview_confirmed_on": "31/02/2026"}, "n’existe pas"),
        ({"interview_confirmed_on": "2026-01-05"}, "précède la demande, que vous avez reçue le"),
        ({"interview_confirmed_on": "2090-01-05"}, "est à venir"),
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


@pytest.mark.parametrize("rank", ["9" * 5000, "²", "-1", "x", "99"])
def test_a_row_that_is_none_takes_nothing_out(rank: str) -> None:
    made = asked()
    offer = started(made)
    sent_so = typed(offer, remove_line=rank, **{"line²_item": ""})
    response = page(client_of(made.expert), "offer_edit", offer, **sent_so)
    assert response.status_code == 200
    assert "Audit à blanc" in response.content.decode()


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


def test_a_rate_is_typed_shown_and_read_the_french_way() -> None:
    made = asked()
    offer = drafted(made)
    client = client_of(made.expert)
    share = {"remuneration": "proportional", "rate": "2,5", "base": "les ventes du guide"}
    page(client, "offer_edit", offer, **typed(offer, **share))
    assert Offer.objects.get().ip_choices["rate"] == "2.5"
    assert page(client, "offer_edit", offer).context["form"]["rate"].value() == "2,5"


def test_a_share_that_cannot_be_known_is_never_shown_as_zero() -> None:
    made = asked(risk_class="")
    offer = sent(made)
    client = client_of(made.owner)
    pages = [
        page(client, "offer_detail", offer),
        client.get(reverse("quote_compare", args=[made.request.pk])),
        client.get(reverse("quote_choose", args=[made.request.pk, offer.token])),
    ]
    for response in pages:
        text = response.content.decode()
        assert "être chiffré" in text
        assert "Part de Bpifrance" not in text
        assert not re.search(r"(?<!\d)0,00\u00a0€", text)


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


def test_past_the_day_to_answer_the_company_is_led_to_extend_it() -> None:
    made = asked()
    offer = sent(made)
    client = client_of(made.owner)
    assert "Demander une modification" in page(client, "offer_detail", offer).content.decode()
    made.request.answer_by = made.today - timedelta(days=1)
    made.request.save(update_fields=["answer_by"])
    late = page(client, "offer_detail", offer).content.decode()
    assert "Demander une modification" not in late
    assert f'{reverse("quote_request", args=[made.request.pk])}">prolongez-le' in late
    assert "Nouvelle version" not in page(client_of(made.expert), "offer_detail", offer).content.decode()


def test_models_are_kept_taken_and_removed() -> None:
    made = asked()
    client = client_of(made.expert)
    offer = drafted(made)
    page(client, "offer_model_save", offer, name="Us\x00uel")
    model = OfferModel.objects.get(name="Usuel")
    taken = {"model": str(model.pk), "revision": str(offer.revision)}
    assert page(client, "offer_model_take", offer, **taken).status_code == 302
    page(client, "offer_model_take", offer, delete="1", **taken)
    assert not OfferModel.objects.exists()
    page(client, "offer_drop", offer, yes="1")
    assert not Offer.objects.exists()


def test_a_model_is_taken_after_something_was_typed() -> None:
    """Each save moves the page on, and with it every form of the page that writes over the draft."""
    made = asked()
    client = client_of(made.expert)
    offer = drafted(made)
    page(client, "offer_model_save", offer, name="Usuel")
    answer = page(client, "offer_edit", offer, autosave="1", **typed(offer)).content.decode()
    stands = dict(re.findall(r'id="(revision[a-z-]*)" name="revision" value="(\d+)" hx-swap-oob', answer))
    offer.refresh_from_db()
    assert stands == {"revision": str(offer.revision), "revision-modele": str(offer.revision)}
    shown = page(client, "offer_edit", offer).content.decode()
    assert all(f'id="{name}"' in shown for name in stands)
    taken = {"model": str(OfferModel.objects.get().pk), "revision": stands["revision-modele"]}
    assert page(client, "offer_model_take", offer, **taken).status_code == 302
    assert page(client, "offer_model_take", offer, **taken).status_code == 409


def test_the_quote_of_the_draft_says_where_it_comes_from() -> None:
    made = asked()
    offer = sent(made)
    dossier = accept(offer=offer, actor=made.owner, now=made.now, expected_version=1)
    client = client_of(made.owner)
    step = reverse("filing_step", args=[dossier.pk, "devis"])
    text = client.get(step).content.decode()
    assert f"Devis n°\u00a0{offer.reference}, écrit par le cabinet" in text
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
    with django_assert_num_queries(7):
        page(client, "offer_edit", offer)
    offer = sent(made)
    answering.ask_change(offer=offer, actor=made.owner, now=made.now, message="Un peu moins cher, merci.")
    with django_assert_num_queries(6):
        page(client, "offer_detail", offer)


# --- Who asked, once the offer is accepted --------------------------------------------------------
def who_is_told(made: Asked, person: Any, offer: Offer, invitation: Any) -> list[bool]:
    """Return, for the request's page then the offer's, whether the firm reads the company's name and e-mail."""
    client = client_of(person)
    pages = [
        client.get(reverse("quote_invitation", args=[invitation.token])),
        page(client, "offer_detail", offer),
    ]
    assert [one.status_code for one in pages] == [200, 200]
    words = (made.company.name, made.owner.full_name, made.owner.email)
    found = [[word in one.content.decode() for word in words] for one in pages]
    assert all(len(set(one)) == 1 for one in found)
    return [one[0] for one in found]


def test_the_firm_chosen_reads_who_asked_and_what_comes_next_and_its_rival_nothing() -> None:
    made = asked()
    won, lost = sent(made), sent(made, made.rival)
    assert who_is_told(made, made.expert, won, made.invitation) == [False, False]
    accept(offer=won, actor=made.owner, now=made.now, expected_version=won.version)
    assert who_is_told(made, made.expert, won, made.invitation) == [True, True]
    assert who_is_told(made, made.rival_expert, lost, made.rival) == [False, False]
    shown = page(client_of(made.expert), "offer_detail", won).content.decode()
    assert "La mission apparaît dans «\u00a0Missions\u00a0» une fois la demande déposée" in shown


def test_the_contact_is_gone_with_the_acceptance() -> None:
    made = asked()
    first = sent(made)
    dossier = accept(offer=first, actor=made.owner, now=made.now, expected_version=first.version)
    again = asked(company=made.company, dossier=dossier)
    second = sent(again)
    accept(offer=second, actor=again.owner, now=again.now, expected_version=second.version)
    assert who_is_told(made, made.expert, first, made.invitation) == [False, False]
    assert who_is_told(again, again.expert, second, again.invitation) == [True, True]


def test_the_contact_is_gone_when_the_request_ends_or_names_another_firm() -> None:
    made = asked()
    offer = sent(made)
    dossier = accept(offer=offer, actor=made.owner, now=made.now, expected_version=offer.version)
    rows = Dossier.objects.filter(pk=dossier.pk)
    rows.update(firm=made.rival.firm)
    assert who_is_told(made, made.expert, offer, made.invitation) == [False, False]
    rows.update(firm=made.invitation.firm)
    assert who_is_told(made, made.expert, offer, made.invitation) == [True, True]
    rows.delete()
    assert who_is_told(made, made.expert, offer, made.invitation) == [False, False]


def test_who_accepted_and_left_the_company_is_no_contact() -> None:
    made = asked()
    offer = sent(made)
    accept(offer=offer, actor=made.owner, now=made.now, expected_version=offer.version)
    left = made.owner
    left.memberships.update(is_active=False)
    shown = (
        client_of(made.expert).get(reverse("quote_invitation", args=[made.invitation.token])).content.decode()
    )
    assert left.email not in shown
    assert made.company.name in shown


def test_what_is_obligatory_is_marked_and_the_terms_stand_before_the_button() -> None:
    made = asked()
    shown = page(client_of(made.expert), "offer_edit", started(made)).content.decode()
    for name in ("line0_item", "method", "interview_confirmed_on", "valid_until", "extent", "secret_years"):
        label = re.search(rf'<label[^>]*for="f_{name}".*?</label>', shown, re.DOTALL)
        assert label is not None
        assert "asteriskField" in label[0], name
    optional = re.search(r'<label[^>]*for="f_line0_label".*?</label>', shown, re.DOTALL)
    assert optional is not None
    assert "asteriskField" not in optional[0]
    assert shown.index("Elles sont obligatoires") < shown.index('id="cgv"') < shown.index('name="review"')
