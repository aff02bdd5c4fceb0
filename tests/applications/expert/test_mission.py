"""A mission's page: what is asked, what is declared, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Message, MissionReport, PendingApproval, ServiceContract
from portal.display import french_date, short_date
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.expert.conftest import Start, page, pdf, post
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
Desk = Any


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ("submitted", "Déclarer vos intérêts"),
        ("approved", "Bpifrance prépare le contrat"),
        ("contract_sent", "doit signer son contrat"),
        ("in_progress", "Puis déclarer le démarrage"),
        ("work_done", "Envoyer la clôture"),
        ("closure_submitted", "pour confirmer la restitution"),
        ("payment_approved", "le virement est en préparation"),
        ("paid", "Mission payée"),
        ("closed", "Mission payée"),
    ],
)
def test_each_state_says_what_is_asked(journey: Start, desk: Desk, state: str, asked: str) -> None:
    made = journey(state)
    shown = page(desk, made).replace("\xa0", " ")
    assert asked in shown
    assert made.dossier.company.name in shown
    assert "20 000,00 €" in shown.replace("\u202f", " ")


def test_interests_are_declared(journey: Start, desk: Desk) -> None:
    made = journey("submitted")
    client = desk(made)
    assert "Choisissez l’une des deux" in post(client, made, "mission_conflict").content.decode()
    kept = post(client, made, "mission_conflict", conflict_free="non", statement="court").content.decode()
    assert "Décrivez le conflit" in kept
    assert "court" in kept
    answer = post(client, made, "mission_conflict", conflict_free="oui")
    assert answer.url == reverse("mission_detail", args=[made.mission.pk])
    assert made.mission.conflict_free is True
    assert made.mission.conflict_declared_by == made.expert


def test_a_page_that_is_out_of_date_does_nothing(journey: Start, desk: Desk) -> None:
    made = journey("submitted")
    client = desk(made)
    address = reverse("mission_conflict", args=[made.mission.pk])
    answer = client.post(address, {"version": "0", "conflict_free": "oui"})
    assert answer.status_code == 409
    assert made.mission.conflict_declared_at is None
    assert client.post(address, {"version": "x", "conflict_free": "oui"}).status_code == 409


def contract(made: Journey, **changed: Any) -> dict[str, Any]:
    typed = {
        "signed_on": made.today.isoformat(),
        "confidentiality": "on",
        "intellectual_property": "on",
        "file": pdf(),
    }
    return {name: value for name, value in (typed | changed).items() if value is not None}


def test_the_work_is_declared_from_contract_to_end(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    client = desk(made)
    refused = post(client, made, "mission_start", work_started_on=made.today.isoformat())
    assert "contrat de prestation" in refused.content.decode()
    assert post(client, made, "mission_service_contract", **contract(made)).status_code == 302
    assert made.mission.service_contract.signed_on == made.today
    early = made.today - timedelta(days=1)
    kept = post(client, made, "mission_start", work_started_on=early.isoformat()).content.decode()
    assert "ne peut pas commencer avant la signature" in kept
    assert early.isoformat() in kept
    assert (
        post(client, made, "mission_start", work_started_on=made.today.strftime("%d/%m/%Y")).status_code
        == 302
    )
    made.day(10)
    late = made.today + timedelta(days=1)
    assert post(client, made, "mission_done", work_ended_on=late.isoformat()).status_code == 200
    assert post(client, made, "mission_done", work_ended_on=made.today.isoformat()).status_code == 302
    made.dossier.refresh_from_db()
    assert made.dossier.state == "work_done"
    assert made.mission.report_due_on == made.today + timedelta(days=10)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"confidentiality": None}, "confidentialité"),
        ({"intellectual_property": None}, "propriété intellectuelle"),
        ({"file": None}, "Choisissez le fichier"),
        ({"file": SimpleUploadedFile("contrat.pdf", b"MZ not a pdf")}, "PDF"),
        ({"signed_on": "31/02/2026"}, "n’existe pas"),
        ({"signed_on": "2999-01-01"}, "à venir"),
    ],
)
def test_a_wrong_service_contract_is_refused(
    journey: Start, desk: Desk, changed: dict[str, Any], sentence: str
) -> None:
    made = journey("approved")
    answer = post(desk(made), made, "mission_service_contract", **contract(made, **changed))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not ServiceContract.objects.exists()


def test_the_service_contract_is_not_asked_before_approval(journey: Start, desk: Desk) -> None:
    made = journey("submitted")
    assert post(desk(made), made, "mission_service_contract", **contract(made)).status_code == 409


def test_reports_are_kept_and_told(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    client = desk(made)
    typed = {"kind": "delay", "happened_on": made.today.isoformat(), "text": "Deux semaines de retard."}
    assert post(client, made, "mission_report", **typed, file=pdf("cr.pdf")).status_code == 302
    report = MissionReport.objects.get()
    assert report.document is not None
    told = Outbox.objects.filter(kind="notify", payload__event_ref=f"report:{report.pk}")
    assert {row.payload["user"] for row in told} == {made.owner.pk, made.officer.pk}
    shown = page(desk, made)
    assert "Deux semaines de retard." in shown
    assert "cr.pdf" in shown
    kept = post(client, made, "mission_report", **{**typed, "text": "bref"}).content.decode()
    assert "Décrivez" in kept
    assert '<details class="dm-more mt-3" open>' in kept


def test_messages_reach_the_officer(journey: Start, desk: Desk) -> None:
    made = journey("under_review")
    client = desk(made)
    assert "Écrivez votre message." in post(client, made, "mission_message", body="  ").content.decode()
    assert post(client, made, "mission_message", body="Une question <b>sur</b> le devis").status_code == 302
    message = Message.objects.get()
    assert (message.thread, message.mission) == ("expert", made.mission)
    assert (
        Outbox.objects.filter(payload__event_ref=f"message:{message.pk}").get().payload["user"]
        == made.officer.pk
    )
    assert "&lt;b&gt;sur&lt;/b&gt;" in page(desk, made)


def test_the_expert_signs_the_amendment(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    lines = [
        {"item": "qms_support", "amount": "18000.00", "complexity": "", "performed_by": "expert", "label": ""}
    ]
    made.act("amend", made.officer, lines=lines, motive=MOTIVE)
    shown = page(desk, made)
    assert "Signer l’avenant n° 1" in shown.replace("\xa0", " ")
    client = desk(made)
    assert "Cochez la case" in post(client, made, "mission_amendment").content.decode()
    assert post(client, made, "mission_amendment", agreed="on").status_code == 302
    assert made.dossier.amendments.get().expert_signed_by == made.expert
    assert 'id="avenant"' not in page(desk, made)


def test_the_payment_waits_for_reasons_that_are_told(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    made.act("set_hold", made.manager, reason="seizure", motive="canari, motif interne du blocage")
    made.mission.firm.__class__.objects.update(iban="")
    shown = page(desk, made)
    for reason in ("saisie", "IBAN", "restitution", "tranche sur preuve"):
        assert reason in shown
    assert "canari" not in shown


def test_the_payment_is_shown(journey: Start, desk: Desk) -> None:
    made = journey("paid")
    assert f"VIR-{made.dossier.pk}" in page(desk, made)


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_asks_the_same_queries(
    journey: Start, desk: Desk, django_assert_num_queries: Any, count: int
) -> None:
    made = journey("in_progress")
    for _ in range(count - 1):
        Journey(firm=made.dossier.firm).to("submitted")
    client = desk(made)
    client.get(reverse("expert_home"))
    with django_assert_num_queries(6):
        answer = client.get(reverse("expert_home"))
    assert sum(len(group["rows"]) for group in answer.context["groups"]) == count


def test_missions_are_grouped_by_what_they_ask(journey: Start, desk: Desk) -> None:
    made = journey("work_done")
    firm = made.dossier.firm
    for state in ("submitted", "in_progress", "closure_submitted", "paid"):
        Journey(firm=firm).to(state)
    withdrawn = Journey(firm=firm).to("submitted")
    withdrawn.act("withdraw", withdrawn.owner, motive=MOTIVE)
    answer = desk(made).get(reverse("expert_home"))
    groups = {group["name"]: len(group["rows"]) for group in answer.context["groups"]}
    assert groups == {"declare": 1, "start": 1, "close": 1, "awaited": 1}
    assert answer.context["page_obj"].paginator.count == 2


def test_a_replaced_firm_keeps_its_mission_without_the_rivals_quote(journey: Start, desk: Desk) -> None:
    made = journey("under_review")
    first = made.mission
    rival = f.ExpertFirmFactory(name="Cabinet Rival")
    lines = [
        {"item": "qms_support", "amount": "13579.00", "complexity": "", "performed_by": "expert", "label": ""}
    ]
    made.act("replace_expert", made.manager, firm=rival, motive=MOTIVE, lines=lines)
    answer = desk(made).get(reverse("mission_detail", args=[first.pk]))
    shown = answer.content.decode().replace("\u202f", "").replace("\xa0", " ")
    assert answer.status_code == 200
    assert "13579" not in shown
    assert "Cabinet Rival" not in shown


def test_a_late_end_waits_for_a_manager_and_may_be_given_up(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    client = desk(made)
    assert post(client, made, "mission_pending_drop").status_code == 409
    made.file_service_contract()
    made.act("start_work", made.expert, work_started_on=made.today)
    ended_on = made.day(10).today
    made.day((made.dossier.due_on - made.today).days + 5)  # type: ignore[operator]
    answer = post(client, made, "mission_done", work_ended_on=ended_on.isoformat())
    assert answer.status_code == 302
    shown = page(desk, made)
    assert "en attente d’un responsable" in shown
    assert "Renoncer à cette déclaration" in shown
    assert post(client, made, "mission_pending_drop").status_code == 302
    assert PendingApproval.objects.get().status == "dropped"
    assert "Déclarer la fin de la prestation" in page(desk, made)
    assert post(client, made, "mission_pending_drop").status_code == 409


def test_a_report_sent_in_time_is_never_late_and_its_corrections_have_their_date(
    journey: Start, desk: Desk
) -> None:
    made = journey("closure_incomplete")
    due = made.mission.deadlines.get(kind="corrections", closed_on__isnull=True).due_on
    assert made.mission.report_due_on is not None
    made.day((made.mission.report_due_on - made.today).days + 5)
    client = desk(made)
    listed = client.get(reverse("expert_home")).content.decode()
    assert f"Corrections avant le {short_date(due)}" in listed
    assert "dépassé" not in listed
    assert "Rapport dû" not in listed
    assert f"Avant le {french_date(due)}" in page(desk, made)
    for name in ("mission_closure", "closure_preflight"):
        shown = client.get(reverse(name, args=[made.mission.pk])).content.decode()
        assert f"Corrections avant le {french_date(due)}" in shown
        assert "Rapport final dû" not in shown
    made.day((due - made.today).days + 1)
    late = desk(made).get(reverse("expert_home")).content.decode()
    assert f"Corrections avant le {short_date(due)} · dépassé" in late.replace("\u00a0·", " ·")


def test_one_mission_is_paid_in_the_singular(journey: Start, desk: Desk) -> None:
    shown = page(desk, journey("paid"))
    assert "Payées" not in shown
