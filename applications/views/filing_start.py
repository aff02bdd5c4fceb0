"""The start of a request: from a volet's card, or from a whole simulation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.company import StartForm
from applications.models import Company, Dossier, DossierDocument
from applications.services.evaluation import evaluate_case
from applications.services.filing_start import latest_filed, start_dossier
from applications.workflow.refusals import ActRefused
from portal import clock
from portal.accounts.access import Role, access
from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.forms import case_from_query

Json = dict[str, Any]


def own_companies(request: HttpRequest) -> QuerySet[Company]:
    """Return the companies of which the person is a member."""
    return Company.objects.visible_to(request.user).order_by("name", "pk")


@access(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def dossier_start(request: HttpRequest) -> HttpResponse:
    """Ask for which company, volet and device; a POST creates the draft, a GET never writes."""
    if not own_companies(request).exists():
        messages.info(request, "Créez d’abord l’espace de votre entreprise : la demande s’ouvrira ensuite.")
        return redirect(f"{reverse('company_create')}?{urlencode({'suite': request.get_full_path()})}")
    edition = catalogue.edition_at(clock.today())
    volets = catalogue.volets(edition) if edition else {}
    case, errors = _case(request)
    chosen = request.GET.get("volet")
    initial = {
        "volet": chosen,
        "company": request.GET.get("entreprise"),
        "device": _device_again(request, case),
    }
    sent = request.POST if request.method == "POST" else None
    form = StartForm(sent, companies=own_companies(request), volets=volets, initial=initial)
    if sent is not None and form.is_valid():
        return _start(request, form, case)
    context = {
        "form": form,
        "simulation": _simulation(case),
        "left_out": errors,
        "item_labels": {item.code: item.label for item in edition.items.values()} if edition else {},
        "query": request.META.get("QUERY_STRING", ""),
    }
    return render(request, "company/filing/start.html", context, status=422 if form.errors else 200)


def _device_again(request: HttpRequest, case: Json) -> int | None:
    """Return the device of the latest filed request, unless the simulation is about some device."""
    wanted = request.GET.get("entreprise", "")
    companies = own_companies(request)
    company = (
        companies.filter(pk=int(wanted)).first()
        if wanted.isdecimal() and len(wanted) < 10
        else companies.first()
    )
    source = latest_filed(company) if company is not None and not case.get("device") else None
    return source.device_id if source is not None else None


def _case(request: HttpRequest) -> tuple[Json, dict[str, list[str]]]:
    """Return the simulation behind the address, {} when there is only a volet."""
    query = request.GET.copy()
    query.pop("entreprise", None)
    if set(query) <= {"volet"}:
        return {}, {}
    return case_from_query(query)


def _simulation(case: Json) -> Json | None:
    """Return the evaluation of what is carried over, for the person to recognise it."""
    if not case.get("volet"):
        return None
    try:
        return evaluate_case({"on": clock.today().isoformat(), **case})
    except CaseError:
        return None


def _recall_absences(request: HttpRequest, case: Json) -> None:
    """Recall the pieces that the simulation said can't be given: only the company can say why."""
    kinds = [each["kind"] for each in case.get("documents") or [] if each.get("absent_because")]
    if kinds:
        labels = ", ".join(str(DossierDocument.Kind(kind).label) for kind in kinds)
        messages.info(
            request,
            f"Pièces annoncées comme impossibles à fournir : {labels}. Dites pourquoi à l’étape « pièces ».",
        )


def _start(request: HttpRequest, form: StartForm, case: Json) -> HttpResponse:
    company, volet = form.cleaned_data["company"], form.cleaned_data["volet"]
    live = Dossier.objects.live().filter(company=company, volet=volet).first()
    if live is None:
        try:
            dossier = start_dossier(
                company=company,
                volet=volet,
                actor=request.user,  # type: ignore[arg-type]
                device=form.cleaned_data["device"],
                case=case,
                now=clock.now(),
                today=clock.today(),
            )
        except ActRefused as refusal:
            messages.error(request, f"Une réponse de la simulation n’a pas pu être reprise. {refusal}")
            return redirect(f"{request.path}?volet={volet}")
        messages.success(request, "Votre demande est ouverte. Chaque étape s’enregistre au fur et à mesure.")
        _recall_absences(request, case)
        return redirect("filing_tasks", pk=dossier.pk)
    messages.info(
        request, "Une demande existe déjà pour ce volet : la voici. Chaque volet ne sert qu’une fois."
    )
    return redirect("filing_tasks", pk=live.pk)
