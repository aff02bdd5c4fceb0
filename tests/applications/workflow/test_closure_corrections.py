"""A closure sent back for corrections: what was asked is mended, or answered, before it is sent again."""

from typing import Any

import pytest
from django.utils import timezone

from applications.models import DeliveredLine, Invoice
from applications.services.closure import answer_correction
from applications.services.preflight import State, examine
from applications.workflow.refusals import NotYours, Refused, Stale
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db


def sent_back(*targets: str) -> Journey:
    """Return a journey whose closure was sent back with a correction of each target."""
    journey = Journey().to("closure_submitted")
    items = [{"target": target, "reason": f"À revoir : {target}."} for target in targets]
    journey.act("request_corrections", journey.officer, items=items, message=MOTIVE)
    return journey


def send(journey: Journey) -> set[str]:
    return refused(journey, "submit_closure", journey.expert, report_given_on=journey.today)


def sent(journey: Journey) -> bool:
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    return bool(journey.dossier.state == "closure_submitted")


def replace_document(journey: Journey, kind: str) -> None:
    piece = journey.mission.documents.get(kind=kind, replaced_at__isnull=True)
    assert piece.document is not None
    piece.document = f.DocumentFactory(sha256="ab" * 32, organisation=piece.document.organisation)
    piece.save()


def change_line(_journey: Journey) -> None:
    DeliveredLine.objects.filter(item="qms_support").update(report_reference="Section 7, autre")


def change_invoice(addressee: str) -> Any:
    return lambda _journey: Invoice.objects.filter(addressee=addressee).update(number="F-2026-CORRIGÉE")


MENDS: list[tuple[str, str, Any]] = [
    ("final_report", "rapport", lambda journey: replace_document(journey, "final_report")),
    ("signed_quote", "devis", lambda journey: replace_document(journey, "signed_quote")),
    ("company_invoice", "entreprise", change_invoice("company")),
    ("bpifrance_invoice", "bpifrance", change_invoice("bpifrance")),
    ("qms_support", "lignes", change_line),
    ("delivered_lines", "lignes", change_line),
]


@pytest.mark.parametrize(("target", "part", "mend"), MENDS, ids=[one[0] for one in MENDS])
def test_what_was_asked_stays_to_mend_until_it_changed(target: str, part: str, mend: Any) -> None:
    journey = sent_back(target)
    found = examine(journey.mission)
    assert [one.slug for one in found.parts if one.state == State.MEND] == [part]
    (told,) = found.part(part).obstacles
    assert f"«\u00a0À revoir : {target}\u00a0». " in told.sentence
    assert told.remedy
    assert send(journey) == {f"uncorrected:{target}"}
    mend(journey)
    assert sent(journey)


@pytest.mark.parametrize("target", ["", "report_given_on", "no_such_item"])
def test_a_correction_that_names_no_part_stops_nobody(target: str) -> None:
    assert sent(sent_back(target))


def test_a_reason_to_change_nothing_is_an_answer() -> None:
    journey = sent_back("final_report", "company_invoice")

    def answer(target: str, text: str) -> None:
        answer_correction(journey.mission, target=target, answer=text, actor=journey.expert, now=journey.now)

    with pytest.raises(Refused):
        answer("final_report", "Non.")
    with pytest.raises(Stale):
        answer("signed_quote", MOTIVE)
    answer("final_report", MOTIVE)
    journey.mission.refresh_from_db()
    assert [one.get("answer") for one in journey.mission.corrections] == [MOTIVE, None]
    assert send(journey) == {"uncorrected:company_invoice"}
    answer("company_invoice", MOTIVE)
    assert sent(journey)


def test_only_the_firm_answers() -> None:
    journey = sent_back("final_report")
    with pytest.raises(NotYours):
        answer_correction(
            journey.mission,
            target="final_report",
            answer=MOTIVE,
            actor=f.UserFactory(),
            now=timezone.now(),
        )


def test_what_was_mended_is_controlled_and_certified() -> None:
    journey = sent_back("final_report")
    replace_document(journey, "final_report")
    journey.act("submit_closure", journey.expert, report_given_on=journey.today)
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    journey.act("certify_service", journey.officer)
    journey.act("approve_payment", journey.controller)
    assert journey.dossier.state == "payment_approved"
