"""The assignment of a claim to a third party (cession de créance): the deed kept with the hold it sets."""

from __future__ import annotations

from typing import Any

from applications.models import Hold
from applications.workflow.refusals import Obstacle, Refused
from applications.workflow.situation import Situation
from portal.documents import services as documents
from portal.documents.checks import FileRefused

DEED_KIND = "assignment_deed"


def fields_of(situation: Situation) -> dict[str, Any]:
    """Return what a hold keeps of an assignment: who, since when, the deed; nothing for another reason.

    Raises Refused where the file is not taken.
    """
    if situation.text("reason") != Hold.Reason.ASSIGNMENT:
        return {}
    try:
        deed = documents.store(
            file=situation.inputs["deed"], kind=DEED_KIND, uploaded_by=situation.actor, now=situation.now
        )
    except FileRefused as refusal:
        raise Refused([Obstacle("deed_refused", str(refusal), field="deed")]) from refusal
    return {
        "assignee": situation.text("assignee"),
        "notified_on": situation.inputs["notified_on"],
        "document": deed,
    }
