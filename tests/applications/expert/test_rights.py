"""Who enters the expert's pages, and what they never show."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import DossierDocument, Message, Note
from applications.services.documents import may_read
from portal.accounts.models import Membership
from tests.applications import factories as f
from tests.applications.expert.conftest import Start
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db
CANARIES = {
    "turnover": "7654321.11",
    "equity": "3141592.65",
    "balance_sheet": "9876543.21",
    "headcount": "173",
}
GET_PAGES = ["mission_detail", "mission_closure"]
POST_PAGES = [
    "mission_conflict",
    "mission_service_contract",
    "mission_start",
    "mission_done",
    "mission_report",
    "mission_message",
    "mission_amendment",
    "closure_lines",
    "closure_send",
]


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def everybody(made: Journey) -> list[tuple[object, int]]:
    return [
        (f.owner_of(f.ExpertFirmFactory()), 404),
        (made.owner, 403),
        (made.officer, 403),
        (made.controller, 403),
        (f.AuditorFactory(), 403),
        (f.AdministratorFactory(), 403),
        (f.UserFactory(), 403),
    ]


def test_a_mission_is_its_firms_alone(journey: Start) -> None:
    made = journey("work_done")
    pk = made.mission.pk
    addresses = [(reverse(name, args=[pk]), "get") for name in GET_PAGES]
    addresses += [(reverse(name, args=[pk]), "post") for name in POST_PAGES]
    addresses += [
        (reverse("closure_document", args=[pk, "rapport"]), "post"),
        (reverse("invoice_add", args=[pk, "bpifrance"]), "get"),
    ]
    people = [(client_of(user), expected) for user, expected in everybody(made)]
    for address, method in addresses:
        assert getattr(Client(), method)(address).status_code == 302, address
        for client, expected in people:
            assert getattr(client, method)(address).status_code == expected, (address, expected)
        if method == "post":
            assert client_of(made.expert).get(address).status_code == 405


def test_an_invoice_is_its_firms_alone(journey: Start) -> None:
    made = journey("work_done")
    made.fill_closure()
    invoice = made.mission.invoices.first()
    assert invoice is not None
    stranger = client_of(f.owner_of(f.ExpertFirmFactory()))
    assert stranger.get(reverse("invoice_edit", args=[invoice.pk])).status_code == 404
    assert stranger.post(reverse("invoice_remove", args=[invoice.pk])).status_code == 404
    assert client_of(made.owner).get(reverse("invoice_edit", args=[invoice.pk])).status_code == 403


def test_a_member_who_left_the_firm_is_out_at_once(journey: Start) -> None:
    made = journey("submitted")
    client = client_of(made.expert)
    assert client.get(reverse("mission_detail", args=[made.mission.pk])).status_code == 200
    Membership.objects.filter(user=made.expert).update(is_active=False)
    assert client.get(reverse("mission_detail", args=[made.mission.pk])).status_code == 403


@pytest.mark.parametrize("state", ["submitted", "approved", "in_progress", "work_done", "paid"])
def test_the_companys_financials_never_show(journey: Start, state: str) -> None:
    company = f.CompanyFactory()
    company.facts |= CANARIES
    company.save()
    made = journey(state, company=company)
    if state == "work_done":
        made.fill_closure()
    Note.objects.create(
        dossier=made.dossier, author=made.officer, body="canari-note-interne", written_at=made.now
    )
    Message.objects.create(
        dossier=made.dossier,
        thread="company",
        author=made.owner,
        body="canari-fil-entreprise",
        sent_at=made.now,
    )
    client = client_of(made.expert)
    names = ["mission_detail"] + (["mission_closure"] if state in {"work_done", "paid"} else [])
    pages = [client.get(reverse(name, args=[made.mission.pk])).content.decode() for name in names]
    pages.append(client.get(reverse("expert_home")).content.decode())
    told = "".join(pages).replace("\u202f", "").replace("\xa0", "")
    for fact, value in CANARIES.items():
        for written in {value, value.replace(".", ","), value.partition(".")[0]} - {"173"}:
            assert written not in told, fact
    assert "173 " not in told
    assert "company." not in told
    assert "canari" not in told


def test_the_companys_pieces_are_not_the_experts(journey: Start) -> None:
    made = journey("submitted")
    regularity = made.dossier.documents.get(kind=DossierDocument.Kind.REGULARITY)
    assert not may_read(made.expert, regularity.document).allowed
    page = client_of(made.expert).get(reverse("mission_detail", args=[made.mission.pk])).content.decode()
    assert str(regularity.document.pk) not in page


def test_a_draft_is_invisible(journey: Start) -> None:
    made = journey("draft")
    assert "Aucune mission" in client_of(made.expert).get(reverse("expert_home")).content.decode()
