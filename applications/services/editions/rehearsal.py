"""Rehearses an edition on every filed dossier: the same facts under both editions, and what would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse

from applications.models import Dossier, Rehearsal, RehearsalLine, Snapshot
from applications.services.editions import witness
from applications.services.editions.drafts import check_manager, locked, remember
from applications.workflow.refusals import Obstacle, Refused
from portal.accounts.models import StaffRole, User
from portal.notifications.outbox import enqueue
from portal.notifications.services import notify
from tariffs import catalogue
from tariffs.engine.editions import Edition, Editions
from tariffs.engine.evaluation import Evaluation, evaluate
from tariffs.engine.facts import CaseError
from tariffs.engine.reading import read_case
from tariffs.models import EditionText
from tariffs.services.published import trusted

KIND = "rehearse_edition"
LOT = 500
INELIGIBLE = "ineligible"
NO_FACTS = "Aucune évaluation de ce dossier n’est conservée\u00a0: il n’y a pas de faits à juger."
Kind, Becomes, Stage = RehearsalLine.Kind, RehearsalLine.Becomes, Rehearsal.Stage
COUNTS = ("more", "less", "verdict_alone", "ineligible", "eligible", "unreadable")


class Cancelled(Exception):
    """Somebody cancelled the rehearsal meanwhile, or another worker took it over."""


@dataclass(slots=True)
class Tally:
    """What a lot of dossiers adds to the counts of its rehearsal."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    gained: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    def add(self, line: RehearsalLine) -> None:
        """Count a line."""
        self.counts["verdict_alone" if line.kind == Kind.VERDICT else str(line.kind)] += 1
        if line.becomes:
            self.counts[str(line.becomes)] += 1
        if line.kind == Kind.MORE:
            self.gained += line.weight
        elif line.kind == Kind.LESS:
            self.lost += line.weight


# --- Asked, cancelled ----------------------------------------------------------------------------
def population(until: datetime) -> QuerySet[Dossier]:
    """Return the dossiers filed until an instant, live and past."""
    return Dossier.objects.filter(submitted_at__lte=until)


def ask(*, text: EditionText, actor: User, now: datetime) -> Rehearsal:
    """Have a worker rehearse a draft on every dossier filed until now. Raises NotYours, Stale, Refused."""
    check_manager(actor)
    try:
        with transaction.atomic():
            current = locked(text, EditionText.State.DRAFT)
            rehearsal = Rehearsal.objects.create(
                edition=current,
                digest=current.digest,
                asked_by=actor,
                asked_at=now,
                expected=population(now).count(),
            )
            _enqueue(rehearsal, now)
            remember(witness.REHEARSED, current, actor, now, rehearsal=str(rehearsal.pk))
    except IntegrityError as error:
        found = Obstacle(
            "running", "Une répétition de ce texte est déjà en cours.", "Attendez qu’elle finisse."
        )
        raise Refused([found]) from error
    return rehearsal


def _enqueue(rehearsal: Rehearsal, now: datetime) -> None:
    key = f"rehearsal:{rehearsal.pk}:{rehearsal.last}"
    enqueue(kind=KIND, dedup_key=key, payload={"rehearsal": str(rehearsal.pk)}, due_at=now)


def cancel(*, rehearsal: Rehearsal, actor: User, now: datetime) -> bool:
    """Stop a rehearsal; False where it was over already. Raises NotYours."""
    check_manager(actor)
    running = Rehearsal.objects.running().filter(pk=rehearsal.pk)
    return bool(running.update(stage=Stage.CANCELLED, ended_at=now))


# --- The worker's side ---------------------------------------------------------------------------
def begin(pk: UUID) -> Rehearsal | None:
    """Return the rehearsal to go on with, from where it was left; None where nothing is to be done."""
    rehearsal = Rehearsal.objects.running().select_related("edition", "asked_by").filter(pk=pk).first()
    if rehearsal is None or not Rehearsal.objects.running().filter(pk=pk).update(stage=Stage.RUNNING):
        return None
    return rehearsal


def hand_over(rehearsal: Rehearsal, *, now: datetime) -> None:
    """Leave the rest to the next worker: what was gone through is kept."""
    with transaction.atomic():
        _enqueue(rehearsal, now)


def fail(rehearsal: Rehearsal, reason: str, *, now: datetime) -> None:
    """Say why it could not be done; one cancelled meanwhile stays so."""
    running = Rehearsal.objects.running().filter(pk=rehearsal.pk)
    running.update(stage=Stage.FAILED, failure=reason[:300], ended_at=now)


def finish(rehearsal: Rehearsal, *, now: datetime) -> None:
    """Close the rehearsal, tell the managers, then drop the lines that it replaces. Raises Cancelled."""
    with transaction.atomic():
        if not Rehearsal.objects.running().filter(pk=rehearsal.pk).update(stage=Stage.DONE, ended_at=now):
            raise Cancelled
        rehearsal.refresh_from_db()
        notify(
            recipients=User.objects.staff(StaffRole.MANAGER),
            kind="edition",
            title=f"{rehearsal.edition.label}\u00a0: répétition terminée",
            body=sentence(rehearsal),
            url=f"{reverse('edition_effects')}?repetition={rehearsal.pk}",
            action="Lire ses effets",
            family="progress",
            event_ref=f"rehearsal:{rehearsal.pk}",
            now=now,
        )
    _drop_replaced(rehearsal)


def _drop_replaced(rehearsal: Rehearsal) -> None:
    """Delete the lines of what was rehearsed before under this code, a lot at a time; their counts stay.

    Until then they are what a publication was decided on.
    """
    old = RehearsalLine.objects.filter(rehearsal__edition__code=rehearsal.edition.code)
    while keys := list(old.exclude(rehearsal=rehearsal).order_by("pk").values_list("pk", flat=True)[:LOT]):
        RehearsalLine.objects.filter(pk__in=keys).delete()


def lots(rehearsal: Rehearsal) -> Iterator[int]:
    """Go through the dossiers that are left, a lot at a time; give after each how many were gone through.

    A lot's lines, counts and place are written together: a worker that dies loses at most one lot's work,
    and two workers never count one dossier twice. Raises Cancelled, EditionError.
    """
    edition = trusted(rehearsal.edition)
    known = Editions((*(one for one in catalogue.editions() if one.code != edition.code), edition))
    while lot := _read(rehearsal):
        lines = [
            line for line in (_judged(rehearsal, one, known, edition) for one in lot) if line is not None
        ]
        _keep(rehearsal, lines, last=lot[-1].pk, count=len(lot))
        yield rehearsal.done


@dataclass(frozen=True, slots=True)
class Facts:
    """What is read of a dossier: its number in the database, and the case of its last snapshot."""

    pk: int
    volet: int
    validated_on: date | None
    case: dict[str, Any] | None


def _read(rehearsal: Rehearsal) -> list[Facts]:
    last = Snapshot.objects.filter(dossier=OuterRef("pk"), taken_at__lte=rehearsal.asked_at)
    found = list(
        population(rehearsal.asked_at)
        .filter(pk__gt=rehearsal.last)
        .order_by("pk")
        .annotate(last_snapshot=Subquery(last.order_by("-taken_at", "-pk").values("pk")[:1]))
        .values_list("pk", "volet", "validated_on", "last_snapshot")[:LOT]
    )
    cases = dict(Snapshot.objects.filter(pk__in=[row[-1] for row in found]).values_list("pk", "case"))
    return [
        Facts(pk, volet, validated_on, cases.get(snapshot)) for pk, volet, validated_on, snapshot in found
    ]


def _keep(rehearsal: Rehearsal, lines: list[RehearsalLine], *, last: int, count: int) -> None:
    tally = Tally()
    for line in lines:
        tally.add(line)
    with transaction.atomic():
        here = Rehearsal.objects.running().filter(pk=rehearsal.pk, last=rehearsal.last)
        moved = here.update(
            last=last,
            done=F("done") + count,
            gained=F("gained") + tally.gained,
            lost=F("lost") + tally.lost,
            **{name: F(name) + added for name, added in tally.counts.items()},
        )
        if not moved:
            raise Cancelled
        RehearsalLine.objects.bulk_create(lines)
    rehearsal.last, rehearsal.done = last, rehearsal.done + count


# --- One dossier ---------------------------------------------------------------------------------
def _judged(rehearsal: Rehearsal, facts: Facts, known: Editions, edition: Edition) -> RehearsalLine | None:
    """Return the line of a dossier, None where nothing changes.

    Its facts are judged anew under its own edition too: what was decided by hand, or read on the day of
    the decision, then weighs on neither side.
    """
    line = RehearsalLine(rehearsal=rehearsal, dossier_id=facts.pk, volet=facts.volet)
    if facts.case is None:
        return _unreadable(line, NO_FACTS)
    try:
        before, own = _evaluated(facts.case, known)
        line.verdict_before, line.share_before = before.verdict, paid(before, own, facts.validated_on)
        after, _ = _evaluated({**facts.case, "edition": edition.code}, known)
    except CaseError as error:
        return _unreadable(line, str(error))
    line.verdict_after, line.share_after = after.verdict, paid(after, edition, facts.validated_on)
    return _compared(line, before, after)


def _unreadable(line: RehearsalLine, reason: str) -> RehearsalLine:
    line.kind, line.reason = Kind.UNREADABLE, reason[:300]
    return line


def _evaluated(case: dict[str, Any], known: Editions) -> tuple[Evaluation, Edition]:
    facts = read_case(case, known, None)
    edition = known.by_code[facts.edition]
    return evaluate(facts, edition), edition


def paid(evaluation: Evaluation, edition: Edition, validated_on: date | None) -> Decimal:
    """Return what Bpifrance would pay, HT: nothing to an ineligible request.

    A request that was accepted although a rule failed that its edition lets be overridden keeps its share.
    """
    share = Decimal(0) if evaluation.funding is None else evaluation.funding.bpifrance_share
    if evaluation.verdict != INELIGIBLE:
        return share
    failed = [finding.rule for finding in evaluation.findings if finding.status == "fail"]
    overridden = validated_on is not None and all(edition.by_name[rule].overridable for rule in failed)
    return share if overridden else Decimal(0)


def _compared(line: RehearsalLine, before: Evaluation, after: Evaluation) -> RehearsalLine | None:
    assert line.share_before is not None
    assert line.share_after is not None
    difference = line.share_after - line.share_before
    if not difference and before.verdict == after.verdict:
        return None
    line.kind = Kind.MORE if difference > 0 else Kind.LESS if difference < 0 else Kind.VERDICT
    line.weight = abs(difference)
    if INELIGIBLE in {before.verdict, after.verdict} and before.verdict != after.verdict:
        line.becomes = Becomes.INELIGIBLE if after.verdict == INELIGIBLE else Becomes.ELIGIBLE
    line.rules = _rules_that_differ(before, after)
    return line


def _rules_that_differ(before: Evaluation, after: Evaluation) -> list[str]:
    """Return the rules that say something else, those that the edition adds or drops included where they weigh."""
    old = {finding.rule: finding.status for finding in before.findings}
    new = {finding.rule: finding.status for finding in after.findings}
    silent = {"pass", "not_applicable", "not_evaluated"}
    return [
        rule
        for rule in {**new, **old}
        if old.get(rule, "pass") != new.get(rule, "pass")
        and not {old.get(rule, "pass"), new.get(rule, "pass")} <= silent
    ]


def lines_of(user: User, rehearsal: Rehearsal, *, kind: str = "", volet: str = "") -> QuerySet[RehearsalLine]:
    """Return a rehearsal's lines that a person may read, of one effect (a kind, or what it becomes) and volet."""
    found = RehearsalLine.objects.visible_to(user).filter(rehearsal=rehearsal)
    if kind in Becomes.values:
        found = found.filter(becomes=kind)
    elif kind in Kind.values:
        found = found.filter(kind=kind)
    return found.filter(volet=int(volet)) if volet in {"1", "2", "3", "4", "5"} else found


# --- In words ------------------------------------------------------------------------------------
def sentence(rehearsal: Rehearsal) -> str:
    """Return the result in a sentence, « 142 changent : 130 reçoivent plus, 12 moins, 3 deviennent inéligibles »."""
    parts = [
        _counted(rehearsal.more, "reçoit plus", "reçoivent plus"),
        _counted(rehearsal.less, "reçoit moins", "reçoivent moins"),
        _counted(rehearsal.verdict_alone, "change d’avis seulement", "changent d’avis seulement"),
        _counted(rehearsal.ineligible, "devient inéligible", "deviennent inéligibles"),
        _counted(rehearsal.eligible, "ne l’est plus", "ne le sont plus"),
    ]
    told = ", ".join(part for part in parts if part)
    changed = _counted(rehearsal.changed, "change", "changent")
    unread = _counted(rehearsal.unreadable, "ne peut pas être lu", "ne peuvent pas être lus")
    first = f"{changed}\u00a0: {told}." if changed else "Aucun dossier ne change."
    return f"{first} {unread[:1].upper()}{unread[1:]}." if unread else first


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""
