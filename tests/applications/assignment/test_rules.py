"""The managers' rules: what they give once a dossier is filed, what they leave alone, how they are changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Absence, AssignmentRule, Dossier, NumberSeries
from applications.services import people
from applications.services.assignment import rules, team
from applications.workflow.refusals import Stale
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import filed

pytestmark = pytest.mark.django_db


def a_rule(*officers: User, name: str = "Tout", **fields: Any) -> AssignmentRule:
    rule = AssignmentRule.objects.create(name=name, rank=AssignmentRule.objects.count() + 1, **fields)
    rule.officers.set(officers)
    return rule


def away(person: User, cover: User, days: int = 3) -> Absence:
    today = clock.today()
    return Absence.objects.create(
        person=person,
        cover=cover,
        since=today,
        until=today + timedelta(days=days),
        recorded_by=person,
        recorded_at=clock.now(),
    )


def submitted() -> Journey:
    """A dossier filed, whose outbox was worked."""
    # Above the numbers of those that `filed` makes.
    NumberSeries.objects.get_or_create(year=clock.today().year, defaults={"last": 1000})
    journey = Journey().to("submitted")
    assert journey.dossier.officer is None
    # What the act leaves to tell is due at its own instant, after the first round.
    outbox.drain(clock.now())
    outbox.drain(clock.now())
    journey.dossier.refresh_from_db()
    return journey


# --- After the filing ----------------------------------------------------------------------------
def test_a_dossier_filed_is_given_by_the_rules_and_its_history_says_why() -> None:
    busy, free = f.OfficerFactory(full_name="Anne"), f.OfficerFactory(full_name="Bilal")
    filed(2, state="under_review", officer=busy)
    rule = a_rule(busy, free, name="Toute l’équipe")
    journey = submitted()
    dossier = journey.dossier
    assert (dossier.state, dossier.officer) == ("under_review", free)
    assert dossier.assigned_at is not None
    event = Event.objects.get(chain=dossier.chain, name="assign_by_rules")
    assert event.actor_ref is None
    assert event.data["rule"] == rule.pk
    assert event.data["loads"] == {str(busy.pk): 2, str(free.pk): 0}
    motive = event.detail.motive.replace("\u00a0", " ")
    assert motive == (
        "Règle « Toute l’équipe » : Bilal, qui a le moins de dossiers (dossiers en cours : Bilal 0, Anne 2)."
    )
    page = signed_in(free).get(reverse("officer_dossier", args=[dossier.pk])).content.decode()
    assert event.detail.motive in page.replace("&nbsp;", "\u00a0")
    assert "Règles d’affectation" in page
    told = Notification.objects.filter(kind="assign_by_rules")
    assert set(told.values_list("recipient", flat=True)) == {free.pk, journey.owner.pk}


def test_the_company_never_waits_for_the_rules() -> None:
    a_rule(f.OfficerFactory())
    journey = Journey().to("submitted")
    assert journey.dossier.officer is None
    assert Outbox.objects.get(kind="assign_by_rules").payload == {"dossier": journey.dossier.pk}


def test_what_no_rule_gives_stays_unassigned() -> None:
    officer = f.OfficerFactory()
    a_rule(officer, volets=[5])
    a_rule(officer, regions=["Corse"])
    a_rule(officer, is_on=False)
    gone = f.OfficerFactory(is_active=False)
    a_rule(gone, f.ManagerFactory())
    absent = f.OfficerFactory()
    a_rule(absent)
    away(absent, officer)
    journey = submitted()
    assert (journey.dossier.state, journey.dossier.officer) == ("submitted", None)
    assert not Event.objects.filter(name="assign_by_rules").exists()


def test_the_switch_stops_them_all() -> None:
    officer, manager = f.OfficerFactory(), f.ManagerFactory()
    a_rule(officer)
    rules.switch_all(on=False, actor=manager, now=clock.now())
    assert submitted().dossier.officer is None
    rules.switch_all(on=True, actor=manager, now=clock.now())
    assert submitted().dossier.officer == officer


def test_a_dossier_taken_meanwhile_is_left_to_whoever_took_it() -> None:
    a_rule(f.OfficerFactory())
    journey = Journey().to("under_review")
    outbox.drain(clock.now())
    journey.dossier.refresh_from_db()
    assert journey.dossier.officer == journey.officer
    assert not Outbox.objects.filter(kind="assign_by_rules", done_at=None).exists()


def test_the_ceiling_holds_over_dossiers_filed_together() -> None:
    one, two = f.OfficerFactory(full_name="Anne"), f.OfficerFactory(full_name="Bilal")
    a_rule(one, name="D’abord", ceiling=1)
    a_rule(two, name="Ensuite", ceiling=1)
    journeys = [Journey().to("submitted") for _ in range(3)]
    outbox.drain(clock.now())
    found = Dossier.objects.filter(pk__in=[one.dossier.pk for one in journeys]).order_by("pk")
    assert [dossier.officer for dossier in found] == [one, two, None]


def test_a_review_goes_to_somebody_who_is_there_and_did_not_decide() -> None:
    journey = Journey().to("rejected")
    assert journey.dossier.officer == journey.officer
    absent = f.OfficerFactory()
    away(absent, journey.officer, days=90)
    User.objects.filter(staff_role="officer").exclude(pk__in=[journey.officer.pk, absent.pk]).update(
        is_active=False
    )
    a_rule(journey.officer, absent)
    journey.act("request_review", journey.owner, motive=MOTIVE)
    outbox.drain(clock.now())
    journey.dossier.refresh_from_db()
    assert (journey.dossier.state, journey.dossier.officer) == ("submitted", None)
    Absence.objects.update(ended_at=clock.now())
    Outbox.objects.filter(kind="assign_by_rules").update(done_at=None)
    outbox.drain(clock.now())
    journey.dossier.refresh_from_db()
    assert journey.dossier.officer == absent


def test_who_was_given_nothing_for_longest_comes_first() -> None:
    one, two = f.OfficerFactory(full_name="Anne"), f.OfficerFactory(full_name="Bilal")
    filed(1, state="under_review", officer=one, assigned_at=clock.now() - timedelta(days=1))
    filed(1, state="under_review", officer=two, assigned_at=clock.now() - timedelta(days=2))
    a_rule(one, two)
    assert submitted().dossier.officer == two


def test_loads_count_live_dossiers_only() -> None:
    officer = f.OfficerFactory()
    filed(2, state="under_review", officer=officer)
    filed(3, state="rejected", officer=officer)
    assert team.loads_of([officer.pk]) == {officer.pk: 2}


# --- The page --------------------------------------------------------------------------------------
def test_a_manager_adds_changes_orders_switches_and_removes_rules() -> None:
    manager, officer = signed_in(f.ManagerFactory()), f.OfficerFactory()
    typed = {"name": "Bretons", "volets": ["1", "2"], "regions": ["Bretagne"], "officers": [officer.pk]}
    assert manager.post(reverse("rule_add"), {**typed, "ceiling": "12"}).status_code == 302
    rule = AssignmentRule.objects.get()
    assert (rule.volets, rule.regions, rule.ceiling) == ([1, 2], ["Bretagne"], 12)
    assert list(rule.officers.all()) == [officer]
    manager.post(reverse("rule_edit", args=[rule.pk]), {"name": "Tous", "officers": [officer.pk]})
    rule.refresh_from_db()
    assert (rule.name, rule.volets, rule.regions, rule.ceiling) == ("Tous", [], [], None)
    other = a_rule(officer, name="Autre")
    manager.post(reverse("rule_move", args=[other.pk]), {"sens": "haut"})
    assert list(AssignmentRule.objects.all()) == [other, rule]
    manager.post(reverse("rule_move", args=[other.pk]), {"sens": "haut"})
    manager.post(reverse("rule_move", args=[other.pk]), {"sens": "bas"})
    assert list(AssignmentRule.objects.all()) == [rule, other]
    manager.post(reverse("rule_switch", args=[rule.pk]), {"etat": "non"})
    assert [one.key for one in team.rules_in_service()] == [other.pk]
    assert "Supprimer la règle" in manager.get(reverse("rule_remove", args=[other.pk])).content.decode()
    assert AssignmentRule.objects.count() == 2
    manager.post(reverse("rule_remove", args=[other.pk]))
    assert list(AssignmentRule.objects.all()) == [rule]
    kept = Event.objects.filter(chain="assignment").values_list("name", flat=True)
    assert set(kept) == {"rule_added", "rule_changed", "rules_ordered", "rule_switched", "rule_removed"}


def test_a_rule_changed_stays_where_it_was_put_meanwhile_and_a_removed_one_stays_removed() -> None:
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    rule, other = a_rule(officer, name="Avant"), a_rule(officer, name="Autre")
    fetched = AssignmentRule.objects.get(pk=rule.pk)
    rules.move(other, up=True, actor=manager, now=clock.now())
    rules.switch_rule(rule, on=False, actor=manager, now=clock.now())
    typed: dict[str, Any] = {"volets": [1], "regions": [], "officers": [officer], "ceiling": None}
    rules.save(fetched, name="Après", actor=manager, now=clock.now(), **typed)
    rule.refresh_from_db()
    assert (rule.name, rule.rank, rule.is_on) == ("Après", 2, False)
    rules.remove(rule, actor=manager, now=clock.now())
    with pytest.raises(Stale):
        rules.save(fetched, name="Encore", actor=manager, now=clock.now(), **typed)
    assert list(AssignmentRule.objects.all()) == [other]


def test_a_rule_removed_while_its_form_was_filled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    officer = f.OfficerFactory()
    rule, held = a_rule(officer), rules.hold_switch

    def removed_first() -> Any:
        AssignmentRule.objects.filter(pk=rule.pk).delete()
        return held()

    monkeypatch.setattr(rules, "hold_switch", removed_first)
    typed = {"name": "Tous", "officers": [officer.pk]}
    answer = signed_in(f.ManagerFactory()).post(reverse("rule_edit", args=[rule.pk]), typed, follow=True)
    assert "Cette règle vient d’être supprimée" in answer.content.decode()


def test_the_managers_get_the_notices_of_an_officer_whose_role_changed() -> None:
    journey, manager = Journey().to("under_review"), f.ManagerFactory()
    assert journey.officer in people.in_charge(journey.dossier, on=journey.today)
    User.objects.filter(pk=journey.officer.pk).update(staff_role="controller")
    dossier = Dossier.objects.get(pk=journey.dossier.pk)
    told = set(people.in_charge(dossier, on=journey.today))
    assert manager in told
    assert journey.officer not in told


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Donnez un nom à la règle."),
        ({"officers": []}, "Cochez au moins une personne."),
        ({"officers": ["0"]}, "Une de ces personnes n’est plus chargée d’affaires"),
        ({"ceiling": "0"}, "Le plafond est d’un dossier au moins."),
        ({"ceiling": "x"}, "Écrivez un nombre entier."),
        ({"volets": ["9"]}, "9"),
    ],
)
def test_a_rule_typed_badly_is_shown_again(typed: dict[str, Any], words: str) -> None:
    given = {"name": "Règle", "officers": [f.OfficerFactory().pk], **typed}
    answer = signed_in(f.ManagerFactory()).post(reverse("rule_add"), given)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AssignmentRule.objects.exists()


def test_the_page_tries_the_rules_and_changes_nothing() -> None:
    officer = f.OfficerFactory(full_name="Anne Essai")
    a_rule(officer, volets=[1], ceiling=2)
    filed(3)
    page = signed_in(f.ManagerFactory()).get(reverse("assignment_home"))
    context = page.context
    assert (context["waiting"], context["able"], context["unable"]) == (3, 2, 1)
    assert [row["officer"] for row in context["tried"]] == ["Anne Essai", "Anne Essai", ""]
    assert "est au plafond" in context["tried"][2]["why"]
    assert not Dossier.objects.exclude(officer=None).exists()


def test_dossiers_of_whoever_left_are_to_be_transferred() -> None:
    leaver = f.OfficerFactory(full_name="Parti Tôt")
    filed(3, state="under_review", officer=leaver)
    client = signed_in(f.ManagerFactory())
    assert "à transférer" not in client.get(reverse("assignment_home")).content.decode()
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    page = client.get(reverse("assignment_home"))
    assert page.context["left"] == 3
    assert "3 dossiers à transférer" in page.content.decode()
    assert f"{reverse('assign_many_new')}?de={leaver.pk}" in page.content.decode()


def test_the_page_costs_the_same_for_few_and_many(django_assert_num_queries: Any) -> None:
    client = signed_in(f.ManagerFactory())
    officers = f.OfficerFactory.create_batch(3)
    a_rule(*officers)
    away(officers[0], officers[1])
    filed(2)
    filed(2, state="under_review", officer=officers[0])
    client.get(reverse("assignment_home"))
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(reverse("assignment_home"))
    filed(60)
    for officer in f.OfficerFactory.create_batch(10):
        a_rule(officer)
        filed(1, state="under_review", officer=officer)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(reverse("assignment_home"))


PAGE_QUERIES = 21


def test_the_number_of_dossiers_opens_exactly_the_live_ones() -> None:
    officer, client = f.OfficerFactory(), signed_in(f.ManagerFactory())
    filed(2, state="under_review", officer=officer)
    filed(3, state="rejected", officer=officer)
    address = f"{reverse('dossier_list')}?vue=all&charge={officer.pk}&cours=oui"
    assert address.replace("&", "&amp;") in client.get(reverse("assignment_home")).content.decode()
    assert client.get(address).context["total"] == 2
