"""Many dossiers given at once: judged and shown first, confirmed, then done one by one at the version shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from applications.models import BulkAssignment, BulkAssignmentItem, Dossier
from applications.services.assignment import grouped, team
from applications.services.assignment.choice import Choice, Rule, Seat, choose, given
from applications.services.facts import ENTERING, PARTAKERS, REJECTING, DossierFacts
from applications.services.standing import lenders_of
from applications.services.transitions import execute, refusal_of
from applications.workflow.refusals import ActRefused, Obstacle, Refused
from applications.workflow.states import State
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import append
from portal.clock import civil_date
from portal.notifications.outbox import enqueue

MOST = 1000
# More than this is given by a worker, so that nobody waits for the page.
AT_ONCE = 50
# A worker takes over what a page that died left undone.
TAKEN_OVER_AFTER = timedelta(minutes=2)
OUT_OF_DATE = Obstacle(
    "out_of_date",
    "Cette vérification date d’un autre jour\u00a0: présences et charges ont pu changer.",
    "Préparez l’affectation de nouveau.",
)
Stage, Result = BulkAssignment.Stage, BulkAssignmentItem.Result


@dataclass(frozen=True, slots=True)
class _Barred:
    """Who is never given a dossier: who rejected it, who entered it for its company."""

    rejecters: frozenset[int] = frozenset()
    enterers: frozenset[int] = frozenset()


class _Facts(DossierFacts):
    """The facts that an assignment looks at, read for all the dossiers at once."""

    def __init__(self, dossier: Dossier, *, now: datetime, barred: _Barred) -> None:
        super().__init__(dossier, today=civil_date(now), now=now)
        self.rejecters, self.enterers = barred.rejecters, barred.enterers


# --- The preflight -------------------------------------------------------------------------------
@transaction.atomic
def prepare(
    *, actor: User, keys: Iterable[int], officer: User | None, motive: str, source: str, now: datetime
) -> BulkAssignment:
    """Judge each dossier as the act itself would, and keep the answers; `officer` None is by the rules.

    Nothing of the dossiers changes. Raises Refused where there is no dossier, too many, or no motive.
    """
    wanted = list(dict.fromkeys(keys))
    _check_asked(wanted, motive)
    # What was prepared and never confirmed is of no use the day after.
    old = BulkAssignment.objects.filter(owner=actor, stage=Stage.PREPARED)
    old.filter(prepared_at__lt=now - timedelta(days=1)).delete()
    bulk = BulkAssignment.objects.create(
        owner=actor, officer=officer, motive=motive.strip(), source=source[:200], prepared_at=now
    )
    dossiers = _dossiers(actor, wanted)
    BulkAssignmentItem.objects.bulk_create(_judged(bulk, dossiers, now))
    return bulk


def _check_asked(wanted: list[int], motive: str) -> None:
    found = []
    if not wanted:
        found.append(Obstacle("none", "Aucun dossier n’est choisi.", "Cochez-en au moins un dans la liste."))
    if len(wanted) > MOST:
        found.append(
            Obstacle(
                "too_many", f"La liste dépasse {MOST} dossiers.", "Filtrez-la, puis recommencez par parties."
            )
        )
    if len(motive.strip()) < 10:
        sentence = "Écrivez en une phrase au moins pourquoi."
        found.append(
            Obstacle("motive_missing", "Le motif manque ou est trop court.", sentence, field="motive")
        )
    if found:
        raise Refused(found)


def _dossiers(actor: User, wanted: list[int]) -> list[Dossier]:
    """Return the dossiers in the order asked, with what the guards read of each."""
    found = (
        Dossier.objects.visible_to(actor)
        .filter(pk__in=wanted)
        .select_related("company", "officer")
        .prefetch_related("missions")
        .in_bulk()
    )
    return [found[key] for key in wanted if key in found]


def try_out(dossiers: Iterable[Dossier], *, now: datetime) -> list[tuple[Dossier, Choice]]:
    """Return what the rules would give each of these dossiers, one after the other, with the reason."""
    found = list(dossiers)
    return list(_chosen(found, _barred(found), now))


def names_of(choices: Iterable[Choice]) -> dict[int, str]:
    """Return the names of the officers chosen, by account."""
    keys = {one.officer for one in choices if one.officer is not None}
    return {one.pk: str(one) for one in User.objects.filter(pk__in=keys)}


def _chosen(
    dossiers: Iterable[Dossier], barred: Mapping[int, _Barred], now: datetime
) -> Iterable[tuple[Dossier, Choice]]:
    rules: list[Rule] = team.rules_in_service()
    seats: dict[int, Seat] = team.seats_of(rules, today=civil_date(now))
    for dossier in dossiers:
        had = frozenset({dossier.officer_id}) if dossier.officer_id else frozenset()
        eyes = barred.get(dossier.pk, _Barred())
        choice = choose(
            dossier.volet,
            dossier.company.region,
            rules=rules,
            seats={key: seat for key, seat in seats.items() if key not in had},
            barred=team.barred_by(rejecters=eyes.rejecters, enterers=eyes.enterers),
        )
        if choice.officer is not None:
            seats = given(seats, choice.officer, at=now)
        yield dossier, choice


def _judged(bulk: BulkAssignment, dossiers: list[Dossier], now: datetime) -> list[BulkAssignmentItem]:
    barred, lenders = _barred(dossiers), lenders_of(bulk.owner, civil_date(now))
    if bulk.officer is not None:
        fixed = Choice("", bulk.officer.pk)
        chosen: Iterable[tuple[Dossier, Choice]] = [(one, fixed) for one in dossiers]
        people = {bulk.officer.pk: bulk.officer}
    else:
        chosen = list(_chosen(dossiers, barred, now))
        people = User.objects.in_bulk({one.officer for _, one in chosen if one.officer is not None})
    items = []
    for dossier, choice in chosen:
        item = _item(bulk, dossier, choice, people)
        refusal = refusal_of(
            item.act,
            dossier,
            bulk.owner,
            now=now,
            lenders=lenders,
            facts=_Facts(dossier, now=now, barred=barred.get(dossier.pk, _Barred())),
            motive=bulk.motive,
            **({"officer": item.officer} if item.officer else {}),
        )
        if refusal is not None:
            item.result = Result.BLOCKED
            # Without anybody to give it to, the rules say why better than the act does.
            item.why = (
                choice.reason if item.officer is None and isinstance(refusal, Refused) else str(refusal)
            )
        items.append(item)
    return items


def _item(
    bulk: BulkAssignment, dossier: Dossier, choice: Choice, people: Mapping[int, User]
) -> BulkAssignmentItem:
    """Return a dossier as it is now and what was chosen for it, as if nothing stood in the way."""
    return BulkAssignmentItem(
        bulk=bulk,
        dossier=dossier,
        act="assign" if dossier.state == State.SUBMITTED else "reassign",
        version=dossier.version,
        previous=dossier.officer,
        officer=people.get(choice.officer) if choice.officer else None,
        rule=choice.rule,
        loads={str(key): load for key, load in choice.loads.items()},
        result=Result.READY,
        why=choice.reason,
    )


def _barred(dossiers: Iterable[Dossier]) -> dict[int, _Barred]:
    """Return who took part in rejecting each dossier, and who entered it, in one query."""
    keys = {one.chain: one.pk for one in dossiers}
    rejecters: dict[int, set[int]] = defaultdict(set)
    enterers: dict[int, set[int]] = defaultdict(set)
    events = Event.objects.filter(chain__in=keys, name__in=[*REJECTING, *ENTERING])
    for name, chain, actor, data in events.values_list("name", "chain", "actor_ref", "data"):
        if name in ENTERING:
            enterers[keys[chain]].add(data["entered_by"])
        else:
            eyes = (actor, *map(data.get, PARTAKERS))
            rejecters[keys[chain]] |= {one for one in eyes if one is not None}
    return {key: _Barred(frozenset(rejecters[key]), frozenset(enterers[key])) for key in keys.values()}


# --- Doing it ------------------------------------------------------------------------------------
def confirm(bulk: BulkAssignment, *, actor: User, now: datetime) -> bool:
    """Start what was shown; False where it was started or given up before. Raises Refused the day after."""
    if civil_date(bulk.prepared_at) != civil_date(now):
        raise Refused([OUT_OF_DATE])
    ready = bulk.items.filter(result=Result.READY).count()
    with transaction.atomic():
        mine = BulkAssignment.objects.filter(pk=bulk.pk, owner=actor, stage=Stage.PREPARED)
        if not mine.update(stage=Stage.WAITING):
            return False
        enqueue(
            kind="assign_many",
            dedup_key=f"assign-many:{bulk.pk}",
            payload={"bulk": str(bulk.pk)},
            due_at=now if ready > AT_ONCE else now + TAKEN_OVER_AFTER,
        )
    if ready <= AT_ONCE:
        begun = begin(bulk.pk)
        if begun is not None:
            give_all(begun, now=lambda: now)
    return True


def hand_over(bulk: BulkAssignment, *, now: datetime) -> None:
    """Leave what is not done yet to another worker, who has his own time."""
    left = counts(bulk)[Result.READY]
    enqueue(
        kind="assign_many",
        dedup_key=f"assign-many:{bulk.pk}:{left}",
        payload={"bulk": str(bulk.pk)},
        due_at=now,
    )


def cancel(bulk: BulkAssignment, *, actor: User, now: datetime) -> bool:
    """Give up what is not done yet; False where it was over. What was given stays given."""
    mine = BulkAssignment.objects.filter(pk=bulk.pk, owner=actor)
    open_stages = [Stage.PREPARED, Stage.WAITING, Stage.RUNNING]
    return bool(mine.filter(stage__in=open_stages).update(stage=Stage.CANCELLED, ended_at=now))


def begin(key: UUID) -> BulkAssignment | None:
    """Return an assignment confirmed and not finished, as it is now; None where there is nothing to do."""
    BulkAssignment.objects.filter(pk=key, stage=Stage.WAITING).update(stage=Stage.RUNNING)
    return BulkAssignment.objects.running().select_related("owner", "officer").filter(pk=key).first()


def tell_cut_short(key: UUID, *, now: datetime) -> None:
    """Tell of what was given before it was given up, where the page or the worker that gave it died untold."""
    given_up = BulkAssignment.objects.filter(pk=key, stage=Stage.CANCELLED)
    bulk = given_up.select_related("owner", "officer").first()
    if bulk is not None and bulk.items.filter(result=Result.DONE).exists():
        _finish(bulk, now=now)


def give_all(
    bulk: BulkAssignment, *, now: Callable[[], datetime], step: Callable[[int], None] = lambda _: None
) -> None:
    """Give each dossier that is still ready, in a transaction of its own, until the last or a cancellation."""
    ready = bulk.items.filter(result=Result.READY).order_by("pk").values_list("pk", flat=True)
    for done, key in enumerate(list(ready), 1):
        if not BulkAssignment.objects.running().filter(pk=bulk.pk).exists():
            break
        _give(bulk, key, now=now())
        step(done)
    _finish(bulk, now=now())


@transaction.atomic
def _give(bulk: BulkAssignment, key: int, *, now: datetime) -> None:
    """Give one dossier, and write beside it what became of it; one that changed meanwhile is left as it is."""
    if bulk.officer_id is None:
        team.hold_switch()
    item = (
        BulkAssignmentItem.objects.select_for_update(of=("self",))
        .select_related("dossier__company", "officer")
        .get(pk=key)
    )
    if item.result != Result.READY:
        return
    changed = _rule_stops(item, now) if item.rule else ""
    if changed:
        item.result, item.why = Result.CHANGED, changed
        item.save(update_fields=["result", "why"])
        return
    by_rule = {"rule": item.rule, "loads": item.loads} if item.rule else {}
    try:
        execute(
            item.act,
            dossier=item.dossier,
            actor=bulk.owner,
            expected_version=item.version,
            now=now,
            officer=item.officer,
            motive=" ".join(filter(None, (bulk.motive, item.why))),
            bulk=str(bulk.pk),
            **by_rule,
        )
    except ActRefused as refusal:
        item.result, item.why = Result.CHANGED, str(refusal)
    else:
        item.result = Result.DONE
    item.save(update_fields=["result", "why"])


def _rule_stops(item: BulkAssignmentItem, now: datetime) -> str:
    """Return in words why the rule no longer gives this dossier to the officer it chose; empty where it does."""
    rule = next((one for one in team.rules_in_service() if one.key == item.rule), None)
    if rule is None:
        return "La règle qui le donnait n’est plus en service."
    if item.officer_id not in rule.officers:
        return f"La règle «\u00a0{rule.name}\u00a0» ne nomme plus {item.officer}."
    alone = replace(rule, officers=(item.officer_id,))
    seats = team.seats_of([alone], today=civil_date(now))
    choice = choose(item.dossier.volet, item.dossier.company.region, rules=[alone], seats=seats)
    return choice.reason if choice.officer is None else ""


def _finish(bulk: BulkAssignment, *, now: datetime, failure: str = "") -> None:
    """Close an assignment and tell everybody concerned of all his dossiers at once, even where it was cut short.

    Once for each assignment, whoever comes here again.
    """
    with transaction.atomic():
        BulkAssignment.objects.select_for_update(of=("self",)).get(pk=bulk.pk)
        if Event.objects.filter(chain=team.CHAIN, name="many_assigned", data__bulk=str(bulk.pk)).exists():
            return
        stage = Stage.FAILED if failure else Stage.DONE
        running = BulkAssignment.objects.running().filter(pk=bulk.pk)
        running.update(stage=stage, failure=failure[:300], ended_at=now)
        counted = counts(bulk)
        append(
            chain=team.CHAIN,
            name="many_assigned",
            at=now,
            actor=bulk.owner,
            data={"bulk": str(bulk.pk), **counted},
            motive=bulk.motive,
            names={"actor": bulk.owner.full_name},
        )
        grouped.tell(bulk, now=now)


def fail(bulk: BulkAssignment, reason: str, *, now: datetime) -> None:
    """Say why it stopped; what was given stays given, the rest is as it was."""
    _finish(bulk, now=now, failure=reason)


def counts(bulk: BulkAssignment) -> dict[str, int]:
    """Return how many dossiers have each result."""
    found = bulk.items.order_by().values("result").annotate(count=Count("pk"))
    return dict.fromkeys(Result.values, 0) | dict(found.values_list("result", "count"))
