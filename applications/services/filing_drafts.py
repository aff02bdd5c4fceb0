"""A draft written by several: their answers merged one by one, what was badly typed kept, who is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from applications.models import Assistance, Dossier, DraftPresence, DraftStep
from applications.services.provenance import note_entered
from applications.steps import BY_SLUG
from portal.accounts.models import Membership, User

Json = dict[str, Any]
Digests = dict[str, str]

# A person is there as long as their page was heard of within this time.
PRESENT = timedelta(minutes=5)
# Text kept of one step until it is mended.
MOST_TYPED = 20_000


# --- Merging -------------------------------------------------------------------------------------
@dataclass(slots=True)
class Merge:
    """One step after two people wrote in it.

    `part` is what may be written; `mine` the answers this person changed; `theirs` those that somebody else
    changed and this person did not touch; `clashes` those that both changed to something else: they keep,
    in `part`, what is stored.
    """

    part: Json
    mine: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)
    clashes: set[str] = field(default_factory=set)


def digest(value: Any) -> str:
    """Return a short digest of one answer; an empty text is no answer."""
    told = None if value == "" else value
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:10]


def digests(part: Mapping[str, Any]) -> Digests:
    """Return the digest of each answer of a step: what a page sends back to say on what it stands."""
    return {name: digest(value) for name, value in part.items()}


def merge(base: Digests | None, mine: Json, stored: Json) -> Merge:
    """Return the answers of `mine` merged into `stored`, knowing by `base` what both started from.

    `base` None is not known: then whatever differs clashes, so that nothing is overwritten.
    """
    merged = Merge(dict(stored))
    for name in [*stored, *(name for name in mine if name not in stored)]:
        told, kept = digest(mine.get(name)), digest(stored.get(name))
        started = base.get(name, digest(None)) if base is not None else None
        if told == kept:
            continue
        if told == started:
            merged.theirs.add(name)
        elif kept == started:
            merged.mine.add(name)
            merged.part.pop(name, None)
            if name in mine:
                merged.part[name] = mine[name]
        else:
            merged.clashes.add(name)
    return merged


# --- What a step remembers -----------------------------------------------------------------------
def draft_of(dossier: Dossier, step: str) -> DraftStep | None:
    """Return what the draft remembers of a step, None when nothing."""
    return next((draft for draft in dossier.draft_steps.all() if draft.step == step), None)


def remember(
    dossier: Dossier,
    *,
    step: str,
    actor: User,
    now: datetime,
    changed: Collection[str],
    typed: Json,
    touched: Collection[str],
    confirmed: bool = False,
) -> None:
    """Note who changed which answers, and keep what could not be read; call it under the dossier's lock.

    `typed` is {answer: {"base": digest it was typed over, "fields": {input: text}}}; `touched` the answers
    whose text kept before is settled by this save. `confirmed` says that carried figures were looked at.
    """
    draft = draft_of(dossier, step) or DraftStep(dossier=dossier, step=step)
    before = (draft.typed, draft.changes, draft.carried)
    kept = {name: one for name, one in draft.typed.items() if name not in touched}
    draft.typed = _bounded({**kept, **typed})
    note_entered(dossier, step=step, changed=changed, by_bpifrance=bool(actor.staff_role))
    mark = {"by": actor.pk, "at": now.isoformat()}
    draft.changes = {**draft.changes, **dict.fromkeys(changed, mark)}
    if draft.carried:
        draft.carried = _still_carried(draft.carried, changed, confirmed=confirmed)
    if before != (draft.typed, draft.changes, draft.carried):
        draft.save()


def _bounded(typed: Json) -> Json:
    """Return the texts without what no database keeps, up to the most that a step may hold."""
    found: Json = {}
    room = MOST_TYPED
    for name, one in typed.items():
        fields = {key[:80]: text.replace("\x00", "") for key, text in one["fields"].items()}
        room -= sum(len(key) + len(text) for key, text in fields.items())
        if room < 0:
            break
        found[name] = {"base": one["base"], "fields": fields}
    return found


def _still_carried(carried: Json, changed: Collection[str], *, confirmed: bool) -> Json:
    answers = [name for name in carried.get("answers") or [] if name not in changed]
    to_confirm = [name for name in carried.get("to_confirm") or [] if name not in changed and not confirmed]
    return {**carried, "answers": answers, "to_confirm": to_confirm} if answers else {}


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed an answer last ("" is not known), and when."""

    who: str
    at: datetime | None


def last_changes(dossier: Dossier, step: str, answers: Iterable[str]) -> dict[str, Change]:
    """Return the last change of each of `answers`."""
    draft = DraftStep.objects.filter(dossier=dossier, step=step).first()
    marks = draft.changes if draft is not None else {}
    people = {mark["by"] for mark in marks.values()}
    names = {user.pk: _named(user) for user in User.objects.filter(pk__in=people)}
    found = {}
    for answer in answers:
        mark = marks.get(answer)
        at = datetime.fromisoformat(mark["at"]) if mark else None
        found[answer] = Change(names.get(mark["by"], "") if mark else "", at)
    return found


def forget(dossier: Dossier) -> None:
    """Forget what was only of use while the request was written: it is filed now."""
    DraftStep.objects.filter(dossier=dossier).delete()
    DraftPresence.objects.filter(dossier=dossier).delete()


# --- Who is there --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Colleague:
    """Another person who has the request open: the step, and the whole minutes since they were heard of."""

    name: str
    step: str
    slug: str
    minutes: int


def touch(dossier: Dossier, *, user: User, step: str, now: datetime) -> None:
    """Note that `user` is at a step of the request."""
    DraftPresence.objects.bulk_create(
        [DraftPresence(dossier=dossier, user=user, step=step, seen_at=now)],
        update_conflicts=True,
        update_fields=["step", "seen_at"],
        unique_fields=["dossier", "user"],
    )


def whereabouts(dossier: Dossier, *, user: User, now: datetime) -> tuple[list[Colleague], str]:
    """Return the others who write in the request now, the latest first, and the step where `user` last was."""
    members = Membership.objects.active().filter(organisation=dossier.company.organisation_id).values("user")
    helper = Assistance.objects.open().filter(dossier=dossier).order_by().values("officer")
    writing = Q(user__in=members) | Q(user__in=helper)
    seen = DraftPresence.objects.filter(writing, dossier=dossier).select_related("user")
    found = list(seen.order_by("-seen_at", "pk"))
    mine = next((presence.step for presence in found if presence.user_id == user.pk), "")
    others = [one for one in found if one.user_id != user.pk and one.seen_at > now - PRESENT]
    return [_colleague(presence, now) for presence in others], mine


def _colleague(presence: DraftPresence, now: datetime) -> Colleague:
    minutes = max(0, int((now - presence.seen_at).total_seconds() // 60))
    return Colleague(_named(presence.user), BY_SLUG[presence.step].label, presence.step, minutes)


def _named(user: User) -> str:
    return f"{user.full_name} (Bpifrance)" if user.staff_role else user.full_name
