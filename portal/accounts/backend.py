"""Reads the person of a session, with their roles and whether they owe a second factor, in one statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from portal.accounts.access import remember_roles, with_roles
from portal.accounts.models import User
from portal.accounts.second_factor import with_owed_factor


class PortalBackend(AuthenticationBackend):
    """Allauth's backend, whose sessions know at each request what the account's role asks for."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the account of a session with its roles and `owes_factor`, None when it is gone or closed."""
        user = with_roles(with_owed_factor(User.objects.filter(pk=user_id))).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        remember_roles(user)
        return user
