"""Whether a person may still be told of an event: an open account, and what the scheme's policy says."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.module_loading import import_string


def may_be_told(user: AbstractBaseUser, *, kind: str, url: str, event_ref: str) -> bool:
    """Tell whether an account is open and, where settings name a NOTIFICATION_POLICY, still has the right."""
    if not user.is_active:
        return False
    policy = getattr(settings, "NOTIFICATION_POLICY", None)
    if policy is None:
        return True
    return bool(import_string(policy)(user, kind=kind, url=url, event_ref=event_ref))
