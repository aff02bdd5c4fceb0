"""What a guard may look at: the dossier, who acts, when, with which inputs, and the facts read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from applications.models import Dossier, Mission
    from applications.services.facts import DossierFacts
    from portal.accounts.models import User


class Actor(models.TextChoices):
    """What a person is to one dossier; several may hold at once."""

    OWNER = "owner", "Propriétaire de l’entreprise"
    MEMBER = "member", "Membre de l’entreprise"
    SIGNATORY = "signatory", "Signataire de l’entreprise"
    EXPERT = "expert", "Expert de la mission"
    OFFICER = "officer", "Chargé d’affaires"
    MANAGER = "manager", "Responsable"
    CONTROLLER = "controller", "Contrôleur"
    SWEEP = "sweep", "Échéance automatique"


# The input by which `execute` tells the guards that the one-time code typed was right.
CODE_VERIFIED = "code_verified"
# What the second person of a two-person act wrote; the other inputs are the first one's.
SECOND_MOTIVE = "second_motive"
# In an event's data, and with a pending act: by whose delegation it was done.
LENT_BY = "by_delegation_of"
COMPANY = frozenset({Actor.OWNER, Actor.MEMBER})


@dataclass(slots=True)
class Situation:
    """One person before one act. `inputs` is empty while only the button is considered."""

    dossier: Dossier
    mission: Mission | None
    actor: User | None
    standing: frozenset[Actor]
    now: datetime
    today: date
    facts: DossierFacts
    inputs: Mapping[str, Any] = field(default_factory=dict)
    # Who lent the actor which function today, and by whose delegation this very act is done.
    lenders: Mapping[Actor, User] = field(default_factory=dict)
    giver: User | None = None

    def text(self, name: str) -> str:
        """Return a free text input, stripped; empty when absent."""
        return str(self.inputs.get(name) or "").strip()

    @property
    def eyes(self) -> frozenset[int]:
        """The accounts that count as having acted: the actor, and whoever lent the power used."""
        return frozenset(one.pk for one in (self.actor, self.giver) if one is not None)

    @property
    def the_mission(self) -> Mission:
        """The mission at stake; the table only puts mission guards on acts that have one."""
        assert self.mission is not None, f"{self.dossier} has no mission"
        return self.mission
