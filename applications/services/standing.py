"""What a person is to one dossier, by themselves or by powers lent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from applications.models import Amendment, Dossier, Mission, Signatory
from applications.workflow.situation import Actor
from applications.workflow.states import MissionState
from applications.workflow.table import TRANSITIONS, Transition
from portal.accounts.models import Membership, MembershipRole, StaffRole, User
from portal.accounts.services import lent_to

_OF_STAFF = {
    StaffRole.OFFICER: Actor.OFFICER,
    StaffRole.MANAGER: Actor.MANAGER,
    StaffRole.CONTROLLER: Actor.CONTROLLER,
}


def standing_of(user: User | None, dossier: Dossier, mission: Mission | None = None) -> frozenset[Actor]:
    """Return what `user` is to `dossier` (and to `mission`); None is the sweep.

    Bpifrance has no standing on a draft. The expert of a mission has none on another firm's.
    """
    if user is None:
        return frozenset({Actor.SWEEP})
    if not user.is_active:
        return frozenset()
    if user.staff_role:
        role = _OF_STAFF.get(StaffRole(user.staff_role))
        return frozenset({role}) if role and dossier.submitted_at is not None else frozenset()
    found: set[Actor] = set()
    memberships = dict(
        Membership.objects.filter(user=user, is_active=True).values_list("organisation_id", "role")
    )
    role_in_company = memberships.get(dossier.company.organisation_id)
    if role_in_company is not None:
        found.add(Actor.MEMBER)
        if role_in_company == MembershipRole.OWNER:
            found.add(Actor.OWNER)
        if Signatory.objects.filter(company=dossier.company_id, user=user, is_active=True).exists():
            found.add(Actor.SIGNATORY)
    if mission is not None and mission.firm.organisation_id in memberships:
        found.add(Actor.EXPERT)
    return frozenset(found)


def may_fill(user: User, dossier: Dossier) -> bool:
    """Tell whether a person may write in the request: a member of its company, or who enters it for the company.

    Asked of the database each time: it is what a write judges under the dossier's lock.
    """
    return Dossier.objects.fillable_by(user).filter(pk=dossier.pk).exists()


def lenders_of(user: User | None, today: date) -> dict[Actor, User]:
    """Return who lent `user` the powers of which function on that day; of several, the one who lent first."""
    if user is None or not user.is_active or user.staff_role not in _OF_STAFF:
        return {}
    lent = sorted(lent_to(user, today), key=lambda one: one.pk, reverse=True)
    return {_OF_STAFF[StaffRole(one.role)]: one.giver for one in lent}


def desk_actors(user: User, lenders: Mapping[Actor, User]) -> frozenset[Actor]:
    """Return the functions a person holds at the desk, their own first and those lent to them."""
    role = _OF_STAFF.get(StaffRole(user.staff_role)) if user.staff_role else None
    return frozenset({role, *lenders}) if role else frozenset()


def mission_at_stake(name: str, dossier: Dossier, mission: Mission | None) -> Mission | None:
    """Return the mission an act is about: the one given, the new expert's for his amendment, or the current one.

    A dossier whose missions and amendments are read already is not asked for them again.
    """
    known = getattr(dossier, "_prefetched_objects_cache", {})
    if name == "amend":
        amendment = _open_amendment(dossier, known="amendments" in known)
        if amendment is not None and amendment.mission is not None:
            return amendment.mission
    if mission is not None and TRANSITIONS[name].on_mission:
        return Mission.objects.select_related("firm").get(pk=mission.pk, dossier=dossier)
    if "missions" in known:
        return dossier.current_mission
    return Mission.objects.select_related("firm").filter(dossier=dossier, is_current=True).first()


def state_at_stake(transition: Transition, dossier: Dossier, mission: Mission | None) -> str:
    """Return the state an act is judged on: that of another mission than the current one, else the dossier's."""
    if transition.on_mission and mission is not None and not mission.is_current:
        if transition.waiting and mission.state == MissionState.ENGAGED:
            return dossier.state
        return mission.state
    return dossier.state


def _open_amendment(dossier: Dossier, *, known: bool) -> Amendment | None:
    if known:
        waiting = (one for one in dossier.amendments.all() if one.status == Amendment.Status.OPEN)
        return next(waiting, None)
    return Amendment.objects.filter(dossier=dossier, status=Amendment.Status.OPEN).first()
