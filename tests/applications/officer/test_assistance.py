"""A company wrote: an officer enters its request, hands it over, the company files it, another officer decides."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Assistance, Company, Device, Dossier
from applications.services import filing
from applications.services.assistance import entering
from applications.services.filing_company import Lookup
from applications.services.transitions import available, execute
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import Membership, User
from portal.audit.verification import verify
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.filing.conftest import form_data
from tests.applications.journeys import ENGAGED, open_envelope
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.entering import (
    SECRET,
    begin,
    declare_and_file,
    fill,
    heard,
    letter,
    names_of,
)

pytestmark = pytest.mark.django_db
SIREN = f.siren(41_234_567)


# --- The whole way ---------------------------------------------------------------------------------
def test_from_a_letter_to_another_officers_approval() -> None:
    officer = f.OfficerFactory(full_name="Olivia Renard")
    client = signed_in(officer)
    answer = client.post(reverse("assistance_number"), {"scheme": "siren", "identifier": SIREN})
    assert answer.url == reverse("assistance_begin")
    page = client.get(answer.url).content.decode()
    assert "n’est pas sur le portail" in page
    typed = {
        "name": "Pneumolog", "city": "Brest", "volet": "1", "channel": "post", "letter": letter(),
        "received_on": (clock.today() - timedelta(days=3)).strftime("%d/%m/%Y"),
        "contact_email": "dirigeante@pneumolog.test",
    }  # fmt: skip
    answer = client.post(answer.url, typed)
    dossier = Dossier.objects.get(company__identifier=SIREN)
    assert answer.url == reverse("filing_tasks", args=[dossier.pk])
    assert not Membership.objects.filter(organisation=dossier.company.organisation).exists()

    # The officer fills in the pages of the company, and is told whose hand is whose.
    step = reverse("filing_step", args=[dossier.pk, "entreprise"])
    shown = client.get(step)
    assert "Vous saisissez pour Pneumolog" in shown.content.decode()
    assert client.post(step, form_data(shown) | {"headcount": "12", "turnover": "850000"}).status_code == 302
    dossier.refresh_from_db()
    assert dossier.company_facts["headcount"] == "12"
    assert dossier.entered == {"entreprise": ["headcount", "turnover"]}
    assert dossier.company.facts == {}
    fill(dossier, officer)
    review = client.get(reverse("filing_step", args=[dossier.pk, "relecture"])).content.decode()
    assert "Remettre à l’entreprise" in review
    assert "Déposer ma demande" not in review
    entry = Assistance.objects.get()
    address = reverse("assistance_hand_over", args=[entry.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"contact_email": "dirigeante@pneumolog.test"}).status_code == 302
    assert client.get(step).url == reverse("assistance_list")
    assert client.post(step, form_data(shown)).status_code == 404
    with pytest.raises(NotYours):
        fill(dossier, officer)

    owner = join_by_the_last_message(dossier)
    theirs = Client()
    theirs.force_login(owner)
    page = theirs.get(reverse("filing_step", args=[dossier.pk, "entreprise"])).content.decode()
    assert "Saisi par Olivia Renard (Bpifrance) pour vous" in page
    assert "Saisi par Bpifrance d’après votre courrier" in page
    data = form_data(theirs.get(step)) | {"headcount": "14"}
    assert theirs.post(step, data).status_code == 302
    dossier.refresh_from_db()
    assert "headcount" not in (dossier.entered or {}).get("entreprise", [])
    filed = declare_and_file(dossier, owner)
    company = Company.objects.get(pk=filed.company_id)
    assert company.facts["headcount"] == "14"
    assert names_of(filed) == ["assistance_opened", "assistance_closed", "submit"]
    assert filed.version == 3
    assert not verify(filed.chain)

    decided_by_another(filed, officer)


def join_by_the_last_message(dossier: Dossier) -> User:
    """Follow the invitation of the last message, sign up, and return the new owner."""
    outbox.drain(clock.now())
    sent = [one for one in mail.outbox if one.to == ["dirigeante@pneumolog.test"]]
    assert len(sent) == 2
    assert "la saisit pour vous" in sent[0].body
    assert "déposer" in sent[1].body
    tokens = [re.search(r"/invitations?/([\w-]+)/", one.body)[1] for one in sent]  # type: ignore[index]
    owner = f.UserFactory(email="dirigeante@pneumolog.test")
    client = Client()
    client.force_login(owner)
    # The second invitation took the place of the first.
    client.post(reverse("invitation_accept", args=[tokens[0]]))
    assert not Membership.objects.filter(user=owner).exists()
    client.post(reverse("invitation_accept", args=[tokens[1]]))
    assert Membership.objects.owners().filter(user=owner, organisation=dossier.company.organisation).exists()
    return owner


def decided_by_another(filed: Dossier, officer: User) -> None:
    """Show that who entered the request neither takes nor decides it, and that another officer does."""
    open_envelope()
    other, manager = f.OfficerFactory(), f.ManagerFactory()
    page = signed_in(other).get(reverse("officer_dossier", args=[filed.pk])).content.decode()
    assert "Demande saisie par Olivia Renard d’après le courrier du" in page
    assert "Courrier reçu de l’entreprise" in page
    assert "laissé ainsi par l’entreprise\xa0: Chiffre d’affaires</p>" in page
    with pytest.raises(Refused, match="a saisi la demande pour l’entreprise"):
        execute("take", dossier=filed, actor=officer, expected_version=filed.version)
    with pytest.raises(Refused, match="a saisi la demande pour l’entreprise"):
        execute("assign", dossier=filed, actor=manager, officer=officer, expected_version=filed.version)
    # A completion asked at once gives the dossier to whoever asks.
    with pytest.raises(Refused, match="une autre personne la décide"):
        execute("request_completion", dossier=filed, actor=officer, expected_version=filed.version)
    execute("take", dossier=filed, actor=other, expected_version=filed.version)
    filed.refresh_from_db()
    for act in ("approve", "reject", "request_completion", "decide_finding"):
        typed = {"motive": "Un motif assez long.", "rules": ["company.autonomy"]}
        with pytest.raises(Refused) as refusal:
            execute(act, dossier=filed, actor=officer, expected_version=filed.version, **typed)
        assert "entered_it" in {one.code for one in refusal.value.obstacles}, act
        assert "réaffecter" in str(refusal.value)
    offers = {offer.transition.name: offer for offer in available(filed, officer)}
    assert "entered_it" in {one.code for one in offers["approve"].obstacles}
    outcome = execute("approve", dossier=filed, actor=other, expected_version=filed.version)
    if outcome.pending is not None:
        execute("approve", dossier=filed, actor=manager, expected_version=outcome.dossier.version)
    filed.refresh_from_db()
    assert filed.state == "approved"


# --- What the officer does not see --------------------------------------------------------------------
def test_nothing_that_the_company_has_not_filed_reaches_the_officer(company: Company, officer: User) -> None:
    entry, client = begin(company, officer), signed_in(officer)
    assert entry.dossier.company_facts == {}
    assert entry.dossier.declarations == {}
    own = Dossier.objects.get(company=company, volet=2)
    for slug in (
        "entreprise",
        "dispositif",
        "volet",
        "expert",
        "devis",
        "pieces",
        "declarations",
        "relecture",
    ):
        page = client.get(reverse("filing_step", args=[entry.dossier_id, slug])).content.decode()
        assert SECRET not in page, slug
        assert "7 654 321" not in page.replace("\u202f", " "), slug
        assert client.get(reverse("filing_step", args=[own.pk, slug])).status_code == 404
    device = Device.objects.get(name=SECRET)
    choose = reverse("filing_device", args=[entry.dossier_id])
    assert client.post(choose, {"device": device.pk, "seen": "{}"}).status_code == 404
    piece = own.documents.get(kind="regularity_certificate")
    assert client.get(reverse("document_download", args=[piece.document_id])).status_code == 404
    for name in ("company_dossier", "company_withdraw"):
        assert client.get(reverse(name, args=[entry.dossier_id])).status_code == 403
    assert client.get(reverse("officer_dossier", args=[entry.dossier_id])).status_code == 404
    assert client.get(reverse("officer_company", args=[company.pk])).status_code == 404
    assert not Dossier.objects.visible_to(officer).filter(pk=entry.dossier_id).exists()


def test_what_was_filed_is_carried_over_with_its_device(officer: User) -> None:
    from tests.applications.journeys import Journey

    journey = Journey().to("submitted")
    entry = begin(journey.dossier.company, officer, volet=2)
    draft = entry.dossier
    assert draft.company_facts["headcount"] == "12"
    assert draft.declarations == {}
    device = journey.dossier.device
    Device.objects.filter(pk=device.pk).update(facts={**device.facts, "risk_class": "III"})
    device.refresh_from_db()
    filing.choose_device(
        draft, actor=officer, expected_revision=draft.revision, device=device, today=clock.today()
    )
    draft.refresh_from_db()
    assert draft.device_facts["risk_class"] == "IIa"
    device.refresh_from_db()
    assert device.facts["risk_class"] == "III"
    with pytest.raises(Refused, match="elle seule change son nom"):
        filing.save_device(
            draft, actor=officer, expected_revision=draft.revision, facts={}, device=device, name="Autre",
            description=device.description, today=clock.today(),
        )  # fmt: skip


# --- What the officer may not do ----------------------------------------------------------------------
def test_declarations_filing_and_withdrawal_stay_the_companys(company: Company, officer: User) -> None:
    entry, client = begin(company, officer), signed_in(officer)
    draft, said = entry.dossier, {"training_not_cumulated": True}
    with pytest.raises(NotYours, match="revient à l’entreprise"):
        filing.save_declarations(
            draft, declarations=said, actor=officer, expected_revision=draft.revision, today=clock.today()
        )
    step = reverse("filing_step", args=[draft.pk, "declarations"])
    assert "À faire par l’entreprise" in client.get(step).content.decode()
    assert client.post(step, {"training_not_cumulated": "oui"}).status_code == 403
    assert client.post(reverse("filing_submit", args=[draft.pk])).status_code == 403
    for act in ("submit", "withdraw"):
        with pytest.raises(NotYours):
            execute(act, dossier=draft, actor=officer, expected_version=draft.version, **ENGAGED)


@pytest.mark.parametrize("who", ["other officer", "controller", "auditor", "stranger", "expert"])
def test_nobody_else_writes_in_the_draft(company: Company, officer: User, who: str) -> None:
    draft = begin(company, officer).dossier
    make = {"other officer": f.OfficerFactory, "controller": f.ControllerFactory, "auditor": f.AuditorFactory}
    person = (
        make[who]()
        if who in make
        else f.owner_of(f.CompanyFactory() if who == "stranger" else f.ExpertFirmFactory())
    )
    with pytest.raises(NotYours):
        filing.confirm_volet(
            draft, actor=person, expected_revision=0, items=[], confirmed=True, today=clock.today()
        )
    answer = signed_in(person).get(reverse("filing_tasks", args=[draft.pk]))
    assert answer.status_code in {403, 404}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"letter": None}, "courrier ou l’e-mail reçu manque"),
        ({"letter": None, "channel": "email"}, "courrier ou l’e-mail reçu manque"),
        ({"received_on": clock.today() + timedelta(days=1)}, "à venir"),
    ],
)
def test_what_was_received_is_judged(
    company: Company, officer: User, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        begin(company, officer, **changes)
    assert not Assistance.objects.exists()


def test_a_volet_under_way_is_refused_as_to_the_company(company: Company, officer: User) -> None:
    with pytest.raises(Refused, match="existe déjà pour ce volet"):
        begin(company, officer, volet=2)
    begin(company, officer, letter=None, channel="phone")
    with pytest.raises(Refused, match="existe déjà pour ce volet"):
        begin(company, f.OfficerFactory())
    for person in (f.ControllerFactory(), f.AuditorFactory(), f.owner_of(company)):
        with pytest.raises(NotYours):
            begin(company, person, volet=3)


def test_a_company_without_members_needs_an_address(officer: User) -> None:
    lookup = Lookup("siren", SIREN, "off")
    with pytest.raises(Refused, match="n’a pas encore de membre"):
        entering.begin(
            lookup=lookup,
            identity={"name": "Pneumolog"},
            volet=1,
            heard=heard(),
            actor=officer,
            now=clock.now(),
        )
    assert not Company.objects.filter(identifier=SIREN).exists()
