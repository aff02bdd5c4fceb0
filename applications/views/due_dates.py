"""What falls due, as a list by day and as the calendar of a month."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from applications.forms.officer_list import DueFilterForm
from applications.services import due_dates
from applications.services.due_dates import Asked, Due
from applications.views.officer_requests import READERS, signed_in
from portal import clock
from portal.accounts.access import access

WEEKDAYS = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
IN_A_CELL = 3


@require_safe
@access(*READERS)
def deadline_list(request: HttpRequest) -> HttpResponse:
    """Show what falls due: late and to come by day, or a month; an officer's own unless he asks for others."""
    user, today = signed_in(request), clock.today()
    form = DueFilterForm(request.GET, user)
    chosen, query = form.chosen, request.GET.dict()
    officers = due_dates.officers_of(chosen.get("charge", ""), user, today)
    asked = Asked(user, today, officers, chosen.get("nature", ""))
    first, last = due_dates.window_of(query, today)
    found = due_dates.due_between(asked, first, last)
    shown, filters = found[: due_dates.MOST], {name: chosen[name] for name in chosen if name != "periode"}
    as_month = query.get("vue") == "mois"
    place = _of_month(shown, first, filters, today) if as_month and first else _of_list(shown, query, today)
    context = {
        "form": form,
        "as_month": as_month,
        "is_cut": len(found) > due_dates.MOST,
        "most": due_dates.MOST,
        "total": len(shown),
        "late": sum(one.on < today for one in shown),
        "by_list": urlencode({**chosen}),
        "by_month": urlencode({"vue": "mois", **filters}),
        "params": urlencode({**chosen, **place["address"]}),
        "filters": filters,
        **place,
    }
    return render(request, "officer/deadline_list.html", context)


def _of_list(found: list[Due], query: dict[str, str], today: date) -> dict[str, Any]:
    day = due_dates.day_of(query.get("jour", ""))
    return {
        "address": {"jour": day.isoformat()} if day else {},
        "only_day": day,
        "days": due_dates.by_day(found, today),
    }


def _of_month(found: list[Due], first: date, filters: dict[str, str], today: date) -> dict[str, Any]:
    """Return the weeks of a month: each day with its first entries, how many more, and the address of its list."""
    by_day = defaultdict(list)
    for one in found:
        by_day[one.on].append(one)
    weeks = [
        [
            {
                "on": on,
                "is_of_month": on.month == first.month,
                "is_today": on == today,
                "is_late": on < today,
                "note": due_dates.day_note(on),
                "rows": by_day[on][:IN_A_CELL],
                "more": max(len(by_day[on]) - IN_A_CELL, 0),
                "query": urlencode({**filters, "jour": on.isoformat()}),
            }
            for on in week
        ]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    beside = {
        "previous": first - timedelta(days=1),
        "following": due_dates.end_of_month(first) + timedelta(days=1),
    }
    return {
        "address": {"vue": "mois", "mois": f"{first:%Y-%m}"},
        "weekdays": WEEKDAYS,
        "weeks": weeks,
        "month": first,
        "is_this_month": first == today.replace(day=1),
        **{name: urlencode({"vue": "mois", "mois": f"{on:%Y-%m}", **filters}) for name, on in beside.items()},
    }
