"""People: accounts, organisations and their members, invitations, delegations and one-time codes."""

from portal.accounts.models.organisations import (
    Invitation,
    InvitationQuerySet,
    JoinRequest,
    JoinRequestQuerySet,
    Membership,
    MembershipQuerySet,
    MembershipRole,
    Organisation,
)
from portal.accounts.models.people import (
    StaffRole,
    User,
    UserManager,
)
from portal.accounts.models.powers import (
    Delegation,
    DelegationQuerySet,
    OneTimeCode,
    PowerDelegation,
    PowerDelegationQuerySet,
)

__all__ = [
    "Delegation",
    "DelegationQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "JoinRequest",
    "JoinRequestQuerySet",
    "Membership",
    "MembershipQuerySet",
    "MembershipRole",
    "OneTimeCode",
    "Organisation",
    "PowerDelegation",
    "PowerDelegationQuerySet",
    "StaffRole",
    "User",
    "UserManager",
]
