"""Who is told of each act and each reminder, in which words, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format

from applications.models import (
    Amendment,
    Assistance,
    Deadline,
    Dossier,
    Message,
    Minutes,
    Mission,
    MissionReport,
    Offer,
    PendingApproval,
    QuoteInvitation,
    QuoteRequest,
)
from applications.services.extension import months_allowed
from applications.services.notices import NOTICES, REMINDERS, Audience, Notice
from applications.services.people import in_charge, members_of, staff
from applications.workflow.states import COMPANY_LABELS, MissionState
from portal.accounts.models import StaffRole, User
from portal.audit.models import Event, EventDetail
from portal.clock import civil_date
from portal.notifications.outbox import enqueue
from portal.notifications.services import notify

NO_EXTENSION = "Le terme ne peut pas être prolongé."
EXTENDS = "Une prolongation se demande avant le terme, une seule fois."

# Acts that give a dossier to somebody; one of many is told to the desk with the others, in one notice.
ASSIGNING = frozenset({"assign", "assign_by_rules", "reassign"})
GROUPED = frozenset({Audience.OFFICER, Audience.PREVIOUS})


def announce(event: Event, *, dossier: Dossier, mission: Mission | None, now: datetime) -> None:
    """Have the people concerned by an event told after commit; nothing where nobody is.

    Those who asked for an act of two persons that this event made void are told of that too.
    """
    name = "amend_applied" if event.name == "amend" and event.data.get("applied") else event.name
    key = f"announce:{event.chain}:{event.sequence}"
    if name in NOTICES:
        _enqueue(name, event, dossier, mission.pk if mission else None, key=key, now=now)
    if event.name == "declare_work_done":
        # Asked apart from what must be done: a reader who answers neither is reminded of the other.
        asked = mission.pk if mission else None
        _enqueue(
            "satisfaction_asked", event, dossier, asked, key=f"{key}:opinion", now=now, suffix="-opinion"
        )
    void = PendingApproval.objects.filter(
        dossier=dossier, status=PendingApproval.Status.VOID, ended_at=now
    ).exclude(transition=event.name.removesuffix("_asked"))
    for pending in void:
        lost, key = f"{pending.transition}_dropped", f"void:{pending.pk}"
        _enqueue(lost, event, dossier, pending.mission_id, key=key, now=now, suffix="-void")


def _enqueue(
    name: str,
    event: Event,
    dossier: Dossier,
    mission: int | None,
    *,
    key: str,
    now: datetime,
    suffix: str = "",
) -> None:
    enqueue(
        kind="announce",
        dedup_key=key,
        payload={
            "name": name,
            "dossier": dossier.pk,
            "mission": mission,
            "amendment": event.data.get("amendment"),
            "sequence": f"{event.sequence}{suffix}",
            "actor": event.actor_ref,
            "at": now.isoformat(),
            **_of_assignment(event),
        },
        due_at=now,
    )


def _of_assignment(event: Event) -> dict[str, Any]:
    """Return what the words of an assignment need: its event, who had the dossier, and whether it is one of many."""
    if event.name not in ASSIGNING:
        return {}
    return {
        "event": event.pk,
        "previous": event.data.get("previous"),
        "one_of_many": "bulk" in event.data,
    }


def remind(deadline: Deadline, *, notice: str, now: datetime) -> None:
    """Have the people concerned reminded of a term; once per term and step, however often this is called."""
    enqueue(
        kind="announce",
        dedup_key=f"remind:{deadline.pk}:{deadline.step}",
        payload={
            "name": notice,
            "dossier": deadline.dossier_id,
            "mission": deadline.mission_id,
            "deadline": deadline.pk,
            "sequence": f"t{deadline.pk}-{deadline.step}",
            "actor": None,
            "at": now.isoformat(),
        },
        due_at=now,
    )


def deliver(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler: tell each audience of one event or reminder. A term closed meanwhile reminds nobody."""
    dossier = Dossier.objects.select_related("company", "officer").get(pk=payload["dossier"])
    mission = _mission(dossier, payload["mission"])
    deadline = Deadline.objects.filter(pk=payload["deadline"]).first() if "deadline" in payload else None
    if "deadline" in payload and (deadline is None or deadline.closed_on is not None):
        return
    table = REMINDERS if "deadline" in payload else NOTICES
    words = _words(dossier, mission, deadline) | {"motive": _motive(payload)}
    at = datetime.fromisoformat(payload["at"])
    for notice in table[payload["name"]]:
        if payload.get("one_of_many") and notice.audience in GROUPED:
            continue
        everyone = notice.audience is Audience.FIRMS
        for stake in _missions_at(dossier, payload.get("amendment"), at) if everyone else [mission]:
            people = [
                user
                for user in _people(notice.audience, dossier, stake, on=civil_date(at), payload=payload)
                if user.pk != payload["actor"]
            ]
            notify(
                recipients=people,
                kind=payload["name"],
                title=notice.title.format(**words),
                body=notice.body.format(**words),
                url=_url(notice, dossier, stake),
                action=notice.link,
                family="reminders" if "deadline" in payload else "progress",
                blocking=notice.blocking,
                subject=subject_of(dossier),
                event_ref=f"{dossier.chain}:{payload['sequence']}",
                now=at,
            )


def subject_of(dossier: Dossier) -> tuple[str, str]:
    """Return what a notice about a dossier is filed and threaded under, and its name on screen."""
    return dossier.chain, str(dossier)


def _missions_at(dossier: Dossier, amendment: int | None, at: datetime) -> Iterable[Mission]:
    """Return the missions that an act of that instant concerns, the latest first: at work, or ended by it."""
    proposed = Amendment.objects.filter(pk=amendment or 0).values("mission")
    missions = Mission.objects.select_related("firm").filter(dossier=dossier)
    ended_now = Q(replaced_on=civil_date(at)) | Q(pk__in=proposed)
    return missions.filter(~Q(state=MissionState.ENDED) | ended_now).order_by("-rank")


def _mission(dossier: Dossier, mission_id: int | None) -> Mission | None:
    """Return the mission named; a term of the whole dossier concerns its current one."""
    missions = Mission.objects.select_related("firm").filter(dossier=dossier)
    return missions.filter(pk=mission_id).first() if mission_id else missions.filter(is_current=True).first()


def _words(dossier: Dossier, mission: Mission | None, deadline: Deadline | None) -> dict[str, str]:
    due_on = deadline.due_on if deadline else None
    return {
        "number": str(dossier),
        "company": dossier.company.name,
        "officer": str(dossier.officer or ""),
        "volet": str(dossier.volet),
        "expert": mission.firm.name if mission else "",
        "due_on": date_format(due_on, "j F Y") if due_on else "",
        "term": date_format(dossier.due_on, "j F Y") if dossier.due_on else "",
        "extension": EXTENDS if months_allowed(dossier) else NO_EXTENSION,
        "state": COMPANY_LABELS[dossier.state],
    }


def _motive(payload: dict[str, Any]) -> str:
    """Return why a dossier was given to somebody, read where it can be erased."""
    if "event" not in payload:
        return ""
    detail = EventDetail.objects.filter(event=payload["event"]).first()
    return detail.motive if detail is not None else ""


def _people(
    audience: Audience, dossier: Dossier, mission: Mission | None, *, on: date, payload: dict[str, Any]
) -> Iterable[User]:
    if audience is Audience.COMPANY:
        return members_of(dossier.company.organisation_id)
    if audience in {Audience.EXPERT, Audience.FIRMS}:
        return members_of(mission.firm.organisation_id) if mission else ()
    if audience is Audience.OFFICER:
        return in_charge(dossier, on=on)
    if audience is Audience.PREVIOUS:
        return User.objects.staff(StaffRole.OFFICER).filter(pk=payload.get("previous") or 0)
    return staff(StaffRole.MANAGER if audience is Audience.MANAGERS else StaffRole.CONTROLLER)


def _url(notice: Notice, dossier: Dossier, mission: Mission | None) -> str:
    if notice.audience is Audience.COMPANY:
        return reverse("company_dossier", args=[dossier.pk])
    if notice.audience in {Audience.EXPERT, Audience.FIRMS} and mission is not None:
        return reverse("mission_detail", args=[mission.pk])
    return reverse("officer_dossier", args=[dossier.pk])


def may_be_told(user: User, *, event_ref: str, **_: str) -> bool:
    """Policy of the notices: whoever lost the right to open the dossier is told nothing more of it."""
    kind, _sign, rest = event_ref.partition(":")
    number = rest.partition(":")[0]
    if kind == "assistance" and number.isdigit():
        return Assistance.objects.visible_to(user).filter(pk=int(number)).exists()
    if kind == "offer" and number.isdigit():
        return Offer.objects.visible_to(user).filter(pk=int(number)).exists()
    if kind == "minutes" and number.isdigit():
        return Minutes.objects.visible_to(user).filter(pk=int(number)).exists()
    if kind == "quote_request" and number.isdigit():
        return QuoteRequest.objects.visible_to(user).filter(pk=int(number)).exists()
    if kind == "quote_invitation":
        return QuoteInvitation.objects.of_firm(user).filter(token=number).exists()
    if kind not in _DOSSIER_OF or not number.isdigit():
        return True
    found = _DOSSIER_OF[kind](int(number))
    return Dossier.objects.visible_to(user).filter(pk__in=found).exists()


# The dossiers that a notice's reference is about: its chain of events, a message, a mission, an expert's report.
_DOSSIER_OF: dict[str, Callable[[int], Any]] = {
    "dossier": lambda pk: [pk],
    "message": lambda pk: Message.objects.filter(pk=pk).values("dossier"),
    "mission": lambda pk: Mission.objects.filter(pk=pk).values("dossier"),
    "report": lambda pk: MissionReport.objects.filter(pk=pk).values("mission__dossier"),
}
