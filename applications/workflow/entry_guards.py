"""Four eyes on a request that Bpifrance entered for its company: who wrote it neither studies nor decides it."""

from __future__ import annotations

from collections.abc import Iterator

from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Situation


def assigned_did_not_enter(situation: Situation) -> Iterator[Obstacle]:
    """A request that Bpifrance entered for its company is reviewed by somebody who did not enter it."""
    officer = situation.inputs.get("officer") or situation.actor
    if officer is not None and officer.pk in situation.facts.enterers:
        yield Obstacle(
            "entered_it",
            "Cette personne a saisi la demande pour l’entreprise.",
            "Une autre personne l’étudie\u00a0: choisissez un autre chargé d’affaires.",
        )


def actor_did_not_enter(situation: Situation) -> Iterator[Obstacle]:
    """Who decides a request, or settles its findings, did not write it for its company."""
    if situation.eyes & situation.facts.enterers:
        yield Obstacle(
            "entered_it",
            "Vous avez saisi cette demande pour l’entreprise\u00a0: une autre personne la décide.",
            "Demandez à un responsable de réaffecter le dossier.",
        )
