"""What every view of this room reads from a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from experts.models import ExpertFirm
from experts.services import Refused
from portal.accounts.models import User

Result = TypeVar("Result")
FORM_METHODS = ["GET", "HEAD", "POST"]


def signed_in_user(request: HttpRequest) -> User:
    """Return the account behind a request that `access` let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Connectez-vous pour continuer.")
    return request.user


def visible_firm(request: HttpRequest, firm_id: int) -> ExpertFirm:
    """Return the firm, or 404 when the person may not see it."""
    return get_object_or_404(ExpertFirm.objects.visible_to(request.user), pk=firm_id)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even nothing; None when the form is only shown."""
    return request.POST if request.method == "POST" else None


def attempt(form: forms.Form, act: Callable[..., Result], **inputs: Any) -> Result | None:
    """Return what the service returns, or None once its refusal stands on the form's field."""
    try:
        return act(**inputs)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None
