"""What arrives at the desk: files of past dossiers, and the first owner of a company they opened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.arrivals import FirstOwnerForm, ImportForm
from applications.models import DossierImport
from applications.services.arrivals import uploads
from applications.services.arrivals.columns import COLUMNS, SITUATIONS
from applications.services.arrivals.past_dossiers import MAX_FAULTS, Report
from applications.services.arrivals.tables import TableRefused
from applications.views.officer_requests import DESK, FORM_METHODS, posted, signed_in, visible_company
from applications.workflow.refusals import NotYours
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import JoinRequest, Membership
from portal.accounts.services import Refused as AccountRefused
from portal.accounts.services import invite_first_owner
from portal.documents.checks import FileRefused

LATEST = 20


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def import_list(request: HttpRequest) -> HttpResponse:
    """Take a file of past dossiers, say what its columns are, list the latest files."""
    form = ImportForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            source = uploads.bring(file=form.cleaned_data["file"], actor=signed_in(request), now=clock.now())
        except FileRefused as refusal:
            form.add_error("file", refusal.message)
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        else:
            return redirect("import_detail", source.pk)
    latest = DossierImport.objects.select_related("brought_by")[:LATEST]
    asked = JoinRequest.objects.open().filter(
        organisation__company__isnull=False, organisation__memberships__isnull=True
    )
    context = {
        "form": form,
        "columns": COLUMNS,
        "situations": SITUATIONS.items(),
        "imports": latest,
        "asked": asked.select_related("organisation__company").order_by("asked_at", "pk")[:LATEST],
    }
    return render(request, "officer/import_list.html", context, status=422 if form.errors else 200)


@require_safe
@access(Role.MANAGER)
def import_template(_request: HttpRequest) -> HttpResponse:
    """Give the model file."""
    response = HttpResponse(uploads.template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="dossiers-passes.csv"'
    return response


@require_safe
@access(Role.MANAGER)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a file would do, line by line, or what it did."""
    source = get_object_or_404(DossierImport.objects.select_related("brought_by", "document"), pk=pk)
    return _detail(request, source)


@writes
@access(Role.MANAGER)
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the good lines of a file in."""
    source = get_object_or_404(DossierImport.objects.select_related("document"), pk=pk)
    try:
        report = uploads.confirm(source, actor=signed_in(request), now=clock.now())
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except TableRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("import_detail", pk)
    if report.changes:
        messages.success(request, "L’import est terminé\u00a0: les bonnes lignes sont prises.")
    else:
        messages.info(request, "Rien n’a changé\u00a0: tout ce qui pouvait l’être était déjà enregistré.")
    return redirect("import_detail", pk)


def _detail(request: HttpRequest, source: DossierImport) -> HttpResponse:
    refusal, report = "", None
    if source.ended_at is not None:
        report = Report.from_json(source.counts)
    else:
        try:
            report = uploads.rehearse(source, today=clock.today())
        except TableRefused as problem:
            refusal = str(problem)
    context = {
        "source": source,
        "report": report,
        "back": reverse("import_list"),
        "refusal": refusal,
        "figures": _figures(report, done=source.ended_at is not None) if report else [],
        "hidden": report is not None and len(report.faults) >= MAX_FAULTS,
    }
    return render(request, "officer/import_detail.html", context)


def _figures(report: Report, *, done: bool) -> list[dict[str, Any]]:
    """Return the counts of a report as key figures."""
    shown: list[dict[str, Any]] = [
        {"label": "Lignes lues", "value": report.lines},
        {"label": "Dossiers repris" if done else "À reprendre", "value": report.recorded},
        {"label": "Complétés" if done else "À compléter", "value": report.completed},
        {"label": "Déjà là", "value": report.unchanged},
        {"label": "Sans suite", "value": report.left_out},
        {"label": "En erreur", "value": report.refused},
        {"label": "Entreprises ouvertes" if done else "Entreprises à ouvrir", "value": report.companies},
    ]
    return [one for one in shown if one["value"] or one["label"] == "Lignes lues"]


@require_http_methods(FORM_METHODS)
@access(*DESK)
def owner_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite the first owner of a company whose space has no member."""
    company = visible_company(request, pk)
    if Membership.objects.filter(organisation=company.organisation_id).exists():
        raise Http404
    form = FirstOwnerForm(posted(request), initial={"email": request.GET.get("adresse", "")[:254]})
    if request.method == "POST" and form.is_valid():
        try:
            invite_first_owner(
                organisation=company.organisation,
                email=form.cleaned_data["email"],
                invited_by=signed_in(request),
                now=clock.now(),
            )
        except AccountRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, "L’invitation est envoyée\u00a0; elle est valable quatorze jours.")
            return redirect("officer_company", company.pk)
    context = {
        "form": form,
        "back": reverse("officer_company", args=[company.pk]),
        "title": "Inviter le propriétaire de l’espace",
        "lead": "L’espace de cette entreprise n’a pas de membre\u00a0: elle le reçoit avec ses dossiers passés.",
        "eyebrow": company.name,
        "button": "Envoyer l’invitation",
    }
    return render(request, "officer/form.html", context)
