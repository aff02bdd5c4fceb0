"""The mission under its dossier's lock, and the side for which a person acts in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction

from applications.models import Minutes, Mission
from applications.services.locking import lock
from applications.services.mission_work import stage_of
from applications.workflow.refusals import NotYours, WrongState
from applications.workflow.states import State
from portal.accounts.models import Membership, User

Side = Minutes.Side
# Meetings go on until the closure is judged: the restitution may follow its sending.
MEETING = frozenset({State.IN_PROGRESS, State.WORK_DONE, State.CLOSURE_SUBMITTED, State.CLOSURE_INCOMPLETE})
NOT_OF_THE_MISSION = "Cette mission est celle d’un cabinet et d’une entreprise dont vous n’êtes pas membre."
NOT_NOW = (
    "Les comptes rendus s’écrivent et s’approuvent de la signature du contrat jusqu’à la validation du paiement. "
    "La mission n’en est pas là\u00a0: rien n’a été changé."
)


def side_of(user: User, mission: Mission) -> str | None:
    """Return the side of a mission that a person belongs to, None for neither.

    Somebody of both firm and company stands for the firm alone, and so never approves their own words.
    """
    if user.staff_role or not user.is_active:
        return None
    ours = set(Membership.objects.active().filter(user=user).values_list("organisation", flat=True))
    if mission.firm.organisation_id in ours:
        return Side.EXPERT
    return Side.COMPANY if mission.dossier.company.organisation_id in ours else None


def meets(mission: Mission) -> bool:
    """True while minutes may be written and answered."""
    return stage_of(mission) in MEETING


def earliest(mission: Mission) -> date:
    """Return the first day on which the two may have met for the mission: the contract's, or the firm's own."""
    signed = mission.dossier.signed_on
    return max(signed, mission.began_on) if signed is not None else mission.began_on


@contextmanager
def held(mission_id: int, *, actor: User, stages: Collection[str] = MEETING) -> Iterator[tuple[Mission, str]]:
    """Give the mission read anew under its dossier's lock, and the actor's side.

    Raises NotYours to who is of neither side, WrongState where the mission is at another stage.
    """
    with transaction.atomic():
        dossier = lock(Mission.objects.values_list("dossier", flat=True).get(pk=mission_id))
        mission = Mission.objects.select_related("firm").get(pk=mission_id)
        mission.dossier = dossier
        side = side_of(actor, mission)
        if side is None:
            raise NotYours(NOT_OF_THE_MISSION)
        if stage_of(mission) not in stages:
            raise WrongState(NOT_NOW)
        yield mission, side
