"""The home page: what the scheme pays, for whom, in how long, and where to begin."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import public
from portal.clock import today
from tariffs import catalogue, ratetables


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the scheme as the edition in force describes it."""
    edition = catalogue.edition_at(today()) or catalogue.editions().all[-1]
    tables = ratetables.volet_tables(edition)
    months = [duration.otherwise for duration in edition.term.months.values()]
    context = {
        "edition": edition,
        "tables": tables,
        "most_paid": max(table.most_paid for table in tables),
        "shortest": min(months),
        "longest": max(months),
    }
    return render(request, "tariffs/home.html", context)
