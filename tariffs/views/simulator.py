"""The simulator: a form in the address, and the answer beside it."""

from collections.abc import Mapping
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
from tariffs.forms import Mapped, SimulationForm, read_query
from tariffs.forms.relevance import Questions
from tariffs.forms.steps import DEVICE, QUOTE, STEP, step_asked, step_shown, steps

WHOLE = "tariffs/simulator.html"
# The fragment that htmx asks for, by the element it replaces.
FRAGMENTS = {"simulator": "tariffs/_simulator.html", "answer": "tariffs/_answer_update.html"}
Json = dict[str, Any]


@public
@require_safe
def simulator(request: HttpRequest) -> HttpResponse:
    """Show the form with the answer to what it holds; never an error page, whatever the address says."""
    context = simulation(request)
    target = request.headers.get("HX-Target", "")
    asked = (
        request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    )
    # While one types the page stays where it is; a page that was sent goes back to what must be mended.
    context["step"] = step_asked(request.GET) if asked else step_shown(context["form"], request.GET)
    template = FRAGMENTS.get(target, WHOLE) if asked else WHOLE
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    if asked:
        response["HX-Replace-Url"] = address(context["query"], context["step"])
    return response


def address(query: str, step: int) -> str:
    """The address of the simulator with these answers, at a step."""
    parts = [query] if query else []
    if step != DEVICE:
        parts.append(f"{STEP}={step}")
    return f"{reverse('simulator')}?{'&'.join(parts)}" if parts else reverse("simulator")


def simulation(request: HttpRequest) -> Json:
    """What the simulator's page shows: form, questions, and the answer when the answers given allow one."""
    now = today()
    mapped = read_query(request.GET or None)
    form = mapped.form
    answer = answer_to(mapped)
    query = form.query()
    return {
        **answer,
        "form": form,
        "questions": Questions(form, now),
        "item_labels": labels(form),
        "query": query,
        "steps": steps(form),
        "share_url": request.build_absolute_uri(address(query, DEVICE)),
        "pdf_url": f"{reverse('simulation_pdf')}?{query}",
        "filing_url": filing_url(query),
        "error_fields": [field for field in form if field.errors],
    }


def answer_to(mapped: Mapped) -> Json:
    """The evaluation with what surrounds it, or the openings alone while no volet is chosen.

    Answers that can't be meant leave everything None and their errors on the form.
    """
    empty: Json = dict.fromkeys(("evaluation", "changes", "openings", "common", "left_out", "cash"))
    form, case = mapped.form, mapped.case
    if not form.is_bound or form.errors:
        return empty
    now = today()
    try:
        openings, common = apart(catalogue.openings_json(case, today=now))
        for opening in openings:
            opening["url"] = address(_with_volet(form, opening["volet"]), QUOTE)
        if not case.get("volet"):
            return empty | {"openings": openings, "common": common}
        evaluation = catalogue.evaluate_json(case, today=now)
    except CaseError as error:
        form.add_error(mapped.field_of(error), error.message)
        return empty
    changes = catalogue.changes_json(case, today=now)
    asked = catalogue.asked_json(case, today=now)
    return {
        "evaluation": shown(evaluation, changes, asked["documents"]),
        "changes": pressing(changes),
        "openings": openings,
        "common": common,
        "left_out": catalogue.left_out_json(case, today=now),
        "cash": asked["cash"],
    }


def apart(openings: list[Json]) -> tuple[list[Json], list[Json]]:
    """The openings with the reasons of their `own`, and those about the company, which hold for every volet."""
    common: dict[str, Json] = {}
    found = []
    for opening in openings:
        about = [each for each in opening["reasons"] if _concerns_the_company(each["rule"])]
        common |= {each["rule"]: each for each in about}
        found.append(opening | {"own": [each for each in opening["reasons"] if each not in about]})
    return found, list(common.values())


def _concerns_the_company(rule: str) -> bool:
    """Tell whether a rule is about the company alone, whatever the volet."""
    return rule.startswith("company.") and rule != "company.volet_unused"


def _with_volet(form: SimulationForm, volet: int) -> str:
    """The answers of a form that left the volet for last, with one."""
    query = form.query()
    return f"volet={volet}&{query}" if query else f"volet={volet}"


def pressing(changes: list[Json]) -> list[Json]:
    """The nearest change of each rule, for the head of the answer; each finding unfolds into all of them."""
    first: dict[str, Json] = {}
    for change in changes:
        first.setdefault(change["rule"], change)
    return list(first.values())


def shown(evaluation: Json, changes: list[Json], asked: Mapping[str, Mapping[str, str | None]]) -> Json:
    """The evaluation as a screen shows it: rules named, readings and changes beside them, documents with reasons."""
    edition = catalogue.get_edition(evaluation["edition"])
    findings = []
    for finding in evaluation["findings"]:
        rule = edition.by_name[finding["rule"]]
        flips = [change for change in changes if change["rule"] == rule.name]
        findings.append(finding | {"decision": rule.decision, "title": rule.title, "changes": flips})
    documents = [each | {"why": reason(asked[each["kind"]])} for each in evaluation["required_documents"]]
    return evaluation | {"findings": findings, "required_documents": documents}


def reason(asked: Mapping[str, str | None]) -> str:
    """Why a document is asked for, as a sentence: « De moins de 3 mois au jour du dépôt, car l’entreprise… »."""
    words = ", ".join(part for part in (asked["fresh"], asked["because"]) if part)
    return f"{words[0].upper()}{words[1:]}."


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
