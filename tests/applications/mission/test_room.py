"""The room's pages: what each side reads and may do there, conflicts that lose nothing, the calendar, the archive."""

from typing import Any

import pytest
from django.urls import reverse

from applications.models import Minutes, MinutesVersion, Mission, MissionReport, PendingApproval
from applications.services import mission_work
from applications.services.mission import minutes
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.expert.conftest import pdf
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.mission.conftest import (
    Start,
    approved,
    browser,
    draft,
    page,
    planned,
    propose,
    proposed,
    said,
    started,
    words,
)

pytestmark = pytest.mark.django_db


def typed(journey: Journey, **changes: str) -> dict[str, str]:
    """Return the form of minutes as a browser sends it."""
    return {
        "kind": "progress",
        "met_on": journey.today.isoformat(),
        "present": "Ada Martin\r\nLéo Petit",
        "decided": "Le plan est adopté.",
        "next_steps": "",
        "next_meeting_on": "",
        "key": "5b1c3f0e-0000-4000-8000-000000000002",
        **changes,
    }


def address(name: str, journey: Journey | None = None) -> str:
    pk = journey.mission.pk if journey is not None else Minutes.objects.get().pk
    return reverse(name, args=[pk])


# --- From the form to the approval ---------------------------------------------------------------
def test_the_expert_writes_and_the_company_approves_from_their_pages(at: Start) -> None:
    journey = at()
    expert, owner = browser(journey.expert), browser(journey.owner)
    assert "Écrire un compte rendu" in page(journey, journey.expert)
    assert expert.get(address("minutes_new", journey)).status_code == 200
    sent = expert.post(
        address("minutes_new", journey), {**typed(journey), "propose": "1", "file": pdf("cr.pdf")}
    )
    assert (sent.status_code, sent.headers["Location"]) == (302, address("minutes_page"))
    assert "À approuver par vous" in page(journey, journey.owner)
    assert "Compte rendu du" in page(journey, journey.owner)
    shown = words(owner.get(address("minutes_page")))
    for told in ("Le plan est adopté.", "cr.pdf", "Approuver le compte rendu", "proposer vaut approbation"):
        assert told in shown
    assert owner.post(address("minutes_approve"), {"number": "1"}).status_code == 302
    shown = words(owner.get(address("minutes_page")))
    version = MinutesVersion.objects.get()
    assert version.sha256 in shown
    assert "Approuver le compte rendu" not in shown
    for person in (journey.expert.full_name, journey.owner.full_name):
        assert person in shown
    assert "À approuver par vous" not in page(journey, journey.owner)


def test_the_company_writes_and_the_expert_finds_it_on_top_of_his_page(at: Start) -> None:
    journey = at()
    sent = browser(journey.owner).post(address("minutes_new", journey), {**typed(journey), "propose": "1"})
    assert sent.status_code == 302
    shown = page(journey, journey.expert)
    assert "à approuver" in shown
    assert "L’entreprise vous le propose" in shown
    answer = browser(journey.expert).post(
        address("minutes_correct"), {"number": "1", "reason": "Il manque la décision sur le périmètre."}
    )
    assert answer.status_code == 302
    assert "Il manque la décision" in page(journey, journey.owner)


def test_a_draft_is_saved_half_written_and_read_by_its_side_alone(at: Start) -> None:
    journey = at()
    half = typed(journey, met_on="", decided="zorg-brouillon")
    sent = browser(journey.expert).post(address("minutes_new", journey), half)
    assert (sent.status_code, sent.headers["Location"]) == (302, address("minutes_edit"))
    assert "zorg-brouillon" in words(browser(journey.expert).get(address("minutes_edit")))
    assert browser(journey.owner).get(address("minutes_page")).status_code == 404
    assert "zorg" not in page(journey, journey.owner)
    assert "Aucun" not in page(journey, journey.owner).split("Comptes rendus de réunion")[1][:50]


def test_what_lacks_is_told_beside_what_was_typed_and_the_draft_is_kept(at: Start) -> None:
    journey = at()
    sent = {**typed(journey, present=""), "propose": "1", "file": pdf("cr.pdf")}
    answer = browser(journey.expert).post(address("minutes_new", journey), sent)
    assert answer.status_code == 422
    shown = words(answer)
    assert "Nommez les personnes présentes." in shown
    assert "Le plan est adopté." in shown
    assert "cr.pdf" in shown
    version = MinutesVersion.objects.get()
    again = {**typed(journey), "propose": "1", "revision": str(version.revision)}
    assert browser(journey.expert).post(address("minutes_edit"), again).status_code == 302
    version.refresh_from_db()
    assert (version.state, version.document.original_name) == ("proposed", "cr.pdf")


def test_a_date_that_is_none_and_a_wrong_file_lose_nothing(at: Start) -> None:
    journey = at()
    client = browser(journey.expert)
    answer = client.post(address("minutes_new", journey), typed(journey, met_on="31/02/2026"))
    assert answer.status_code == 422
    assert "n’existe pas" in words(answer)
    assert "Le plan est adopté." in words(answer)
    wrong = pdf("cr.exe")
    answer = client.post(address("minutes_new", journey), {**typed(journey), "file": wrong})
    assert answer.status_code == 422
    assert "Le plan est adopté." in words(answer)
    assert not Minutes.objects.exists()


# --- Conflicts -----------------------------------------------------------------------------------
def test_a_draft_saved_meanwhile_is_told_and_both_texts_are_there(at: Start) -> None:
    journey = at()
    version, client = draft(journey), browser(journey.expert)
    client.post(address("minutes_edit"), {**typed(journey, decided="La saisie de l’un."), "revision": "0"})
    late = typed(journey, decided="La saisie de l’autre.")
    answer = client.post(address("minutes_edit"), {**late, "revision": "0"})
    assert answer.status_code == 409
    shown = words(answer)
    assert "La saisie de l’un." in shown
    assert "La saisie de l’autre." in shown
    assert (
        client.post(address("minutes_edit"), {**late, "revision": "0", "overwrite": "1"}).status_code == 302
    )
    version.refresh_from_db()
    assert version.decided == "La saisie de l’autre."


def test_a_version_replaced_meanwhile_is_shown_with_the_answer_that_was_typed(at: Start) -> None:
    journey = at()
    first = proposed(journey)
    second = minutes.revise(minutes=first.minutes, actor=journey.expert, now=journey.now)
    second = minutes.save(
        version=second,
        actor=journey.expert,
        now=journey.now,
        expected_revision=0,
        said=said(journey, decided="La seconde version."),
    )
    propose(journey, second)
    client = browser(journey.owner)
    answer = client.post(address("minutes_approve"), {"number": "1"})
    assert answer.status_code == 409
    assert "remplacée par la version 2" in words(answer)
    assert "La seconde version." in words(answer)
    answer = client.post(
        address("minutes_correct"), {"number": "1", "reason": "zorg-ma-raison, assez longue"}
    )
    assert answer.status_code == 409
    assert "zorg-ma-raison" in words(answer)
    assert MinutesVersion.objects.filter(answered_at__isnull=False).count() == 0


def test_a_correction_typed_while_a_colleague_approves_is_kept_on_the_page(at: Start) -> None:
    journey = at()
    approved(journey)
    answer = browser(journey.owner).post(
        address("minutes_correct"), {"number": "1", "reason": "zorg-ma-raison, assez longue"}
    )
    assert answer.status_code == 409
    assert f"approuvée par {journey.owner.full_name}" in words(answer)
    assert "Vous aviez écrit" in words(answer)
    assert "zorg-ma-raison" in words(answer)


@pytest.mark.parametrize("number", ["", "x", "-1", "99999999999"])
def test_an_answer_to_no_version_is_refused(at: Start, number: str) -> None:
    proposed(journey := at())
    assert browser(journey.owner).post(address("minutes_approve"), {"number": number}).status_code == 409


# --- Rights --------------------------------------------------------------------------------------
def test_rivals_other_companies_and_bpifrance_stay_out_of_the_pages(at: Start) -> None:
    journey = at()
    proposed(journey, decided="zorg-decision")
    pages = [
        "minutes_page",
        "minutes_edit",
        "minutes_approve",
        "minutes_correct",
        "minutes_revise",
        "minutes_drop",
    ]
    for person, status in (
        (f.owner_of(f.ExpertFirmFactory()), 404),
        (f.owner_of(f.CompanyFactory()), 404),
        (journey.officer, 403),
        (journey.controller, 403),
        (f.AuditorFactory(), 403),
        (f.AdministratorFactory(), 403),
    ):
        client = browser(person)
        assert client.get(address("minutes_new", journey)).status_code == status
        assert client.get(address("minutes_page")).status_code == status
        for name in pages[1:]:
            assert client.post(address(name)).status_code == status, name


def test_who_may_not_do_an_act_is_told_why(at: Start) -> None:
    journey = at()
    proposed(journey)
    answer = browser(journey.expert).post(address("minutes_approve"), {"number": "1"})
    assert answer.status_code == 403
    assert "vaut approbation" in words(answer)
    answer = browser(journey.owner).post(address("minutes_revise"))
    assert answer.status_code == 403
    assert "demandez-lui une correction" in words(answer)


def test_the_desk_reads_approved_minutes_and_of_others_that_they_exist(at: Start) -> None:
    journey = at()
    version = proposed(journey, decided="zorg-decision", present="zorg-personne")

    def desk() -> str:
        return words(browser(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])))

    assert "en discussion depuis" in desk()
    assert "zorg" not in desk()
    minutes.approve(minutes=version.minutes, number=1, actor=journey.owner, now=journey.now)
    shown = desk()
    for told in (
        "zorg-decision",
        "zorg-personne",
        "approuvé des deux côtés",
        "Compte rendu de réunion approuvé",
    ):
        assert told in shown


def test_the_company_finds_the_minutes_of_a_replaced_expert(at: Start) -> None:
    journey = started(at())
    first = journey.mission
    firm = f.ExpertFirmFactory()
    lines = [{"item": "qms_support", "amount": "20000.00"}]
    journey.day(3).act("replace_expert", journey.manager, firm=firm, lines=lines, motive=MOTIVE)
    new, fresh = f.owner_of(firm), Mission.objects.get(firm=firm)
    journey.act("declare_conflict", new, mission=fresh, conflict_free=True)
    journey.act("amend", new, agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    version = minutes.start(mission=first, actor=journey.expert, now=journey.now, said=said(journey))
    propose(journey, version)
    shown = page(journey, journey.owner)
    assert "À approuver par vous" in shown
    assert f"Écrit par {first.firm.name}" in shown
    theirs = words(browser(new).get(reverse("mission_detail", args=[fresh.pk])))
    assert "Écrit par" not in theirs


def test_a_running_late_end_is_not_voided_by_minutes(at: Start) -> None:
    journey = started(at())
    ended_on = journey.day(10).today
    journey.day((journey.dossier.due_on - journey.today).days + 5)
    journey.act("declare_work_done", journey.expert, work_ended_on=ended_on)
    proposed(journey)
    assert PendingApproval.objects.get().status == "open"
    assert "en attente d’un responsable" in page(journey, journey.expert)


# --- Reports -------------------------------------------------------------------------------------
def test_a_delay_is_in_the_history_and_minutes_are_no_report(at: Start) -> None:
    journey = at()
    told = {"kind": "delay", "happened_on": journey.today, "text": "Deux semaines de retard."}
    mission_work.file_report(journey.mission, actor=journey.expert, now=journey.now, **told)
    assert Event.objects.get(name="report_filed").data["kind"] == "delay"
    for person in (journey.expert, journey.owner):
        assert "Deux semaines de retard." in page(journey, person)
    answer = browser(journey.expert).post(
        reverse("mission_report", args=[journey.mission.pk]),
        {"kind": "minutes", "happened_on": journey.today.isoformat(), "text": "Une réunion s’est tenue."},
    )
    assert answer.status_code == 200
    assert MissionReport.objects.count() == 1


# --- What comes next -----------------------------------------------------------------------------
def steps(journey: Journey, person: Any) -> str:
    return page(journey, person).partition("La suite de la mission")[2].partition("</section>")[0]


def test_each_reads_whose_move_it_is(at: Start) -> None:
    journey = at()
    assert "Déposer le contrat de prestation signé" in steps(journey, journey.owner)
    started(journey)
    planned(journey)
    proposed(journey)
    theirs, ours = steps(journey, journey.owner), steps(journey, journey.expert)
    for told in ("Approuver le compte rendu", "Terminer la phase « Audit à blanc »", "Déclarer la fin"):
        assert told in theirs
        assert told in ours
    assert journey.mission.firm.name in theirs
    assert "L’entreprise" in ours
    assert "Terme de la prestation" in ours
    assert "prolongation" not in ours
