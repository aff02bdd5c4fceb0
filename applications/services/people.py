"""The people around a dossier who are told of what happens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from applications.models import Absence, Dossier
from portal.accounts.models import Membership, StaffRole, User


def members_of(organisation_id: int) -> Iterable[User]:
    """Return the active members of a company or of a firm."""
    memberships = Membership.objects.filter(organisation=organisation_id, is_active=True)
    return User.objects.filter(is_active=True, pk__in=memberships.values("user")).order_by("pk")


def staff(role: str) -> Iterable[User]:
    """Return the active accounts of one Bpifrance role."""
    return User.objects.staff(role).order_by("pk")


def in_charge(dossier: Dossier, *, on: date) -> Iterable[User]:
    """Return the officer in charge and, that day, the cover of his absence; the managers where nobody is at work."""
    officer = dossier.officer
    if officer is None or not officer.serves_as(StaffRole.OFFICER):
        return staff(StaffRole.MANAGER)
    absences = Absence.objects.covered(on).filter(person=officer).select_related("cover")
    return (officer, *(one.cover for one in absences.order_by("pk")))
