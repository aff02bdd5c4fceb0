"""The pages of accreditations: asked by the firm, proposed by an officer, decided by a manager."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from experts import services
from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, AccreditationDecision, ExpertFirm
from portal import clock
from portal.accounts.models import StaffRole, User
from portal.notifications.models import Outbox
from tests.experts.conftest import MOTIVE, NOW, SIRENS, ask, paper, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(db: None) -> User:
    user = person("stranger")
    services.register_firm(name="Autre cabinet", siren=SIRENS[2], actor=user, now=NOW)
    return user


def answers(**changed: Any) -> dict[str, Any]:
    """What a firm types for its first request, today."""
    today = clock.today()
    known = {
        "volet": "1",
        "references": "Trois dossiers ISO 13485",
        "cvs": [paper("lys.pdf"), paper("roy.pdf")],
        "insurance": paper("assurance.pdf"),
        "insurer": "Mutuelle",
        "insurance_from": (today - timedelta(days=10)).isoformat(),
        "insurance_until": (today + timedelta(days=300)).isoformat(),
        "tax": paper("vigilance.pdf"),
        "tax_issued_on": today.isoformat(),
        "charter": "on",
        "seen": CHARTER_VERSION,
    }
    return known | changed


def test_a_request_is_asked_studied_decided_and_read(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    client, desk, boss = signed_in(expert), signed_in(officer), signed_in(manager)
    client.post(reverse("accreditation_request", args=[firm.pk]), answers())
    asked = Accreditation.objects.get()
    profile = client.get(reverse("firm_profile")).content.decode()
    assert "En attente de décision" in profile
    queue = desk.get(reverse("accreditation_queue")).content.decode()
    page = reverse("accreditation_decide", args=[asked.pk])
    assert page in queue
    shown = desk.get(page).content.decode()
    for words in (
        "Trois dossiers ISO 13485",
        "lys.pdf",
        "roy.pdf",
        "assurance.pdf",
        "vigilance.pdf",
        CHARTER_VERSION,
    ):
        assert words in shown
    kept = desk.post(page, {"decision": "refuse", "motive": "non"})
    assert kept.status_code == 422
    assert "Donnez le motif" in kept.content.decode()
    desk.post(
        page, {"decision": "grant", "valid_from": "2026-06-15", "valid_until": "2029-06-14", "motive": MOTIVE}
    )
    proposal = AccreditationDecision.objects.get()
    answer = reverse("accreditation_answer", args=[asked.pk, proposal.pk])
    assert answer not in desk.get(page).content.decode()
    assert desk.post(answer, {"follow": "1"}).status_code == 403
    assert answer in boss.get(page).content.decode()
    assert boss.post(answer, {"follow": "0", "answer": ""}).status_code == 422
    boss.post(answer, {"follow": "1"})
    asked.refresh_from_db()
    assert (asked.status, asked.valid_until) == ("granted", date(2029, 6, 14))
    assert "Agréé" in client.get(reverse("firm_profile")).content.decode()
    assert MOTIVE in desk.get(page).content.decode()


def test_who_comes_second_reads_why_and_keeps_his_words(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    asked, boss = ask(firm, expert), signed_in(manager)
    page = reverse("accreditation_decide", args=[asked.pk])
    signed_in(officer).post(page, {"decision": "refuse", "motive": MOTIVE})
    late = boss.post(page, {"decision": "refuse", "motive": "Une référence manque encore"})
    assert late.status_code == 409
    assert "Une décision est déjà proposée" in late.content.decode()
    assert "Une référence manque encore" in late.content.decode()
    proposal = AccreditationDecision.objects.get()
    answer = reverse("accreditation_answer", args=[asked.pk, proposal.pk])
    services.set_decision_aside(proposal=proposal, answer=MOTIVE, actor=manager, now=NOW)
    other = signed_in(person("other", StaffRole.MANAGER))
    late = other.post(answer, {"follow": "0", "answer": "Je ne suis pas cet avis"})
    shown = late.content.decode()
    assert late.status_code == 409
    assert "a changé entre-temps" in shown
    assert "Je ne suis pas cet avis" in shown
    # The form that proposes anew is a fresh one, without errors of another.
    assert "Ce champ est obligatoire" not in shown
    assert "Proposer aux responsables" in shown


def test_who_proposed_reads_why_he_does_not_answer(firm: ExpertFirm, expert: User, manager: User) -> None:
    asked, boss = ask(firm, expert), signed_in(manager)
    boss.post(reverse("accreditation_decide", args=[asked.pk]), {"decision": "refuse", "motive": MOTIVE})
    address = reverse("accreditation_answer", args=[asked.pk, AccreditationDecision.objects.get().pk])
    late = boss.post(address, {"follow": "1"})
    assert late.status_code == 409
    assert "un autre responsable la prend" in late.content.decode()


def test_what_was_typed_is_kept_when_a_paper_lacks(firm: ExpertFirm, expert: User) -> None:
    answer = signed_in(expert).post(reverse("accreditation_request", args=[firm.pk]), answers(tax=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "attestation fiscale et sociale de moins de 6 mois" in page
    assert "Trois dossiers ISO 13485" in page
    assert not Accreditation.objects.exists()


def test_a_firms_papers_are_its_own(firm: ExpertFirm, expert: User, stranger: User, officer: User) -> None:
    asked = ask(firm, expert)
    readers = {
        expert: 200,
        officer: 200,
        person("auditor", StaffRole.AUDITOR): 200,
        stranger: 404,
        person("controller", StaffRole.CONTROLLER): 404,
        person("administrator", StaffRole.ADMINISTRATOR): 404,
    }
    for kept in asked.papers.all():
        address = reverse("document_download", args=[kept.document_id])
        for reader, status in readers.items():
            assert signed_in(reader).get(address).status_code == status, (kept.kind, reader)


def test_the_charter_is_read_and_accepted(firm: ExpertFirm, expert: User) -> None:
    client, address = signed_in(expert), reverse("charter_accept", args=[firm.pk])
    assert address in client.get(reverse("firm_profile")).content.decode()
    assert "Conflits d’intérêts" in client.get(address).content.decode()
    assert client.post(address, {"seen": CHARTER_VERSION}).status_code == 422
    assert "relisez-la" in client.post(address, {"seen": "2023", "charter": "on"}).content.decode()
    client.post(address, {"seen": CHARTER_VERSION, "charter": "on"})
    firm.refresh_from_db()
    assert services.charter_is_current(firm)
    assert address not in client.get(reverse("firm_profile")).content.decode()


@pytest.mark.parametrize("seen", ["2023-01", ""])
def test_a_charter_that_changed_under_the_page_is_read_again(
    firm: ExpertFirm, expert: User, seen: str
) -> None:
    client = signed_in(expert)
    for address, typed in (
        (reverse("accreditation_request", args=[firm.pk]), answers()),
        (reverse("charter_accept", args=[firm.pk]), {"charter": "on"}),
    ):
        answer = client.post(address, typed | {"seen": seen})
        assert answer.status_code == 422
        assert "La charte a changé" in answer.content.decode()
        # What is shown now is the text in force: accepting it again is enough.
        assert f'name="seen" value="{CHARTER_VERSION}"' in answer.content.decode()
    assert not Accreditation.objects.exists()
    firm.refresh_from_db()
    assert not services.charter_is_current(firm)


def test_an_insurance_is_given_on_its_page(firm: ExpertFirm, expert: User) -> None:
    client, address = signed_in(expert), reverse("insurance_file", args=[firm.pk])
    typed = {name: value for name, value in answers().items() if name.startswith("insur")}
    assert client.post(address, typed | {"insurer": ""}).status_code == 422
    client.post(address, typed | {"insurance": paper("assurance.pdf")})
    assert "assurance.pdf" in client.get(reverse("firm_profile")).content.decode()


def test_a_consultant_is_added_corrected_and_removed(firm: ExpertFirm, expert: User, stranger: User) -> None:
    client = signed_in(expert)
    typed = {"full_name": "Ana Lys", "volets": ["4", "5"], "cv": paper("ana.pdf")}
    client.post(reverse("consultant_add", args=[firm.pk]), typed)
    consultant = firm.consultants.get()
    assert consultant.volets == [4, 5]
    page = reverse("consultant_edit", args=[consultant.pk])
    assert "ana.pdf" in client.get(page).content.decode()
    assert signed_in(stranger).get(page).status_code == 404
    client.post(page, {"full_name": "Ana Lys", "volets": ["4"]})
    toggle = reverse("consultant_toggle", args=[consultant.pk])
    assert signed_in(stranger).post(toggle, {"active": "0"}).status_code == 404
    assert client.get(toggle).status_code == 405
    client.post(toggle, {"active": "0"})
    consultant.refresh_from_db()
    assert (consultant.volets, consultant.is_active, consultant.cv is not None) == ([4], False, True)


@pytest.mark.parametrize(
    ("status", "days", "words"),
    [
        ("granted", 400, "Renouvellement à demander à partir du"),
        ("granted", 60, "Demander le renouvellement"),
        ("granted", -5, "Échu depuis le"),
        ("granted", None, "Sans date de fin"),
        ("suspended", 400, "Aucune nouvelle mission"),
        ("refused", None, "Demander de nouveau"),
        ("withdrawn", None, "Demander de nouveau"),
    ],
)
def test_the_firm_reads_where_it_stands_and_what_to_do(
    firm: ExpertFirm, expert: User, status: str, days: int | None, words: str
) -> None:
    Accreditation.objects.create(
        firm=firm,
        volet=1,
        status=status,
        granted_on=date(2024, 1, 1),
        valid_until=None if days is None else clock.today() + timedelta(days=days),
        motive="Motif connu.",
        references="Trois dossiers ISO 13485",
    )
    assert words in signed_in(expert).get(reverse("firm_profile")).content.decode()


def test_the_queue_is_read_by_all_and_costs_the_same(
    firm: ExpertFirm, expert: User, officer: User, django_assert_num_queries: Any
) -> None:
    desk = signed_in(officer)
    for volet in range(1, 6):
        ask(firm, expert, volet)
    desk.get(reverse("accreditation_queue"))
    with django_assert_num_queries(6):
        desk.get(reverse("accreditation_queue"))


@pytest.mark.parametrize("role", ["officer", "manager", "controller", "auditor"])
def test_the_queue_leads_where_its_reader_may_go(firm: ExpertFirm, expert: User, role: str) -> None:
    ask(firm, expert, 1)
    services.propose_decision(
        accreditation=ask(firm, expert, 2),
        decision="refuse",
        motive=MOTIVE,
        actor=person("proposer", StaffRole.OFFICER),
        now=NOW,
    )
    client = signed_in(person(f"a-{role}", role))
    page = client.get(reverse("accreditation_queue")).content.decode()
    table = page[page.index("<tbody>") : page.rindex("</tbody>")]
    links = re.findall(r'href="([^"]+)"', table)
    assert len(links) == 2
    assert [client.get(link).status_code for link in links] == [200, 200]


def test_an_accreditation_of_before_the_portal_is_proposed(firm: ExpertFirm, officer: User) -> None:
    desk, address = signed_in(officer), reverse("accreditation_record", args=[firm.pk])
    desk.post(address, {"volet": "3", "valid_from": "2025-01-01", "motive": "Décision du 1er janvier 2025"})
    assert Accreditation.objects.get().status == "requested"
    assert "à décider" not in desk.get(reverse("firm_detail", args=[firm.pk])).content.decode()


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_mistyped_year_is_said_on_its_field(
    firm: ExpertFirm, expert: User, officer: User, year: str
) -> None:
    desk, asked = signed_in(officer), ask(firm, expert)
    dates = {"valid_from": f"{year}-01-01", "valid_until": f"{year}-12-31"}
    for address, typed in (
        (
            reverse("accreditation_decide", args=[asked.pk]),
            dates | {"decision": "grant", "motive": MOTIVE},
        ),
        (reverse("certificate_record", args=[firm.pk]), dates | {"scopes": ["code_audit"]}),
    ):
        assert "Vérifiez l’année" in desk.post(address, typed).content.decode()
    assert not AccreditationDecision.objects.exists()
    assert not firm.passi_certificates.exists()


def test_what_bpifrance_records_by_itself_is_not_told_as_a_request_of_the_firm(
    firm: ExpertFirm, expert: User, officer: User, manager: User
) -> None:
    client = signed_in(expert)
    given = {"firm": firm, "volet": 3, "motive": MOTIVE, "actor": officer, "now": NOW}
    proposal = services.record_accreditation(**given)  # type: ignore[arg-type]
    profile = client.get(reverse("firm_profile")).content.decode()
    assert "hors du portail" in profile
    assert "Demande du" not in profile
    services.set_decision_aside(proposal=proposal, answer=MOTIVE, actor=manager, now=NOW)
    told = Outbox.objects.filter(kind="notify", payload__user=expert.pk).count()
    recorded = Accreditation.objects.get()
    refusal = services.propose_decision(
        accreditation=recorded, decision="refuse", motive=MOTIVE, actor=officer, now=NOW
    )
    services.follow_decision(proposal=refusal, actor=manager, now=NOW)
    assert Outbox.objects.filter(kind="notify", payload__user=expert.pk).count() == told
    profile = client.get(reverse("firm_profile")).content.decode()
    assert MOTIVE not in profile
    assert services.standing_for(firm, 3, clock.today()).may_ask


def test_all_that_lacks_is_told_at_once_and_the_files_are_asked_again(firm: ExpertFirm, expert: User) -> None:
    sent = answers(
        references="ISO", cvs=[paper("lys.exe")], insurer="", insurance_until="", tax="", charter=""
    )
    answer = signed_in(expert).post(reverse("accreditation_request", args=[firm.pk]), sent)
    errors = answer.context["form"].errors
    told = {"references", "cvs", "insurer", "insurance_until", "tax", "charter"}
    assert set(errors) == told
    assert "sauf les fichiers\u00a0: joignez-les de nouveau" in answer.content.decode()


def test_the_papers_that_the_firm_never_gave_are_marked_as_required(firm: ExpertFirm, expert: User) -> None:
    address = reverse("accreditation_request", args=[firm.pk])
    papers = ("cvs", "insurance", "tax", "tax_issued_on")
    page = signed_in(expert).get(f"{address}?volet=1").content.decode()
    for name in papers:
        label = re.search(rf'<label[^>]*for="id_{name}".*?</label>', page, re.DOTALL)
        assert label is not None
        assert "asteriskField" in label[0], name
    signed_in(expert).post(address, answers())
    form = signed_in(expert).get(f"{address}?volet=2").context["form"]
    assert [form.fields[name].required for name in papers] == [True, False, False, False]
