"""What the expert's page and the company's show of the mission room: next steps, phases, minutes, reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet

from applications.forms.mission_room import PhaseForm
from applications.models import Amendment, Minutes, Mission, MissionReport
from applications.services.extension import months_allowed
from applications.services.feedback import Phase
from applications.services.mission.coming import Room, steps_of
from applications.services.mission.held import meets
from applications.services.mission.phases import PlannedPhase, phases_of_planning, with_planning
from applications.services.mission.reading import rows_of

Json = dict[str, Any]


def for_room(missions: QuerySet[Mission]) -> QuerySet[Mission]:
    """Have missions bring along what the room asks first: nothing is asked of a part that is empty."""
    return with_planning(missions).annotate(
        has_reports=Exists(MissionReport.objects.filter(mission=OuterRef("pk"))),
        has_minutes=Exists(Minutes.objects.filter(mission__dossier=OuterRef("dossier"))),
    )


def room_of(
    mission: Mission,
    *,
    side: str,
    today: date,
    amendment: Amendment | None,
    has_service_contract: bool,
    judged: list[Phase] | None = None,
) -> Json:
    """Return the room of a mission read by `for_room`, as one side sees it."""
    planned = phases_of_planning(mission)
    rows = rows_of(mission, side=side) if mission.has_minutes else []  # type: ignore[attr-defined]
    reports = mission.reports.select_related("filed_by", "document")
    room = Room(
        mission=mission,
        side=side,
        today=today,
        amendment=amendment,
        planned=planned,
        judged=judged or [],
        rows=rows,
        has_service_contract=has_service_contract,
    )
    return {
        "steps": steps_of(room),
        "phases": [_phase(one, today, judged) for one in planned],
        "phases_done": sum(one.done_on is not None for one in planned),
        "past_term": [one for one in planned if one.past_term],
        "minutes": rows,
        "reports": reports if mission.has_reports else [],  # type: ignore[attr-defined]
        "may_write": meets(mission),
        "extends": bool(months_allowed(mission.dossier)),
    }


def _phase(phase: PlannedPhase, today: date, judged: list[Phase] | None) -> Json:
    given = next((one.given for one in judged or [] if one.code == phase.code), None)
    return {"phase": phase, "late": phase.is_late(today), "given": given}


def phase_forms(rows: list[Json], today: date, bound: Mapping[str, forms.Form]) -> None:
    """Give each phase of the expert's page the form by which it is declared, with what was refused in it."""
    for row in rows:
        name = f"phase-{row['phase'].rank}"
        initial = {"done_on": (row["phase"].done_on or today).isoformat()}
        row["form"] = bound.get(name) or PhaseForm(initial=initial, auto_id=f"{name}-%s")
        row["refused"] = name in bound
