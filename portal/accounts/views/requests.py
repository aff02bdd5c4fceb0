"""What every view of this room reads from a request."""

from typing import NoReturn

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from portal.accounts.models import User


def signed_in_user(request: HttpRequest) -> User:
    """Return the account behind a request that `access` let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Connectez-vous pour continuer.")
    return request.user


def forbid(sentence: str) -> NoReturn:
    """Answer 403 with a French sentence."""
    raise PermissionDenied(sentence)
