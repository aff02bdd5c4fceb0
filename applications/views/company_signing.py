"""Reading and signing on the portal: the contract, then amendments."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.company_acts import CodeForm
from applications.models import Dossier, Signatory
from applications.services.contents import item_labels
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
    "sign": "Le contrat est signé. La prestation peut commencer.",
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
        for obstacle in obstacles:
            form.add_error(obstacle.field if obstacle.field in form.fields else None, obstacle.sentence)
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
    amendment = dossier.amendments.filter(status="open").select_related("quote", "mission__firm").first()
    context: dict[str, Any] = {
        "dossier": dossier,
        "form": form,
        "offer": offer,
        "contract": getattr(dossier, "contract", None),
        "amendment": amendment,
        "lines": _labelled_lines(dossier, amendment),
        "recent": recently_authenticated(request),
        "signatories": Signatory.objects.filter(company=dossier.company, is_active=True),
        "email": cast("User", request.user).email,
    }
    return render(request, PAGES[name], context, status=422 if form.errors else 200)


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
            messages.info(request, f"Démonstration : le code envoyé est {code}.")
    return redirect(back)
