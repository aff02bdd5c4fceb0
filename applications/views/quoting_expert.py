"""The requests for quotes addressed to a firm, and the answer « no »; nothing here names who asks."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.forms.quoting import DeclineForm
from applications.models import Offer, QuoteInvitation
from applications.services.offers.contact import contact_of
from applications.services.quoting import requests, sight
from applications.views.acts import write
from applications.views.quoting import ANSWERS
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

PER_PAGE = 20


def own_invitation(request: HttpRequest, token: UUID) -> QuoteInvitation:
    """Return an invitation of one of the person's firms; another's is 404."""
    found = QuoteInvitation.objects.of_firm(request.user).select_related("request", "firm")
    return get_object_or_404(found.prefetch_related("offers"), token=token)


def _stage(invitation: QuoteInvitation, offers: list[Offer], *, open_now: bool) -> tuple[str, str]:
    """Return the word that says where the firm's answer is, and its tone; `offers`, the latest version first."""
    sent = invitation.last_sent
    if invitation.chosen_at:
        stage = "Votre devis est retenu", "success"
    elif invitation.declined_at:
        stage = "Déclinée", "neutral"
    elif not invitation.request.is_open:
        stage = "Close", "neutral"
    elif open_now and offers and offers[0].is_draft and (sent is None or sent.state in ANSWERS):
        stage = "Devis en préparation", "info"
    elif sent is not None:
        stage = ANSWERS.get(sent.state, ("Devis envoyé", "success"))
    else:
        stage = ("À répondre", "warning") if open_now else ("Délai passé", "neutral")
    return stage


def _row(invitation: QuoteInvitation) -> dict[str, object]:
    """Return what the list shows of an invitation: its need's kind, and where the firm's own answer is."""
    offers = sorted(invitation.offers.all(), key=lambda one: one.version, reverse=True)
    open_now = invitation.may_answer(clock.today())
    label, tone = _stage(invitation, offers, open_now=open_now)
    return {
        "invitation": invitation,
        "sight": invitation.shown,
        "device": sight.device_of(invitation.shown),
        "label": label,
        "tone": tone,
        "open": open_now,
        "latest": offers[0] if offers else None,
    }


@access(Role.EXPERT)
@require_safe
def quote_invitation_list(request: HttpRequest) -> HttpResponse:
    """List what the person's firms are asked to quote, the latest first."""
    found = (
        QuoteInvitation.objects.of_firm(request.user)
        .select_related("request", "firm")
        .prefetch_related("offers")
        .order_by("-invited_at", "-pk")
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(one) for one in page.object_list]
    return render(request, "expert/quoting/list.html", {"page_obj": page, "rows": rows})


@access(Role.EXPERT)
@require_safe
def quote_invitation(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show what is asked, and how to answer."""
    return _show(request, own_invitation(request, token), DeclineForm())


def _show(
    request: HttpRequest, invitation: QuoteInvitation, form: DeclineForm, status: int = 200
) -> HttpResponse:
    context = {
        **_row(invitation),
        "rows": sight.in_words(invitation.shown, clock.today()),
        "contact": contact_of(invitation),
        "form": form,
    }
    return render(request, "expert/quoting/detail.html", context, status=status)


@access(Role.EXPERT)
@writes
def quote_invitation_seen(request: HttpRequest, token: UUID) -> HttpResponse:
    """Keep that the firm read the request."""
    requests.mark_seen(own_invitation(request, token), actor=cast("User", request.user), now=clock.now())
    return HttpResponse(status=204)


@access(Role.EXPERT)
@writes
def quote_invitation_decline(request: HttpRequest, token: UUID) -> HttpResponse:
    """Say no, with a motive that the company reads."""
    invitation, form = own_invitation(request, token), DeclineForm(request.POST)
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=reverse("quote_invitation_list"),
            do=lambda: requests.decline(
                invitation, motive=form.told(), actor=cast("User", request.user), now=clock.now()
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return _show(request, invitation, form, status=422)
    messages.success(request, "Votre réponse est partie. Merci de l’avoir donnée.")
    return redirect("quote_invitation_list")
