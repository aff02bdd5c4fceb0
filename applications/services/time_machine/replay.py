"""Plays the journal of a dossier again, event by event, up to a moment: what it says is known, the rest is unknown.

Nothing here reads a row of today. Events written before the journal kept facts (`kept_facts`) tell the state, the
officer and some dates only; `Past.blank` says that such an act is among those played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from applications.services.kept_facts import KEY, OF_DOSSIER, OF_MISSION
from applications.workflow.states import MissionState
from applications.workflow.table import TRANSITIONS
from portal.audit.models import Event

Json = dict[str, Any]
ASKED, DROPPED = "_asked", "_dropped"
# Events that move the dossier's version, beside the acts of the table and their two ends.
MOVING = frozenset(
    {"opinion_asked", "opinion_revoked", "assistance_opened", "assistance_passed", "assistance_closed"}
)
# Where older events hold the date of what they did.
DATE_OF = {"start_work": "work_started_on", "declare_work_done": "work_ended_on", "reopen": "work_ended_on"}
# What these acts changed of the dossier's dates without their older events telling it.
FORGOTTEN = {
    "amend": ("work_started_on", "work_ended_on"),
    "replace_expert": ("work_started_on", "work_ended_on"),
    "reopen": ("work_started_on", "report_due_on"),
}
GIVEN = frozenset({"take", "assign", "assign_by_rules", "reassign"})


@dataclass(slots=True)
class Past:
    """What the journal tells of a dossier after the last event played.

    `known` holds the dossier's columns: one that is absent is unknown, None is known to be empty. `terms`,
    `holds` and `payments` are those that stand; with `blank`, others may have begun before `kept_since`.
    """

    rank: int = 0
    at: datetime | None = None
    version: int = 0
    known: Json = field(default_factory=dict)
    missions: dict[int, Json] = field(default_factory=dict)
    terms: list[Json] = field(default_factory=list)
    holds: dict[int, Json] = field(default_factory=dict)
    payments: dict[int, Json] = field(default_factory=dict)
    judgements: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    snapshot: tuple[int, str] | None = None
    pieces: dict[int, str] = field(default_factory=dict)
    # The act that waits for its second person.
    pending: str = ""
    filed_at: datetime | None = None
    filed_rank: int | None = None
    blank: bool = False
    kept_since: datetime | None = None
    # The mission that older events are about, to tell the dossier's own moves.
    current: Any = None


def act_of(name: str) -> str:
    """Return the act of the table that an event records, done, asked or dropped; "" where it is none."""
    for act in (name, name.removesuffix(ASKED), name.removesuffix(DROPPED)):
        if act in TRANSITIONS:
            return act
    return ""


def replay(events: Iterable[Event]) -> Past:
    """Return what these events tell, given from the first one on, without a gap."""
    past = Past()
    for event in events:
        _play(past, event)
    return past


def _play(past: Past, event: Event) -> None:
    past.rank, past.at = event.sequence, event.at
    act = act_of(event.name)
    if act or event.name in MOVING:
        past.version = event.sequence
    if not act:
        return
    if event.name == "submit" and past.filed_at is None:
        past.filed_at, past.filed_rank = event.at, event.sequence
    past.pending = act if event.name == f"{act}{ASKED}" else ""
    if event.name == "decide_finding":
        past.judgements[event.data["rule"]] = (event.data["outcome"], event.at)
    kept = event.data.get(KEY)
    if kept is None:
        _play_older(past, event, act)
    else:
        _play_kept(past, event, kept)


def _play_kept(past: Past, event: Event, kept: Json) -> None:
    past.kept_since = past.kept_since or event.at
    past.known = {**dict.fromkeys(OF_DOSSIER), **kept["dossier"]}
    for told in kept.get("told", ()):
        TOLD[told["what"]](past, told)
    if mission := kept.get("mission"):
        _mission(past, mission)


def _play_older(past: Past, event: Event, act: str) -> None:
    """Take what an event of before tells: the state where it is the dossier's own, the officer, some dates."""
    past.blank = True
    data, transition = event.data, TRANSITIONS[act]
    if event.name != act or "to" not in data:
        return
    named = data.get("mission", past.current)
    if transition.on_mission and named != past.current:
        return
    if not transition.on_mission and (act != "amend" or data.get("applied")):
        past.current = named
    past.known["state"] = data["to"]
    _older_officer(past, event)
    _older_dates(past, act, data)


def _older_dates(past: Past, act: str, data: Json) -> None:
    """Take the dates that the event tells, and forget those that it changed without telling."""
    for name in FORGOTTEN.get(act, ()):
        past.known.pop(name, None)
    for name in ("due_on", "report_due_on", "edition"):
        if name in data:
            past.known[name] = None if data[name] == "None" else data[name]
    if act in DATE_OF and "on" in data:
        past.known[DATE_OF[act]] = data["on"]


def _older_officer(past: Past, event: Event) -> None:
    if event.name in {"submit", "request_review"}:
        past.known["officer_id"] = None
    elif event.name in GIVEN:
        past.known["officer_id"] = event.data.get("officer")
    elif event.name == "request_completion" and past.known.get("officer_id") is None:
        past.known["officer_id"] = event.actor_ref


# --- What began or ended with an act ---------------------------------------------------------------
def _mission(past: Past, told: Json) -> None:
    past.missions[told["id"]] = {**dict.fromkeys(OF_MISSION), **told}


def _waiting_mission_ended(past: Past, _told: Json) -> None:
    """End the mission of a new expert whose amendment was given up; there is one at most."""
    for mission in past.missions.values():
        if not mission["is_current"] and mission["state"] == MissionState.ENGAGED:
            mission["state"] = MissionState.ENDED.value


def _term_opened(past: Past, told: Json) -> None:
    past.terms.append({name: told[name] for name in ("kind", "due_on", "mission")})


def _terms_closed(past: Past, told: Json) -> None:
    def runs(term: Json) -> bool:
        of_these = not told["kinds"] or term["kind"] in told["kinds"]
        return not of_these or (told["mission"] is not None and term["mission"] != told["mission"])

    past.terms = [term for term in past.terms if runs(term)]


def _hold_set(past: Past, told: Json) -> None:
    past.holds[told["id"]] = {"reason": told["reason"], "mission": told["mission"]}


def _hold_lifted(past: Past, told: Json) -> None:
    past.holds.pop(told["id"], None)


def _holds_lifted(past: Past, told: Json) -> None:
    over = {"reason": told["reason"], "mission": told["mission"]}
    past.holds = {key: hold for key, hold in past.holds.items() if hold != over}


def _paid(past: Past, told: Json) -> None:
    past.payments[told["id"]] = {name: told[name] for name in ("mission", "ht", "ttc", "paid_on")}


def _payment_reversed(past: Past, told: Json) -> None:
    past.payments.pop(told["id"], None)


def _snapshot(past: Past, told: Json) -> None:
    past.snapshot = told["id"], told["sha256"]


def _pieces(past: Past, told: Json) -> None:
    past.pieces |= {int(key): sha256 for key, sha256 in told["sha256"].items()}


def _judgements_dropped(past: Past, told: Json) -> None:
    gone = past.judgements.keys() if told["rules"] is None else told["rules"]
    for rule in list(gone):
        past.judgements.pop(rule, None)


TOLD: dict[str, Callable[[Past, Json], None]] = {
    "mission": _mission,
    "waiting_mission_ended": _waiting_mission_ended,
    "term_opened": _term_opened,
    "terms_closed": _terms_closed,
    "hold_set": _hold_set,
    "hold_lifted": _hold_lifted,
    "holds_lifted": _holds_lifted,
    "paid": _paid,
    "payment_reversed": _payment_reversed,
    "snapshot": _snapshot,
    "pieces": _pieces,
    "judgements_dropped": _judgements_dropped,
}
