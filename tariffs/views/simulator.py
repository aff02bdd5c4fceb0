"""The simulator: a form in the address, and the answer beside it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from portal.accounts.access import public
from portal.clock import today
from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.forms import SimulationForm, read_query
from tariffs.forms.relevance import Questions

WHOLE = "tariffs/simulator.html"
# The fragment that htmx asks for, by the element it replaces.
FRAGMENTS = {"simulator": "tariffs/_simulator.html", "answer": "tariffs/_answer_update.html"}


@public
@require_safe
def simulator(request: HttpRequest) -> HttpResponse:
    """Show the form with the answer to what it holds; never an error page, whatever the address says."""
    context = simulation(request)
    target = request.headers.get("HX-Target", "")
    asked = (
        request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    )
    template = FRAGMENTS.get(target, WHOLE) if asked else WHOLE
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    if asked:
        query = context["query"]
        response["HX-Replace-Url"] = f"{reverse('simulator')}?{query}" if query else reverse("simulator")
    return response


def simulation(request: HttpRequest) -> dict[str, Any]:
    """What the simulator's page shows: form, questions, and the evaluation when the answers allow one."""
    now = today()
    mapped = read_query(request.GET or None)
    form, case = mapped.form, mapped.case
    evaluation: dict[str, Any] | None = None
    if form.is_bound and not form.errors:
        try:
            evaluation = catalogue.evaluate_json(case, today=now)
        except CaseError as error:
            form.add_error(mapped.field_of(error), error.message)
    query = form.query()
    return {
        "form": form,
        "questions": Questions(form, now),
        "evaluation": shown(evaluation) if evaluation else None,
        "item_labels": labels(form),
        "query": query,
        "share_url": request.build_absolute_uri(f"{reverse('simulator')}?{query}"),
        "filing_url": filing_url(query),
        "only_volet_missing": set(form.errors) == {"volet"} and not form.typed("volet"),
        "error_fields": [field for field in form if field.errors],
    }


def shown(evaluation: dict[str, Any]) -> dict[str, Any]:
    """The evaluation, each finding with how its edition read the rulebook."""
    edition = catalogue.get_edition(evaluation["edition"])
    findings = [
        finding | {"decision": edition.by_name[finding["rule"]].decision}
        for finding in evaluation["findings"]
    ]
    return evaluation | {"findings": findings}


def labels(form: SimulationForm) -> dict[str, str]:
    """The French label of every item that a line can name."""
    covered = {code: item.label for code, item in form.covered.items()}
    return covered | {code: item.label for code, item in form.uncovered.items()}


def filing_url(query: str) -> str:
    """Where this simulation becomes a dossier, "" where the portal takes none."""
    try:
        return f"{reverse('dossier_start')}?{query}"
    except NoReverseMatch:
        return ""
