"""The use cases of people, organisations and codes; everything another room may call."""

from portal.accounts.services.accounts import (
    create_account,
    create_staff_account,
    edit_account,
    end_delegation,
    end_sessions,
    grant_delegation,
    resend_set_password_link,
    send_set_password_link,
)
from portal.accounts.services.codes import issue_code, use_code
from portal.accounts.services.invitations import (
    accept_invitation,
    addressed_to_another,
    find_invitation,
    invite,
    invite_first_owner,
    revoke_invitation,
)
from portal.accounts.services.joining import ask_to_join, put_aside
from portal.accounts.services.organisations import change_owner, create_organisation, remove_member
from portal.accounts.services.powers import delegate_powers, end_powers, lent_to, possible_receivers
from portal.accounts.services.refusals import Refused
from portal.accounts.services.second_factor import reset_from_server, reset_second_factor

__all__ = [
    "Refused",
    "accept_invitation",
    "addressed_to_another",
    "ask_to_join",
    "change_owner",
    "create_account",
    "create_organisation",
    "create_staff_account",
    "delegate_powers",
    "edit_account",
    "end_delegation",
    "end_powers",
    "end_sessions",
    "find_invitation",
    "grant_delegation",
    "invite",
    "invite_first_owner",
    "issue_code",
    "lent_to",
    "possible_receivers",
    "put_aside",
    "remove_member",
    "resend_set_password_link",
    "reset_from_server",
    "reset_second_factor",
    "revoke_invitation",
    "send_set_password_link",
    "use_code",
]
