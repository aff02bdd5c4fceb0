"""Many dossiers at once: judged as the act itself would, confirmed once, done one by one, told together."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.exports import many_assigned
from applications.models import AssignmentRule, BulkAssignment, Dossier, NumberSeries
from applications.services.assignment import many
from applications.workflow.refusals import Refused
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications import factories as f
from tests.applications.assignment.test_rules import a_rule, away
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_lists import filed

pytestmark = pytest.mark.django_db


def waiting(count: int) -> list[Journey]:
    return [Journey().to("submitted") for _ in range(count)]


def prepare(manager: User, dossiers: list[Dossier], officer: User | None, **more: Any) -> BulkAssignment:
    return many.prepare(
        actor=manager,
        keys=[one.pk for one in dossiers],
        officer=officer,
        source="Essai",
        **{"motive": MOTIVE, "now": clock.now(), **more},
    )


def results(bulk: BulkAssignment) -> list[tuple[str, str]]:
    return [(one.result, one.why.replace("\u00a0", " ")) for one in bulk.items.order_by("pk")]


def test_the_preflight_says_for_each_dossier_what_the_act_would() -> None:
    manager = f.ManagerFactory()
    fresh, had, ended, contested = (
        Journey().to("submitted"),
        Journey().to("under_review"),
        Journey(),
        Journey(),
    )
    ended.to("withdrawn")
    contested.to("under_review").act("reject", contested.officer, rules=["company.category"], motive=MOTIVE)
    contested.act("request_review", contested.owner, motive=MOTIVE)
    rejecter = contested.officer
    dossiers = [one.dossier for one in (fresh, had, ended, contested)]
    bulk = prepare(manager, dossiers, rejecter)
    found = results(bulk)
    assert [result for result, _ in found] == ["ready", "ready", "blocked", "blocked"]
    assert "n’est pas possible" in found[2][1]
    assert "a pris la décision contestée" in found[3][1]
    again = results(prepare(manager, dossiers, had.officer))
    assert again[1] == (
        "blocked",
        f"Ce dossier est déjà confié à {had.officer}. Choisissez une autre personne.",
    )
    assert [one.act for one in bulk.items.order_by("pk")][:2] == ["assign", "reassign"]
    # Nothing happened yet.
    fresh.dossier.refresh_from_db()
    assert fresh.dossier.officer is None


@pytest.mark.parametrize(
    ("keys", "motive", "code"),
    [([], MOTIVE, "none"), (range(1, many.MOST + 2), MOTIVE, "too_many"), ([1], "court", "motive_missing")],
)
def test_what_is_asked_badly_is_refused(keys: Any, motive: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        many.prepare(
            actor=f.ManagerFactory(), keys=keys, officer=None, motive=motive, source="x", now=clock.now()
        )
    assert {one.code for one in refusal.value.obstacles} == {code}


def test_the_preflight_costs_the_same_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    a_rule(officer, f.OfficerFactory())
    for count, to in ((3, officer), (60, officer), (3, None), (60, None)):
        dossiers = filed(count)
        with django_assert_max_num_queries(PREFLIGHT_QUERIES):
            bulk = prepare(manager, dossiers, to)
        assert many.counts(bulk)["ready"] == count


PREFLIGHT_QUERIES = 20


def test_what_changed_since_the_preflight_is_told_and_not_forced() -> None:
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    one, two = waiting(2)
    bulk = prepare(manager, [one.dossier, two.dossier], officer)
    two.act("take", two.officer)
    assert many.confirm(bulk, actor=manager, now=clock.now())
    found = results(bulk)
    assert [result for result, _ in found] == ["done", "changed"]
    assert "Le dossier a changé" in found[1][1]
    one.dossier.refresh_from_db()
    two.dossier.refresh_from_db()
    assert (one.dossier.officer, two.dossier.officer) == (officer, two.officer)
    event = Event.objects.get(chain=one.dossier.chain, name="assign")
    assert event.actor_ref == manager.pk
    assert event.data["bulk"] == str(bulk.pk)
    assert event.detail.motive == MOTIVE


def test_a_second_click_does_nothing_twice() -> None:
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    (one,) = waiting(1)
    bulk = prepare(manager, [one.dossier], officer)
    assert many.confirm(bulk, actor=manager, now=clock.now())
    assert not many.confirm(bulk, actor=manager, now=clock.now())
    many_assigned.work({"bulk": str(bulk.pk)}, outbox_id=0, renew=lambda: None)
    one.dossier.refresh_from_db()
    assert Event.objects.filter(chain=one.dossier.chain, name="assign").count() == 1
    bulk.refresh_from_db()
    assert bulk.stage == "done"


def test_another_day_asks_for_another_preflight() -> None:
    manager, (one,) = f.ManagerFactory(), waiting(1)
    bulk = prepare(manager, [one.dossier], f.OfficerFactory(), now=clock.now() - timedelta(days=1))
    with pytest.raises(Refused):
        many.confirm(bulk, actor=manager, now=clock.now())
    one.dossier.refresh_from_db()
    assert one.dossier.officer is None


def test_more_than_fifty_are_given_by_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 1)
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    journeys = waiting(3)
    bulk = prepare(manager, [one.dossier for one in journeys], officer)
    many.confirm(bulk, actor=manager, now=clock.now())
    bulk.refresh_from_db()
    assert bulk.stage == "waiting"
    assert many.counts(bulk)["ready"] == 3
    page = signed_in(manager).get(reverse("assign_many", args=[bulk.pk])).content.decode()
    assert "Vous pouvez quitter cette page" in page
    Outbox.objects.exclude(kind="assign_many").delete()
    outbox.drain(clock.now())
    bulk.refresh_from_db()
    assert (bulk.stage, many.counts(bulk)["done"]) == ("done", 3)


def test_a_worker_goes_on_where_another_stopped_and_stops_when_told() -> None:
    manager, officer = f.ManagerFactory(), f.OfficerFactory()
    journeys = waiting(3)
    bulk = prepare(manager, [one.dossier for one in journeys], officer)
    BulkAssignment.objects.filter(pk=bulk.pk).update(stage="waiting")
    begun = many.begin(bulk.pk)
    assert begun is not None

    def dies(done: int) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        many.give_all(begun, now=clock.now, step=dies)
    assert many.counts(bulk)["done"] == 1

    def cancels(done: int) -> None:
        assert many.cancel(bulk, actor=manager, now=clock.now())

    many.give_all(begun, now=clock.now, step=cancels)
    bulk.refresh_from_db()
    assert bulk.stage == "cancelled"
    assert many.counts(bulk) == {"ready": 1, "blocked": 0, "done": 2, "changed": 0}
    assert many.begin(bulk.pk) is None
    assert not many.cancel(bulk, actor=manager, now=clock.now())


def test_a_worker_out_of_time_leaves_the_rest_to_another(settings: Any) -> None:
    manager, journeys = f.ManagerFactory(), waiting(3)
    bulk = prepare(manager, [one.dossier for one in journeys], f.OfficerFactory())
    BulkAssignment.objects.filter(pk=bulk.pk).update(stage="waiting")
    settings.EXPORT_SECONDS = -1
    many_assigned.work({"bulk": str(bulk.pk)}, outbox_id=0, renew=lambda: None)
    bulk.refresh_from_db()
    assert (bulk.stage, many.counts(bulk)["done"]) == ("running", 1)
    settings.EXPORT_SECONDS = 60
    Outbox.objects.exclude(kind="assign_many").delete()
    outbox.drain(clock.now())
    bulk.refresh_from_db()
    assert (bulk.stage, many.counts(bulk)["done"]) == ("done", 3)


def test_a_failure_is_told_and_what_was_given_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    manager, (one, two) = f.ManagerFactory(), waiting(2)
    bulk = prepare(manager, [one.dossier, two.dossier], f.OfficerFactory())
    BulkAssignment.objects.filter(pk=bulk.pk).update(stage="waiting")
    give, calls = many._give, []

    def breaks(*args: Any, **kwargs: Any) -> None:
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("disk")
        give(*args, **kwargs)

    monkeypatch.setattr(many, "_give", breaks)
    many_assigned.work({"bulk": str(bulk.pk)}, outbox_id=0, renew=lambda: None)
    bulk.refresh_from_db()
    assert bulk.stage == "failed"
    assert bulk.failure
    assert many.counts(bulk)["done"] == 1


# --- By the rules, and a whole transfer ------------------------------------------------------------
def test_the_rules_spread_a_leavers_dossiers_over_the_others() -> None:
    manager = f.ManagerFactory()
    journeys = [Journey().to("under_review") for _ in range(3)]
    leaver = f.OfficerFactory(full_name="Parti")
    for journey in journeys:
        journey.act("reassign", manager, officer=leaver, motive=MOTIVE)
    outbox.drain(clock.now())
    one, two = f.OfficerFactory(full_name="Anne"), f.OfficerFactory(full_name="Bilal")
    rule = a_rule(leaver, one, two)
    client = signed_in(manager)
    address = f"{reverse('assign_many_new')}?de={leaver.pk}"
    asked = client.get(address)
    assert "Affecter 3 dossiers" in asked.content.decode()
    assert str(leaver.pk) not in asked.context["form"].people
    some = client.get(asked.context["some"]).content.decode()
    assert all(journey.dossier.number in some for journey in journeys)
    answer = client.post(address, {"to": "regles", "motive": "Départ de la personne."})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "3 peuvent être affectés" in page
    bulk = BulkAssignment.objects.get()
    assert client.post(reverse("assign_many_confirm", args=[bulk.pk])).status_code == 302
    assert "3 affectés" in client.get(answer.url).content.decode()
    found = Dossier.objects.filter(pk__in=[one.dossier.pk for one in journeys]).order_by("pk")
    assert [dossier.officer for dossier in found] == [one, two, one]
    event = Event.objects.get(chain=found[0].chain, name="reassign", data__rule=rule.pk)
    assert event.data["previous"] == leaver.pk
    assert event.detail.motive.startswith("Départ de la personne. Règle")
    # One notice each, however many dossiers.
    outbox.drain(clock.now())
    outbox.drain(clock.now())
    told = dict(Notification.objects.filter(kind="many_assigned").values_list("recipient", "title"))
    assert told == {
        one.pk: "2 dossiers vous sont confiés",
        two.pk: "Un dossier vous est confié",
        leaver.pk: "3 de vos dossiers sont confiés à Anne, Bilal",
    }
    singles = Notification.objects.filter(kind="reassign", recipient__in=[one, two])
    assert not singles.exists()


def test_what_no_rule_gives_says_why() -> None:
    officer = f.OfficerFactory()
    a_rule(officer, volets=[1], ceiling=1, name="Peu")
    bulk = prepare(f.ManagerFactory(), [*filed(2), *filed(1, volet=3)], None)
    found = results(bulk)
    assert [result for result, _ in found] == ["ready", "blocked", "blocked"]
    assert "est au plafond (1 sur 1)" in found[1][1]
    assert found[2][1] == "Aucune règle ne vise un dossier du volet 3 d’une entreprise sans région connue."


def test_one_transfer_tells_both_officers_once_with_its_motive() -> None:
    journey, other = Journey().to("under_review"), f.OfficerFactory(full_name="Anne")
    journey.act("reassign", journey.manager, officer=other, motive="Elle connaît l’entreprise.")
    outbox.drain(clock.now())
    outbox.drain(clock.now())
    told = {one.recipient_id: one for one in Notification.objects.filter(kind="reassign")}
    assert set(told) == {journey.officer.pk, other.pk}
    assert all("Elle connaît l’entreprise." in one.body for one in told.values())
    assert told[journey.officer.pk].title == f"Le dossier {journey.dossier} est confié à Anne"


# --- By the rules, when something moved since the preflight ---------------------------------------
def _full(officer: User, rule: AssignmentRule) -> None:
    filed(1, state="under_review", officer=officer)


def _absent(officer: User, rule: AssignmentRule) -> None:
    away(officer, f.OfficerFactory())


def _switched_off(officer: User, rule: AssignmentRule) -> None:
    AssignmentRule.objects.update(is_on=False)


def _not_named(officer: User, rule: AssignmentRule) -> None:
    rule.officers.set([f.OfficerFactory()])


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (_full, "Anne est au plafond (1 sur 1)"),
        (_absent, "Anne est en absence jusqu’au"),
        (_switched_off, "La règle qui le donnait n’est plus en service."),
        (_not_named, "La règle « Tout » ne nomme plus Anne."),
    ],
)
def test_what_the_rules_would_no_longer_give_is_not_given(moved: Any, words: str) -> None:
    NumberSeries.objects.get_or_create(year=clock.today().year, defaults={"last": 1000})
    manager, officer = f.ManagerFactory(), f.OfficerFactory(full_name="Anne")
    rule, (one,) = a_rule(officer, ceiling=1), waiting(1)
    bulk = prepare(manager, [one.dossier], None)
    assert many.counts(bulk)["ready"] == 1
    moved(officer, rule)
    many.confirm(bulk, actor=manager, now=clock.now())
    ((result, why),) = results(bulk)
    assert result == "changed"
    assert words in why
    one.dossier.refresh_from_db()
    assert one.dossier.officer is None


def test_what_was_given_before_it_was_given_up_is_told_once() -> None:
    manager, officer, journeys = f.ManagerFactory(), f.OfficerFactory(), waiting(2)
    bulk = prepare(manager, [one.dossier for one in journeys], officer)
    BulkAssignment.objects.filter(pk=bulk.pk).update(stage="waiting")
    begun = many.begin(bulk.pk)
    assert begun is not None

    def dies(done: int) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        many.give_all(begun, now=clock.now, step=dies)
    assert many.cancel(bulk, actor=manager, now=clock.now())
    for _ in range(2):
        many_assigned.work({"bulk": str(bulk.pk)}, outbox_id=0, renew=lambda: None)
    outbox.drain(clock.now())
    event = Event.objects.get(chain="assignment", name="many_assigned")
    assert (event.data["done"], event.data["ready"]) == (1, 1)
    assert Notification.objects.get(kind="many_assigned").recipient == officer
    bulk.refresh_from_db()
    assert bulk.stage == "cancelled"
