"""What the desk records: used volets, insolvency, delegations, the envelope; each with its event and refusals."""

from decimal import Decimal

import pytest
from django.urls import reverse

from applications.models import Company, Envelope, Signatory, UsedVolet
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


def test_a_used_volet_is_recorded_once() -> None:
    journey = Journey().to("under_review")
    company, client = journey.dossier.company, signed_in(journey.officer)
    address = reverse("used_volet_record", args=[company.pk])
    typed = {"volet": "3", "edition": "2023", "used_on": "12/05/2023", "origin": "Dossier papier DM-17"}
    wrong = client.post(address, {**typed, "used_on": "31/02/2023"}).content.decode()
    assert "Cette date n’existe pas" in wrong
    assert "Dossier papier DM-17" in wrong
    assert client.post(address, typed).url == reverse("officer_company", args=[company.pk])
    assert "déjà enregistré" in client.post(address, typed).content.decode()
    used = UsedVolet.objects.get()
    assert (used.volet, used.edition, str(used.used_on)) == (3, "2023", "2023-05-12")
    assert Event.objects.filter(chain=f"company:{company.pk}", name="used_volet_recorded").count() == 1
    assert (
        "Dossier papier DM-17" in client.get(reverse("officer_company", args=[company.pk])).content.decode()
    )
    assert verify() == []


def test_insolvency_stands_in_the_way_of_an_approval() -> None:
    journey = Journey().to("under_review")
    company, client = journey.dossier.company, signed_in(journey.manager)
    address = reverse("insolvency_record", args=[company.pk])
    assert "Le motif manque" in client.post(address, {"opened": "oui", "motive": ""}).content.decode()
    assert client.post(address, {"opened": "oui", "motive": "BODACC du 3 novembre 2026"}).status_code == 302
    assert Company.objects.get().facts["insolvency_proceedings"] is True
    page = (
        signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "L’entreprise fait l’objet d’une procédure collective." in page
    client.post(address, {"opened": "non", "motive": "Clôture de la procédure"})
    assert Company.objects.get().facts["insolvency_proceedings"] is False


def test_a_delegation_is_checked_once() -> None:
    journey = Journey().to("approved")
    company, client = journey.dossier.company, signed_in(journey.officer)
    delegate = Signatory.objects.create(
        company=company,
        user=f.UserFactory(),
        full_name="Dominique Adjointe",
        capacity="Directrice",
        kind=Signatory.Kind.DELEGATE,
        delegation=f.DocumentFactory(organisation=company.organisation, kind="delegation"),
    )
    assert (
        "J’ai vérifié cette délégation"
        in client.get(reverse("officer_company", args=[company.pk])).content.decode()
    )
    address = reverse("delegation_check", args=[delegate.pk])
    shown = {"document": str(delegate.delegation_id)}
    assert signed_in(journey.controller).post(address, shown).status_code == 403
    delegate.delegation = f.DocumentFactory(organisation=company.organisation, kind="delegation")
    delegate.save()
    swapped = client.post(address, shown)
    assert swapped.status_code == 409
    assert "La délégation a changé" in swapped.content.decode()
    delegate.refresh_from_db()
    assert not delegate.may_sign
    assert client.post(address, {"document": str(delegate.delegation_id)}).status_code == 302
    delegate.refresh_from_db()
    assert delegate.checked_by == journey.officer
    assert delegate.may_sign
    again = client.post(address, follow=True).content.decode()
    assert "déjà vérifiée" in again
    legal = company.signatories.get(kind="legal_representative")
    assert (
        "Aucune délégation"
        in client.post(reverse("delegation_check", args=[legal.pk]), follow=True).content.decode()
    )


def test_the_envelope_is_opened_topped_up_and_closed() -> None:
    manager = f.ManagerFactory()
    client = signed_in(manager)
    typed = {"code": "FR2030", "label": "France 2030", "amount": "1 000 000,50"}
    wrong = client.post(reverse("envelope_open"), {**typed, "amount": "beaucoup"}).content.decode()
    assert "beaucoup" in wrong
    assert "FR2030" in wrong
    assert client.post(reverse("envelope_open"), typed).status_code == 302
    assert "déjà ouverte" in client.post(reverse("envelope_open"), {**typed, "code": "X"}).content.decode()
    envelope = Envelope.objects.get()
    top_up = reverse("envelope_top_up", args=[envelope.pk])
    assert "Le montant manque" in client.post(top_up, {"amount": "0", "motive": MOTIVE}).content.decode()
    assert client.post(top_up, {"amount": "500", "motive": MOTIVE}).status_code == 302
    envelope.refresh_from_db()
    assert envelope.amount == Decimal("1000500.50")
    page = client.get(reverse("envelope_list")).content.decode()
    assert "1\u202f000\u202f500,50\xa0€" in page
    close = reverse("envelope_close", args=[envelope.pk])
    assert client.post(close, {"motive": MOTIVE}).status_code == 302
    assert "fermée" in client.post(top_up, {"amount": "500", "motive": MOTIVE}).content.decode()
    names = Event.objects.filter(chain=f"envelope:{envelope.pk}").values_list("name", flat=True)
    assert list(names) == ["envelope_opened", "envelope_topped_up", "envelope_closed"]


def test_only_a_manager_handles_the_envelope() -> None:
    envelope = Envelope.objects.create(code="E", label="E", amount=1)
    for user in (f.OfficerFactory(), f.ControllerFactory(), f.AuditorFactory()):
        client = signed_in(user)
        assert "Abonder" not in client.get(reverse("envelope_list")).content.decode()
        assert client.get(reverse("envelope_open")).status_code == 403
        for name in ("envelope_top_up", "envelope_close"):
            assert client.post(reverse(name, args=[envelope.pk]), {"motive": MOTIVE}).status_code == 403


def test_the_envelope_shows_what_is_committed() -> None:
    journey = Journey().to("approved")
    page = signed_in(journey.manager).get(reverse("envelope_list")).content.decode()
    assert "12\u202f000,00\xa0€" in page
