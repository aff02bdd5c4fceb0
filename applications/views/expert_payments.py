"""The expert's payments: every closure that was sent, followed to its transfer."""

from __future__ import annotations

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.services.payments.following import (
    followed,
    following_of,
    read_papers,
    totals_of,
    usual_days,
)
from portal import clock
from portal.accounts.access import Role, access
from portal.accounts.models import User

PER_PAGE = 20


@require_safe
@access(Role.EXPERT)
def expert_payments(request: HttpRequest) -> HttpResponse:
    """List the payments of the person's firms, those to come first."""
    user = cast("User", request.user)
    page = Paginator(followed(user), PER_PAGE).get_page(request.GET.get("page"))
    missions, usual, today = list(page.object_list), usual_days(), clock.today()
    read_papers(missions)
    context = {
        "rows": [following_of(mission, today=today, usual=usual) for mission in missions],
        "page_obj": page,
        "usual": usual,
        "totals": totals_of(user),
    }
    return render(request, "expert/payments.html", context)
