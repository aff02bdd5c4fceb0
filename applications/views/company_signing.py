"""Reading and signing on the portal: the contract, then amendments."""

from __future__ import annotations

import json
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.company_acts import CodeForm
from applications.forms.obstacles import put_on
from applications.models import Amendment, Contract, Dossier, Letter, Signatory
from applications.services.contents import item_labels
from applications.services.evidence import amendment_evidence, contract_evidence
from applications.services.signing import send_code
from applications.services.transitions import available
from applications.views.acts import perform
from applications.views.company import own_dossier
from applications.workflow.refusals import Obstacle
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated
from portal.accounts.services import Refused as AccountRefused

PAGES = {"sign": "company/sign.html", "amend": "company/amendment.html"}
SUCCESS = {
    "sign": "Le contrat est signé : la prestation peut commencer, et le devis être signé.",
    "amend": "Votre signature de l’avenant est enregistrée.",
}


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def company_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the contract and sign it with a one-time code."""
    return _signing(request, pk, "sign")


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def company_amendment(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the open amendment and sign it with a one-time code."""
    return _signing(request, pk, "amend")


def _signing(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    dossier = own_dossier(request, pk)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _sign(request, dossier, name, form)
    return _page(request, dossier, name, form)


def _sign(request: HttpRequest, dossier: Dossier, name: str, form: CodeForm) -> HttpResponse:
    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        put_on(form, obstacles)
        return _page(request, dossier, name, form)

    return perform(
        request,
        name,
        dossier,
        inputs={
            "code": form.cleaned_data["code"],
            "reauthenticated": recently_authenticated(request),
            "evidence": {
                "ip": request.META.get("REMOTE_ADDR", ""),
                "user_agent": request.headers.get("User-Agent", "")[:300],
            },
        },
        back=reverse("company_dossier", args=[dossier.pk]),
        success=SUCCESS[name],
        refused=refused,
    )


def _page(request: HttpRequest, dossier: Dossier, name: str, form: CodeForm) -> HttpResponse:
    offer = next(
        (o for o in available(dossier, cast("User", request.user)) if o.transition.name == name), None
    )
    amendment = (
        dossier.amendments.filter(status="open")
        .select_related("quote", "mission__firm", "officer_signed_by")
        .first()
    )
    context: dict[str, Any] = {
        "dossier": dossier,
        "form": form,
        "offer": offer,
        "contract": getattr(dossier, "contract", None),
        "amendment": amendment,
        "letter": _letter_of(dossier, amendment),
        "lines": _labelled_lines(dossier, amendment),
        "recent": recently_authenticated(request),
        "signatories": Signatory.objects.filter(company=dossier.company, is_active=True),
        "email": cast("User", request.user).email,
        "user": request.user,
        "signatory": _signatory(request, dossier),
        "terms": _terms(dossier, amendment),
    }
    return render(request, PAGES[name], context, status=422 if form.errors else 200)


def _signatory(request: HttpRequest, dossier: Dossier) -> Signatory | None:
    """Return as whom the person would sign; None without the power to."""
    named = Signatory.objects.filter(company=dossier.company, user=request.user.pk, is_active=True)
    return named.first()


def _letter_of(dossier: Dossier, amendment: Amendment | None) -> Letter | None:
    """Return the amendment's letter, whose PDF the worker makes."""
    if amendment is None:
        return None
    letters = dossier.letters.filter(kind=Letter.Kind.AMENDMENT).select_related("document")
    return next((one for one in letters if one.context.get("amendment") == amendment.pk), None)


def _terms(dossier: Dossier, amendment: Any) -> list[tuple[str, str]]:
    """Return the term today and the one that an amendment proposes."""
    if amendment is None or amendment.new_due_on is None or dossier.due_on is None:
        return []
    return [
        ("Terme actuel", date_format(dossier.due_on, "j F Y")),
        ("Nouveau terme", date_format(amendment.new_due_on, "j F Y")),
    ]


def _labelled_lines(dossier: Dossier, amendment: Any) -> list[dict[str, Any]]:
    if amendment is None or amendment.quote is None:
        return []
    labels = item_labels(dossier.edition)
    return [
        {"label": labels.get(line.item, line.item), "amount": line.amount}
        for line in amendment.quote.lines.all()
    ]


@access(Role.COMPANY)
@writes
def company_sign_code(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Confirm the person's identity, then send a one-time code for this dossier."""
    dossier = own_dossier(request, pk)
    back = reverse("company_amendment" if name == "amend" else "company_sign", args=[dossier.pk])
    if not recently_authenticated(request):
        return reauthentication_redirect(back)
    user = cast("User", request.user)
    offered = {offer.transition.name for offer in available(dossier, user) if not offer.obstacles}
    if name not in offered:
        messages.error(request, "Rien n’est à signer par vous sur ce dossier.")
        return redirect(back)
    try:
        code = send_code(dossier=dossier, user=user, act=name, now=clock.now())
    except AccountRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Un code à six chiffres vient d’être envoyé à {user.email}.")
        if settings.DEMO and user.is_demo:
            messages.info(request, f"Démonstration : le code envoyé est {code}.")
    return redirect(back)


@access(Role.COMPANY)
@require_safe
def company_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the evidence of the contract's signature; 404 before it is signed by the company."""
    dossier = own_dossier(request, pk)
    contract = get_object_or_404(
        Contract.objects.select_related("dossier"), dossier=dossier, signed_by_company_at__isnull=False
    )
    return _file(contract_evidence(contract), f"{dossier.number}-preuve-contrat.json")


@access(Role.COMPANY)
@require_safe
def company_amendment_evidence(request: HttpRequest, pk: int, rank: int) -> HttpResponse:
    """Download the evidence of an amendment's signature; 404 before the company signed it."""
    dossier = own_dossier(request, pk)
    signed = Amendment.objects.select_related("dossier", "quote", "officer_signed_by", "expert_signed_by")
    amendment = get_object_or_404(signed, dossier=dossier, rank=rank, company_signed_at__isnull=False)
    return _file(amendment_evidence(amendment), f"{dossier.number}-preuve-avenant-{rank}.json")


def _file(evidence: dict[str, Any], name: str) -> HttpResponse:
    content = json.dumps(evidence, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/json; charset=utf-8", headers=headers)
