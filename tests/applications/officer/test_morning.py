"""The morning queue: what weighs more than what, and the sentence that says why."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Message
from applications.services.urgency import Case, reasons, score
from experts.models import PassiCertificate
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import due, filed

TODAY = date(2026, 3, 10)
LARGE = Decimal(25_000)
MORNING_QUERIES = 12


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def case(**known: Any) -> Case:
    """A dossier with the expert, moved today: nothing presses."""
    calm = {
        "turn": "expert",
        "state": "En instruction",
        "since": TODAY,
        "moved_on": TODAY,
        "share": Decimal(1000),
    }
    return Case(key=1, **{**calm, **known})


def told(**known: Any) -> list[str]:
    return [one.sentence.replace("\u00a0", " ") for one in reasons(case(**known), today=TODAY, large=LARGE)]


TERM = {"due": "Signature du contrat"}
PASSI = {"certificate": "Le certificat PASSI de Cyberius"}
# The most urgent first: each presses more than all those below it.
RANKS: list[tuple[dict[str, Any], str]] = [
    (
        {**TERM, "due_on": ago(3)},
        "Échéance dépassée de 3 jours : Signature du contrat (le 7 mars 2026).",
    ),
    ({**TERM, "due_on": ago(1)}, "Échéance dépassée de 1 jour : Signature du contrat (le 9 mars 2026)."),
    ({**PASSI, "certificate_until": ago(1)}, "Le certificat PASSI de Cyberius a expiré le 9 mars 2026."),
    ({**TERM, "due_on": TODAY}, "Échéance aujourd’hui : Signature du contrat (le 10 mars 2026)."),
    (
        {**PASSI, "certificate_until": TODAY + timedelta(days=1)},
        "Le certificat PASSI de Cyberius expire dans 1 jour, le 11 mars 2026.",
    ),
    (
        {**TERM, "due_on": TODAY + timedelta(days=5)},
        "Échéance dans 5 jours : Signature du contrat (le 15 mars 2026).",
    ),
    ({"unread_since": ago(4)}, "Un message attend d’être lu depuis 4 jours."),
    (
        {**TERM, "due_on": TODAY + timedelta(days=30)},
        "Échéance dans 30 jours : Signature du contrat (le 9 avril 2026).",
    ),
    ({"unread_since": TODAY}, "Un message attend d’être lu depuis aujourd’hui."),
    ({"turn": "bpifrance", "since": ago(20)}, "« En instruction » : attend Bpifrance depuis 20 jours."),
    (
        {"turn": "bpifrance", "since": ago(5), "unassigned": True},
        "Personne n’en est chargé : déposé il y a 5 jours.",
    ),
    ({"turn": "company", "moved_on": ago(40)}, "Sans nouvelle de l’entreprise depuis 40 jours."),
    ({"moved_on": ago(21)}, "Sans nouvelle de l’expert depuis 21 jours."),
    ({"turn": "bpifrance", "since": ago(1)}, "« En instruction » : attend Bpifrance depuis 1 jour."),
    ({"share": Decimal("25000.00")}, "Quote-part importante : 25\u202f000,00 €."),
]


@pytest.mark.parametrize(("known", "sentence"), RANKS, ids=[sentence for _, sentence in RANKS])
def test_each_reason_has_its_sentence(known: dict[str, Any], sentence: str) -> None:
    assert told(**known) == [sentence]


def test_reasons_weigh_in_this_order() -> None:
    points = [score(reasons(case(**known), today=TODAY, large=LARGE)) for known, _ in RANKS]
    assert points[:4] == sorted(points[:4], reverse=True)
    assert points == sorted(points, reverse=True)
    assert len(set(points)) == len(points)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {**TERM, "due_on": TODAY + timedelta(days=31)},
        {**PASSI, "certificate_until": TODAY + timedelta(days=31)},
        {"moved_on": ago(20)},
        {"turn": "bpifrance", "moved_on": ago(90), "since": TODAY, "share": Decimal("24999.99")},
    ],
)
def test_what_is_far_does_not_press(known: dict[str, Any]) -> None:
    assert [one for one in told(**known) if "attend Bpifrance depuis aujourd’hui" not in one] == []


def test_several_reasons_add_up_the_heaviest_first() -> None:
    found = reasons(
        case(
            turn="bpifrance",
            since=ago(10),
            unread_since=ago(1),
            share=Decimal(40_000),
            due_on=ago(1),
            due="Terme",
        ),
        today=TODAY,
        large=LARGE,
    )
    assert [one.code for one in found] == ["late", "message", "waiting", "amount"]
    assert score(found) == sum(one.points for one in found)


# --- The page ----------------------------------------------------------------------------------------
def queue(user: User) -> Any:
    return signed_in(user).get(reverse("morning_queue")).context["queue"]


@pytest.mark.django_db
def test_the_queue_holds_an_officers_dossiers_and_those_nobody_has() -> None:
    officer, other, today = f.OfficerFactory(), f.OfficerFactory(), clock.today()
    (mine,) = filed(1, state="incomplete", officer=officer)
    due(mine, today + timedelta(days=2))
    (nobodys,) = filed(1)
    (theirs,) = filed(1, state="under_review", officer=other)
    (over,) = filed(1, state="rejected", officer=officer)
    due(over, today)
    assert [one.row.pk for one in queue(officer)] == [mine.pk, nobodys.pk]
    assert {one.row.pk for one in queue(f.ManagerFactory())} == {mine.pk, nobodys.pk, theirs.pk}
    page = signed_in(officer).get(reverse("home_of_user"))
    assert page["Location"] == reverse("morning_queue")


@pytest.mark.django_db
def test_a_certificate_and_a_message_press() -> None:
    journey = Journey(volet=5).to("under_review")
    today = clock.today()
    PassiCertificate.objects.update(valid_until=today + timedelta(days=4))
    Message.objects.create(
        dossier=journey.dossier, thread="company", author=journey.owner, body="Bonjour", sent_at=clock.now()
    )
    (one,) = queue(journey.officer)
    assert [reason.code for reason in one.reasons] == ["certificate", "message", "waiting"]


@pytest.mark.django_db
def test_an_empty_morning_says_so() -> None:
    page = signed_in(f.OfficerFactory()).get(reverse("morning_queue")).content.decode()
    assert "Rien ne presse ce matin" in page


@pytest.mark.django_db
def test_the_queue_costs_the_same_for_ten_and_a_hundred() -> None:
    officer = f.OfficerFactory()
    client = signed_in(officer)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("morning_queue"))
        return len(seen)

    filed(10, state="under_review", officer=officer)
    few = queries()
    filed(100, state="under_review", officer=officer)
    assert queries() == few <= MORNING_QUERIES
