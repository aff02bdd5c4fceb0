"""What every page knows of its reader: the menu, the roles, and whether this is the demonstration."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from portal.accounts.access import roles_of
from portal.accounts.models import User
from portal.accounts.second_factor import owes_second_factor
from portal.notifications.models import Notification


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give `navigation`, `unread_notifications`, `user_roles` and `is_demo`, computed when shown.

    A person who owes a second factor is shown no menu: none of its pages would open.
    """
    user = getattr(request, "user", AnonymousUser())
    owes = owes_second_factor(user)
    return {
        "owes_second_factor": owes,
        "navigation": [] if owes else SimpleLazyObject(lambda: import_string(settings.NAVIGATION)(request)),
        "unread_notifications": SimpleLazyObject(lambda: _count_unread(user)),
        "user_roles": SimpleLazyObject(lambda: roles_of(user)),
        "is_demo": settings.DEMO,
    }


def _count_unread(user: User | AnonymousUser) -> int:
    return Notification.objects.unread().filter(recipient=user).count() if isinstance(user, User) else 0
