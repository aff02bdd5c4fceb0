"""Views of the list that people keep under a name, for themselves or for the team."""

from __future__ import annotations

from datetime import datetime

from applications.models import SavedView
from portal.accounts.models import User


def keep(owner: User, *, name: str, query: str, shared: bool, now: datetime) -> SavedView:
    """Keep a view; one of the same name is replaced."""
    view, _ = SavedView.objects.update_or_create(
        owner=owner,
        name=name,
        defaults={"query": query, "is_shared": shared},
        create_defaults={"query": query, "is_shared": shared, "created_at": now},
    )
    return view
