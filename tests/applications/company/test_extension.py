"""The extension of a term: only where the edition allows one, asked by the company, signed by all."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Deadline, Letter
from applications.services import documents
from applications.services.extension import extended_term
from applications.workflow.refusals import Refused, WrongState
from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Notification
from tariffs.engine.terms import add_months
from tests.applications import factories as f
from tests.applications.company.test_pages import signed_in
from tests.applications.editions import with_edition
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db


@pytest.fixture
def extending(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edition 2024 allows three months more."""
    with_edition(monkeypatch, extension_months=3)


def refused(journey: Journey, name: str, actor: Any, **inputs: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        journey.act(name, actor, **inputs)
    return {one.code for one in refusal.value.obstacles}


def granted() -> Journey:
    """Return a journey whose extension the manager has signed."""
    journey = Journey().to("in_progress")
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    journey.act("extend", journey.manager, motive=MOTIVE)
    return journey


def signed_by_all(journey: Journey) -> Journey:
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    journey.act("amend", journey.expert, agreed=True)
    return journey


def test_the_published_editions_refuse_it_in_words_and_show_nothing() -> None:
    journey = Journey().to("in_progress")
    assert refused(journey, "request_extension", journey.owner, motive=MOTIVE) == {"no_extension"}
    page = signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    assert "prolongation" not in page.content.decode()
    assert extended_term(journey.dossier) is None


@pytest.mark.usefixtures("extending")
def test_the_new_term_is_shown_before_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("in_progress")
    new = add_months(journey.dossier.signed_on, 18 + 3)
    assert extended_term(journey.dossier) == new
    client = signed_in(journey.owner)
    url = reverse("company_dossier", args=[journey.dossier.pk])
    assert "porterait le terme au" in client.get(url).content.decode()
    act = reverse("company_act", args=[journey.dossier.pk, "request_extension"])
    typed = {"version": journey.dossier.version, "request_extension-motive": MOTIVE}
    assert client.post(act, typed).status_code == 302
    assert "La prolongation est déjà demandée" in client.get(url).content.decode()


@pytest.mark.usefixtures("extending")
def test_the_term_moves_with_the_last_signature_only() -> None:
    journey = granted()
    before = journey.dossier.due_on
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    assert journey.dossier.due_on == before
    outcome = journey.act("amend", journey.expert, agreed=True)
    new = add_months(journey.dossier.signed_on, 21)
    assert journey.dossier.due_on == new > before
    assert outcome.event.data["due_on"] == new.isoformat()
    terms = Deadline.objects.filter(dossier=journey.dossier, kind="term", closed_on__isnull=True)
    assert [one.due_on for one in terms] == [new]
    assert journey.dossier.bpifrance_share == journey.dossier.commitment.amount


@pytest.mark.usefixtures("extending")
def test_a_term_is_counted_in_one_step_from_its_start() -> None:
    journey = Journey().to("in_progress")
    journey.dossier.signed_on = date(2024, 8, 31)
    assert extended_term(journey.dossier) == date(2026, 5, 31)


@pytest.mark.usefixtures("extending")
def test_it_is_asked_before_the_term_and_once() -> None:
    journey = Journey().to("in_progress")
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    assert refused(journey, "request_extension", journey.owner, motive=MOTIVE) == {"extension_asked"}
    journey.act("extend", journey.manager, motive=MOTIVE)
    signed_by_all(journey)
    assert refused(journey, "request_extension", journey.owner, motive=MOTIVE) == {"extended_already"}
    assert refused(journey, "extend", journey.manager, motive=MOTIVE) == {"extension_not_asked"}
    late = Journey().to("in_progress")
    late.day((late.dossier.due_on - late.today).days)
    assert refused(late, "request_extension", late.owner, motive=MOTIVE) == {"extension_late"}


@pytest.mark.usefixtures("extending")
def test_a_manager_declines_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("in_progress")
    before = journey.dossier.due_on
    assert refused(journey, "extend", journey.manager, motive=MOTIVE) == {"extension_not_asked"}
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    journey.act("decline_extension", journey.manager, motive="Le retard est du fait de l’entreprise.")
    assert (journey.dossier.due_on, journey.dossier.extension_requested_at) == (before, None)
    page = signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    assert "Le retard est du fait de l’entreprise." in page.content.decode()


@pytest.mark.usefixtures("extending")
def test_an_extension_signed_after_the_notice_stops_the_lapse() -> None:
    journey = granted()
    journey.day((journey.dossier.due_on - journey.today).days + 1).act("give_notice", None)
    signed_by_all(journey)
    assert not Deadline.objects.filter(dossier=journey.dossier, kind="lapse", closed_on__isnull=True).exists()
    with pytest.raises((Refused, WrongState)):
        journey.day(31).act("lapse", None)


@pytest.mark.usefixtures("extending")
def test_everyone_reads_the_new_term() -> None:
    journey = granted()
    journey.dossier.refresh_from_db()
    client = signed_in(journey.owner)
    page = client.get(reverse("company_amendment", args=[journey.dossier.pk])).content.decode()
    assert "Nouveau terme" in page
    outbox.drain(journey.now)
    kinds = Notification.objects.filter(kind="extend").values_list("recipient", flat=True)
    assert set(kinds) == {journey.owner.pk, journey.expert.pk}
    letter = Letter.objects.get(dossier=journey.dossier, kind="amendment")
    assert letter.context["new_due_on"] == extended_term(journey.dossier).isoformat()
    letter.document = f.DocumentFactory(organisation=journey.dossier.company.organisation)
    letter.save()
    assert documents.may_read(journey.expert, letter.document).allowed
    assert not documents.may_read(f.owner_of(f.ExpertFirmFactory()), letter.document).allowed
    mission = signed_in(journey.expert).get(reverse("mission_detail", args=[journey.mission.pk]))
    assert "Le terme de la prestation passerait" in mission.content.decode()


@pytest.mark.usefixtures("extending")
def test_the_contract_says_what_its_edition_allows() -> None:
    assert Journey().to("contract_sent").dossier.contract.terms["extension_months"] == 3


@pytest.mark.usefixtures("extending")
def test_the_desk_offers_it_once_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("in_progress")
    client = signed_in(journey.manager)
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    act = reverse("desk_act", args=[journey.dossier.pk, "extend"])
    assert client.get(act).status_code == 409
    journey.act("request_extension", journey.owner, motive=MOTIVE)
    assert "Signer et proposer la prolongation" in client.get(act).content.decode()
