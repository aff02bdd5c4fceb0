"""What a person is to one dossier."""

from __future__ import annotations

from applications.models import Amendment, Dossier, Mission, Signatory
from applications.workflow.situation import Actor
from applications.workflow.table import TRANSITIONS
from portal.accounts.models import Membership, MembershipRole, StaffRole, User

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


def mission_at_stake(name: str, dossier: Dossier, mission: Mission | None) -> Mission | None:
    """Return the mission an act is about: the one given, the new expert's for his amendment, or the current one."""
    if name == "amend":
        amendment = Amendment.objects.filter(dossier=dossier, status=Amendment.Status.OPEN).first()
        if amendment is not None and amendment.mission is not None:
            return amendment.mission
    if mission is not None and TRANSITIONS[name].on_mission:
        return Mission.objects.select_related("firm").get(pk=mission.pk, dossier=dossier)
    return Mission.objects.select_related("firm").filter(dossier=dossier, is_current=True).first()
