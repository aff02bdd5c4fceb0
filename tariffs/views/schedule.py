"""The rates of each edition, and what changes from one edition to another."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import public
from portal.clock import today
from tariffs import catalogue, ratetables
from tariffs.engine.editions import Edition

NO_EDITION = "Aucune édition du cahier des charges ne porte ce nom\u00a0: choisissez-en une dans le barème."


@public
@require_safe
def schedule_of_rates(request: HttpRequest) -> HttpResponse:
    """Show the edition in force."""
    return _page(request, catalogue.edition_at(today()) or catalogue.editions().all[-1])


@public
@require_safe
def schedule_of_edition(request: HttpRequest, code: str) -> HttpResponse:
    """Show one edition; 404 where there is none of that code."""
    try:
        return _page(request, catalogue.get_edition(code))
    except KeyError as error:
        raise Http404(NO_EDITION) from error


def _page(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The page of an edition, with the ceilings of one device first where one is chosen."""
    chosen = request.GET.get("produit", "")
    device = next((device for device in edition.devices if device.code == chosen), None)
    benchmark = edition.by_name.get("quote.benchmark")
    context = {
        "edition": edition,
        "editions": catalogue.editions().all,
        "in_force": catalogue.edition_at(today()),
        "is_to_come": edition.in_force_from > today(),
        "tables": ratetables.volet_tables(edition),
        "device": device,
        "device_volets": ratetables.for_device(edition, device.code) if device else [],
        "price_source": benchmark.source if benchmark else "",
        "category_source": edition.by_name["company.category"].source,
        "start_event": ratetables.START_EVENTS[edition.term.starts_on_event],
        "terms": [
            (edition.volets[number], ratetables.months(duration))
            for number, duration in edition.term.months.items()
        ],
        "readings": ratetables.rules_with_decision(edition),
    }
    return render(request, "tariffs/schedule.html", context)


@public
@require_safe
def schedule_comparison(request: HttpRequest) -> HttpResponse:
    """Show what changes from an edition to another; the two newest where none (or no known one) is chosen."""
    editions = catalogue.editions().all
    by_code = {edition.code: edition for edition in editions}
    before = by_code.get(request.GET.get("de", "")) or editions[max(0, len(editions) - 2)]
    after = by_code.get(request.GET.get("a", "")) or editions[-1]
    context = {
        "editions": editions,
        "before": before,
        "after": after,
        "themes": ratetables.differences(before, after),
    }
    return render(request, "tariffs/comparison.html", context)
