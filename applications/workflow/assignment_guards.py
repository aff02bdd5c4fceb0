"""The conditions on whoever is given a dossier: statements that are true when satisfied."""

from __future__ import annotations

from collections.abc import Iterator

from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Situation


def officer_is_assignable(situation: Situation) -> Iterator[Obstacle]:
    """The person assigned is an active officer."""
    officer = situation.inputs.get("officer")
    if officer is None or not officer.serves_as("officer"):
        yield Obstacle(
            "not_an_officer",
            "Cette personne n’est pas chargée d’affaires.",
            "Choisissez un chargé d’affaires en activité.",
            field="officer",
        )


def assigned_is_another(situation: Situation) -> Iterator[Obstacle]:
    """A dossier is transferred to somebody who does not have it already."""
    officer = situation.inputs.get("officer")
    if officer is not None and officer.pk == situation.dossier.officer_id:
        yield Obstacle(
            "in_charge_already",
            f"Ce dossier est déjà confié à {officer}.",
            "Choisissez une autre personne.",
            field="officer",
        )


def assigned_is_not_rejecter(situation: Situation) -> Iterator[Obstacle]:
    """A rejected request is reviewed by an officer who did not decide."""
    officer = situation.inputs.get("officer") or situation.actor
    if officer is not None and officer.pk in situation.facts.rejecters:
        yield Obstacle(
            "decided_before",
            "Cette personne a pris la décision contestée.",
            "Le réexamen revient à une personne qui n’a pas décidé.",
        )
