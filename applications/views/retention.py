"""The page of retention: how long things are kept, what falls due, what was erased and when."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.services.retention import board
from portal import clock
from portal.accounts.access import Role, access


@require_safe
@access(Role.ADMINISTRATOR, Role.AUDITOR)
def retention_board(request: HttpRequest) -> HttpResponse:
    """Show counts, numbers and dates: no name stands on this page, whoever reads it."""
    context = {
        "lines": board.lines(now=clock.now(), today=clock.today()),
        "history": board.history(),
        "ahead": board.AHEAD_MONTHS,
    }
    return render(request, "officer/retention.html", context)
