"""The list of what an edition would change, as it is exported: its rows and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from applications.exports.columns import Column, Kind
from applications.models import Rehearsal, RehearsalLine
from applications.services.editions.rehearsal import lines_of
from applications.workflow.states import State
from portal.accounts.models import User

EFFECTS = {
    "more": "Reçoivent plus",
    "less": "Reçoivent moins",
    "ineligible": "Deviennent inéligibles",
    "eligible": "Ne sont plus inéligibles",
    "verdict": "Changent d’avis seulement",
    "unreadable": "Ne peuvent pas être lus",
}


def rows(user: User, query: Mapping[str, str], today: date) -> QuerySet[Any]:  # noqa: ARG001 every sheet has this shape
    """Return the lines of the rehearsal that the address names, the widest effect first; none without one."""
    try:
        rehearsal = Rehearsal(pk=UUID(query.get("repetition", "")))
    except ValueError:
        found: QuerySet[RehearsalLine] = RehearsalLine.objects.none()
    else:
        found = lines_of(user, rehearsal, kind=query.get("genre", ""), volet=query.get("volet", ""))
    return found.annotate(sheet_difference=F("share_after") - F("share_before")).order_by("-weight", "-pk")


def columns(verdicts: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of the list."""
    return (
        Column("numero", "Numéro", "dossier__number"),
        Column("entreprise", "Entreprise", "dossier__company__name"),
        Column("identifiant", "Identifiant de l’entreprise", "dossier__company__identifier"),
        Column("volet", "Volet", "volet", Kind.WHOLE),
        Column("edition", "Édition du dossier", "dossier__edition"),
        Column("etat", "État", "dossier__state", labels=dict(State.choices)),
        Column("effet", "Effet", "kind", labels=dict(RehearsalLine.Kind.choices)),
        Column(
            "eligibilite", "Éligibilité", "becomes", labels={"": "", **dict(RehearsalLine.Becomes.choices)}
        ),
        Column("verdict_avant", "Verdict avant", "verdict_before", labels={"": "", **verdicts}),
        Column("verdict_apres", "Verdict après", "verdict_after", labels={"": "", **verdicts}),
        Column("part_avant", "Quote-part avant HT", "share_before", Kind.MONEY),
        Column("part_apres", "Quote-part après HT", "share_after", Kind.MONEY),
        Column("ecart", "Écart HT", "sheet_difference", Kind.MONEY),
        Column("raison", "Pourquoi illisible", "reason"),
    )
