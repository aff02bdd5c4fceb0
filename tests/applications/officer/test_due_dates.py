"""The page of what falls due: one's own first, late before the rest, each with who must act and what happens."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils.http import urlencode

from applications.models import Deadline, Dossier
from applications.services import due_dates, opinions
from applications.services.due_dates import day_note, month_of, window_of
from experts.models import Accreditation, PassiCertificate
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def shown(user: User, **query: Any) -> Any:
    return signed_in(user).get(reverse("deadline_list"), query).context


def page(user: User, **query: Any) -> str:
    answer = signed_in(user).get(reverse("deadline_list"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(context: Any) -> list[str]:
    return [one.dossier.number for day in context["days"] for one in day.rows if one.dossier]


def moved(journey: Journey, days: int) -> Journey:
    """Let the running term of a dossier fall due so many days from today."""
    Deadline.objects.filter(dossier=journey.dossier, closed_on=None).update(due_on=clock.today() + days * DAY)
    return journey


def sent(days: int) -> Journey:
    return moved(Journey().to("contract_sent"), days)


# --- Whose, and which ---------------------------------------------------------------------------------
def test_an_officer_reads_his_own_until_he_asks_for_others() -> None:
    mine, theirs = sent(5), sent(6)
    assert numbers(shown(mine.officer)) == [mine.dossier.number]
    assert numbers(shown(mine.officer, charge="tous")) == [mine.dossier.number, theirs.dossier.number]
    assert numbers(shown(mine.officer, charge=theirs.officer.pk)) == [theirs.dossier.number]


def test_who_is_no_officer_reads_everybodys_and_nobody_acts_here() -> None:
    journey = sent(5)
    for person in (f.ManagerFactory(), f.ControllerFactory(), f.AuditorFactory()):
        assert numbers(shown(person)) == [journey.dossier.number]
        content = page(person).partition("<main")[2].partition("</main")[0]
        assert 'method="post"' not in content


def test_the_longest_late_comes_first_then_each_day_of_the_period() -> None:
    manager = f.ManagerFactory()
    journeys = [sent(days) for days in (12, -3, 0, -40, 31)]
    order = [journeys[one].dossier.number for one in (3, 1, 2, 0)]
    context = shown(manager)
    assert numbers(context) == order
    assert [(day.on - clock.today()).days for day in context["days"]] == [-40, -3, 0, 12]
    assert [day.is_late for day in context["days"]] == [True, True, False, False]
    assert (context["total"], context["late"]) == (4, 2)
    assert numbers(shown(manager, periode="90"))[-1] == journeys[4].dossier.number
    assert numbers(shown(manager, periode="7")) == order[:3]


def test_filters_stay_in_the_address_and_nonsense_asks_nothing() -> None:
    journey = sent(5)
    context = shown(journey.officer, nature="signature", periode="90")
    wanted = {"nature": "signature", "charge": str(journey.officer.pk), "periode": "90"}
    assert context["params"] == urlencode(wanted)
    assert numbers(shown(journey.officer, nature="report")) == []
    odd = {"nature": "rien", "charge": "x", "periode": "-1", "jour": "hier", "mois": "13-2026", "vue": "x"}
    assert numbers(shown(journey.officer, **odd)) == [journey.dossier.number]
    for month in ("2026-00", "0000-01", "9999-12", "x", "2026-1"):
        assert shown(journey.officer, vue="mois", mois=month)["is_this_month"]


def test_an_ended_dossier_expects_nothing() -> None:
    journey = sent(5)
    Deadline.objects.filter(dossier=journey.dossier).update(closed_on=clock.today())
    assert numbers(shown(journey.officer)) == []
    assert "Aucune échéance" in page(journey.officer)


# --- What each says -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "kind", "who", "says"),
    [
        ("incomplete", "completion", "l’entreprise", "la demande est abandonnée le"),
        ("contract_sent", "signature", "l’entreprise", "le dossier est caduc le"),
        ("in_progress", "term", "l’expert", "une mise en demeure part le"),
        ("work_done", "report", "l’expert", "ne rend jamais le dossier caduc"),
        ("closure_submitted", "restitution", "l’entreprise", "établit la restitution sur pièces"),
        ("closure_incomplete", "corrections", "l’expert", "signalé au responsable"),
    ],
)
def test_each_term_says_who_must_act_and_what_happens(state: str, kind: str, who: str, says: str) -> None:
    journey = moved(Journey().to(state), 3)
    content = page(journey.officer, nature=kind)
    assert f"Qui doit agir\u00a0: {who}." in content
    assert says in content
    assert reverse("officer_dossier", args=[journey.dossier.pk]) in content
    assert Deadline.Kind(kind).label in content


def test_every_kind_has_its_sentence() -> None:
    assert set(due_dates.TERMS) == set(Deadline.Kind.values)
    assert set(due_dates.KINDS) == {kind for kinds, _ in due_dates.SOURCES for kind in kinds}


def test_opinions_awaited_stand_among_the_terms() -> None:
    journey = Journey().to("under_review")
    opinions.ask(
        dossier=journey.dossier,
        actor=journey.officer,
        expected_version=journey.dossier.version,
        now=clock.now(),
        name="Pr Anne Dehors",
        email="anne.dehors@exemple.fr",
        question="Cette architecture est-elle crédible ?",
        due_on=clock.today() + 10 * DAY,
    )
    content = page(journey.officer, nature="opinion")
    assert "Qui doit agir\u00a0: Pr Anne Dehors." in content
    assert numbers(shown(f.OfficerFactory(), charge="tous")) == [journey.dossier.number]


def test_what_the_experts_of_ones_dossiers_lose_is_told_and_of_others_not() -> None:
    journey = Journey().to("in_progress")
    firm, today = journey.mission.firm, clock.today()
    Accreditation.objects.filter(firm=firm, volet=1).update(valid_until=today + 20 * DAY)
    PassiCertificate.objects.filter(firm=firm).update(valid_until=today - 2 * DAY)
    content = page(journey.officer)
    assert "Fin d’un agrément" in content
    assert "Fin d’une qualification PASSI" in content
    assert f"{reverse('lapsing_dossiers')}?cabinet={firm.pk}" in content
    assert firm.name not in page(f.OfficerFactory())
    assert firm.name in page(f.OfficerFactory(), charge="tous")
    # Another certificate follows, and what is long over is recalled no more.
    PassiCertificate.objects.create(
        firm=firm, valid_from=today, valid_until=today + 400 * DAY, scopes=["code_audit"]
    )
    Accreditation.objects.filter(firm=firm, volet=1).update(valid_until=today - 31 * DAY)
    assert firm.name not in page(journey.officer)


# --- The month ----------------------------------------------------------------------------------------
def test_a_month_shows_its_days_and_leads_to_each() -> None:
    with time_machine.travel("2027-06-10T10:00:00+02:00", tick=False):
        journey, other = sent(4), sent(25)
        manager = f.ManagerFactory()
        context = shown(manager, vue="mois")
        cells = {day["on"]: day for week in context["weeks"] for day in week}
        assert [one.dossier.number for one in cells[date(2027, 6, 14)]["rows"]] == [journey.dossier.number]
        assert cells[date(2027, 6, 14)]["query"] == "charge=tous&jour=2027-06-14"
        assert (context["total"], cells[date(2027, 6, 10)]["is_today"]) == (1, True)
        assert len(context["weeks"]) == 5
        assert "mois=2027-05" in context["previous"]
        following = shown(manager, vue="mois", mois="2027-07")
        assert other.dossier.number in page(manager, vue="mois", mois="2027-07")
        assert not following["is_this_month"]
        day = page(manager, jour="2027-06-14")
        assert journey.dossier.number in day
        assert other.dossier.number not in day
        assert "seulement" in day


def test_a_day_of_the_month_shows_three_and_counts_the_others() -> None:
    with time_machine.travel("2027-06-10T10:00:00+02:00", tick=False):
        for _ in range(5):
            sent(4)
        assert "2 de plus" in page(f.ManagerFactory(), vue="mois")


def test_a_day_off_is_pointed_out_and_moves_nothing() -> None:
    assert day_note(date(2027, 7, 14)) == "Fête nationale"
    assert day_note(date(2027, 6, 12)) == "week-end"
    assert day_note(date(2027, 6, 14)) == ""
    with time_machine.travel("2027-07-01T10:00:00+02:00", tick=False):
        journey = sent(13)
        assert "Fête nationale" in page(journey.officer)
        assert Deadline.objects.get(dossier=journey.dossier, closed_on=None).due_on == date(2027, 7, 14)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, None, date(2027, 7, 10)),
        ({"periode": "7"}, None, date(2027, 6, 17)),
        ({"jour": "2027-06-30"}, date(2027, 6, 30), date(2027, 6, 30)),
        ({"vue": "mois"}, date(2027, 6, 1), date(2027, 6, 30)),
        ({"vue": "mois", "mois": "2028-02"}, date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_the_days_that_an_address_asks_for(query: dict[str, str], first: date | None, last: date) -> None:
    assert window_of(query, date(2027, 6, 10)) == (first, last)
    assert month_of("2027-06", date(2020, 1, 5)) == date(2027, 6, 1)


# --- Cost, and what is cut ----------------------------------------------------------------------------
@pytest.mark.parametrize("view", ["liste", "mois"])
def test_the_page_costs_the_same_however_many_there_are(view: str, django_assert_num_queries: Any) -> None:
    manager = f.ManagerFactory()
    client = signed_in(manager)
    for count in (1, 30):
        made = Dossier.objects.bulk_create(filed(count))
        Deadline.objects.bulk_create(Deadline(dossier=one, kind="term", due_on=clock.today()) for one in made)
        with django_assert_num_queries(8):
            assert client.get(reverse("deadline_list"), {"vue": view}).status_code == 200


def filed(count: int) -> list[Dossier]:
    person = f.UserFactory()
    return [
        Dossier(
            company=f.CompanyFactory(),
            volet=1,
            state="submitted",
            created_by=person,
            number=f"DM-2020-{count:03d}{rank:03d}",
            submitted_at=clock.now(),
            judged_on=clock.today(),
            edition="2024",
        )
        for rank in range(count)
    ]


def test_beyond_the_most_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_dates, "MOST", 2)
    for days in (1, 2, 3):
        sent(days)
    content = page(f.ManagerFactory(), charge="tous")
    assert "Les 2 premières échéances seulement" in content


def test_the_export_holds_the_days_of_the_page() -> None:
    journey, late = sent(5), sent(-2)
    manager = f.ManagerFactory()
    client = signed_in(manager)

    def lines(**query: str) -> int:
        address = f"{reverse('export_new', args=['echeances'])}?{urlencode(query)}"
        answer = client.post(address, {"columns": ["numero"], "format": "csv"})
        return b"".join(answer).decode("utf-8-sig").count("DM-")

    assert lines(charge="tous", periode="30") == 2
    assert lines(charge="tous", jour=(clock.today() + 5 * DAY).isoformat()) == 1
    assert lines(charge=str(late.officer.pk), periode="30") == 1
    assert journey.dossier.number in page(manager)
