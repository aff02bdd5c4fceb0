"""The people around a dossier who are told of what happens."""

from __future__ import annotations

from collections.abc import Iterable

from applications.models import Dossier
from portal.accounts.models import Membership, StaffRole, User


def members_of(organisation_id: int) -> Iterable[User]:
    """Return the active members of a company or of a firm."""
    memberships = Membership.objects.filter(organisation=organisation_id, is_active=True)
    return User.objects.filter(is_active=True, pk__in=memberships.values("user")).order_by("pk")


def staff(role: str) -> Iterable[User]:
    """Return the active accounts of one Bpifrance role."""
    return User.objects.filter(staff_role=role, is_active=True).order_by("pk")


def in_charge(dossier: Dossier) -> Iterable[User]:
    """Return the officer in charge; the managers where there is none, or none at work."""
    if dossier.officer is not None and dossier.officer.is_active:
        return (dossier.officer,)
    return staff(StaffRole.MANAGER)
