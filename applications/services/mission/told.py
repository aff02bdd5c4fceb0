"""What the journal keeps of the mission room, and who is told of it: one event and one notice per act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from applications.models import Minutes, MinutesVersion, Mission
from applications.services.people import in_charge, members_of
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.display import french_date
from portal.notifications.services import notify


def record(
    name: str, mission: Mission, *, actor: User, now: datetime, data: dict[str, Any], motive: str = ""
) -> None:
    """Append an event of the room to the dossier's chain.

    The dossier's version stays: nothing of the room is a state, and an approval of minutes voids no act that
    waits for its second person.
    """
    append(
        chain=mission.dossier.chain,
        name=name,
        at=now,
        actor=actor,
        data={"mission": mission.pk, **data},
        motive=motive,
        names={"actor": actor.full_name},
    )


# --- Minutes -------------------------------------------------------------------------------------
def proposed(version: MinutesVersion, *, actor: User, now: datetime) -> None:
    """Ask the other side to approve."""
    _record_version("minutes_proposed", version, actor=actor, now=now)
    again = " une nouvelle version de" if version.number > 1 else ""
    _tell(
        version,
        _of_side(version.minutes.mission, _other(version.minutes.side)),
        what="proposed",
        title=f"Compte rendu à approuver\u00a0: {version.minutes.mission.dossier}",
        body=f"{_named(version)} propose{again} le compte rendu de la réunion du {french_date(version.met_on)}. "
        "Approuvez-le, ou dites ce qui est à corriger.",
        action="Lire le compte rendu",
        blocking=True,
        actor=actor,
        now=now,
    )


def correction_asked(version: MinutesVersion, *, actor: User, now: datetime) -> None:
    """Tell who wrote that a correction is asked; the reason is read on the page."""
    _record_version("minutes_correction_asked", version, actor=actor, now=now, motive=version.reason)
    _tell(
        version,
        _of_side(version.minutes.mission, version.minutes.side),
        what="correction",
        title=f"Compte rendu à corriger\u00a0: {version.minutes.mission.dossier}",
        body=f"Une correction est demandée sur le compte rendu de la réunion du {french_date(version.met_on)}.",
        action="Lire la correction demandée",
        blocking=True,
        actor=actor,
        now=now,
    )


def approved(version: MinutesVersion, *, actor: User, now: datetime) -> None:
    """Tell who wrote, and the officer in charge, that both sides approved."""
    _record_version("minutes_approved", version, actor=actor, now=now)
    mission = version.minutes.mission
    words: dict[str, Any] = {
        "what": "approved",
        "title": f"Compte rendu approuvé\u00a0: {mission.dossier}",
        "body": f"Le compte rendu de la réunion du {french_date(version.met_on)} est approuvé des deux côtés.",
        "blocking": False,
        "actor": actor,
        "now": now,
    }
    ours = _of_side(mission, version.minutes.side)
    _tell(version, ours, action="Lire le compte rendu", **words)
    desk = in_charge(mission.dossier, on=civil_date(now))
    page = f"{reverse('officer_dossier', args=[mission.dossier_id])}#missions"
    _tell(version, desk, action="Ouvrir le dossier", page=page, **words)


def _record_version(
    name: str, version: MinutesVersion, *, actor: User, now: datetime, motive: str = ""
) -> None:
    minutes = version.minutes
    data = {
        "minutes": minutes.pk,
        "version": version.number,
        "side": str(minutes.side),
        "sha256": version.sha256,
        "met_on": str(version.met_on),
    }
    record(name, minutes.mission, actor=actor, now=now, data=data, motive=motive)


def _tell(
    version: MinutesVersion,
    people: Iterable[User],
    *,
    what: str,
    title: str,
    body: str,
    action: str,
    blocking: bool,
    actor: User,
    now: datetime,
    page: str = "",
) -> None:
    minutes = version.minutes
    dossier = minutes.mission.dossier
    notify(
        recipients=[person for person in people if person.pk != actor.pk],
        kind=f"minutes_{what}",
        title=title,
        body=body,
        url=page or reverse("minutes_page", args=[minutes.pk]),
        action=action,
        family="follow_up",
        blocking=blocking,
        subject=(dossier.chain, str(dossier)),
        event_ref=f"minutes:{minutes.pk}:{version.number}:{what}",
        now=now,
    )


def _other(side: str) -> str:
    return Minutes.Side.COMPANY if side == Minutes.Side.EXPERT else Minutes.Side.EXPERT


def _of_side(mission: Mission, side: str) -> Iterable[User]:
    firm, company = mission.firm.organisation_id, mission.dossier.company.organisation_id
    return members_of(firm if side == Minutes.Side.EXPERT else company)


def _named(version: MinutesVersion) -> str:
    mission = version.minutes.mission
    return mission.firm.name if version.minutes.side == Minutes.Side.EXPERT else mission.dossier.company.name


# --- Phases --------------------------------------------------------------------------------------
def phase_done(mission: Mission, *, rank: int, label: str, done_on: date, actor: User, now: datetime) -> None:
    """Tell the company that a phase is over, and ask what it thinks of it (edition 2024, §3.5)."""
    record("phase_done", mission, actor=actor, now=now, data={"phase": rank + 1, "on": str(done_on)})
    dossier = mission.dossier
    notify(
        recipients=members_of(dossier.company.organisation_id),
        kind="phase_done",
        title=f"Phase terminée\u00a0: {dossier}",
        body=f"{mission.firm.name} a terminé la phase «\u00a0{label}\u00a0» le {french_date(done_on)}. "
        "Vous pouvez donner votre avis sur cette phase.",
        url=f"{reverse('company_dossier', args=[dossier.pk])}#satisfaction",
        action="Donner mon avis",
        family="progress",
        subject=(dossier.chain, str(dossier)),
        event_ref=f"mission:{mission.pk}:phase:{rank}:{done_on}",
        now=now,
    )


def phase_reopened(mission: Mission, *, rank: int, actor: User, now: datetime) -> None:
    """Keep that a phase declared over by mistake is not."""
    record("phase_reopened", mission, actor=actor, now=now, data={"phase": rank + 1})
