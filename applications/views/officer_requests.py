"""What every view of the desk reads from a request: the account, the dossier it may see, the page asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.http import urlencode

from applications.models import Company, Dossier, Mission
from portal.accounts.access import Role
from portal.accounts.models import StaffRole, User

READERS = (Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
ACTORS = (Role.OFFICER, Role.MANAGER, Role.CONTROLLER)
DESK = (Role.OFFICER, Role.MANAGER)
FORM_METHODS = ["GET", "HEAD", "POST"]
PAGE_SIZE = 50


def signed_in(request: HttpRequest) -> User:
    """Return the account behind a request that `access` let in."""
    return cast("User", request.user)


def visible_dossier(request: HttpRequest, pk: int) -> Dossier:
    """Return the dossier, or 404 when the person may not see it."""
    dossiers = Dossier.objects.visible_to(request.user).select_related("company", "device", "officer", "firm")
    return get_object_or_404(dossiers, pk=pk)


def visible_mission(request: HttpRequest, pk: int) -> Mission:
    """Return the mission of a dossier that the person may see, or 404."""
    missions = Mission.objects.visible_to(request.user).filter(
        dossier__in=Dossier.objects.visible_to(request.user)
    )
    return get_object_or_404(missions.select_related("firm", "dossier__company"), pk=pk)


def visible_company(request: HttpRequest, pk: int) -> Company:
    """Return a company that filed at least once, or 404."""
    companies = Company.objects.filter(
        pk__in=Company.objects.visible_to(request.user).order_by().values("pk")
    )
    return get_object_or_404(companies, pk=pk)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even nothing; None when the form is only shown."""
    return request.POST if request.method == "POST" else None


def is_auditor(user: User) -> bool:
    """True for whoever reads everything and acts on nothing."""
    return user.staff_role == StaffRole.AUDITOR


def words_of(request: HttpRequest, name: str = "q") -> str:
    """Return the words searched, without what a database can't hold."""
    return " ".join(request.GET.get(name, "").replace("\x00", "").split())[:200]


def one_of(request: HttpRequest, name: str, known: Any, default: str) -> str:
    """Return a word of the address, or the default where it is not of the list."""
    given = request.GET.get(name, "")
    return given if given in known else default


class CountedPaginator(Paginator):
    """A paginator that was told how many rows there are, and so does not count them again."""

    def __init__(self, rows: Any, total: int, per_page: int = PAGE_SIZE) -> None:
        """Keep the total."""
        self.total = total
        super().__init__(rows, per_page)

    @property
    def count(self) -> int:
        """The number of rows told."""
        return self.total


def tabs(
    labels: Any, counts: Any, current: str, params: Mapping[str, Any], *, cap: int | None = None
) -> list[dict[str, Any]]:
    """Return the tabs {label, count, more, active, query} that keep the other filters.

    `more`: there are more than the count, which stopped at the cap.
    """
    return [
        {
            "label": label,
            "count": counts[key] if cap is None else min(counts[key], cap),
            "more": cap is not None and counts[key] > cap,
            "active": key == current,
            "query": urlencode({"vue": key, **params}, doseq=True),
        }
        for key, label in labels.items()
    ]


def filled(values: dict[str, str]) -> dict[str, str]:
    """Return the filters that ask something."""
    return {name: value for name, value in values.items() if value}
