"""An offer as it is read: before it is sent, by its firm, by the company, by Bpifrance; and what is done there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.offers import ChangeForm
from applications.models import Offer
from applications.services.offers import answering, clauses, confidentiality, drafting, sending
from applications.services.offers.clauses import IncompleteError
from applications.services.offers.contact import contact_of
from applications.services.offers.differences import differences
from applications.services.quoting.sight import device_of
from applications.views.acts import acted, conflict_page, write
from applications.views.offers import own_offer, revision_seen
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import Membership, User

Json = dict[str, Any]
READERS = (Role.EXPERT, Role.COMPANY, Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR)
# What a version is called on screen, where it is a « devis ».
STATES: dict[str, str] = {
    Offer.State.DRAFT: "Brouillon",
    Offer.State.SENT: "Envoyé",
    Offer.State.WITHDRAWN: "Retiré",
    Offer.State.ACCEPTED: "Retenu",
    Offer.State.SUPERSEDED: "Remplacé ou non retenu",
    Offer.State.EXPIRED: "Expiré",
}
TONES = {"sent": "info", "accepted": "success", "draft": "neutral", "expired": "warning"}


@access(*READERS)
@require_safe
def offer_detail(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show an offer that was sent to whoever may read it; a draft leads its firm to its form."""
    return _show(request, _visible(request, token), ChangeForm())


def _visible(request: HttpRequest, token: UUID) -> Offer:
    offers = Offer.objects.visible_to(request.user).select_related(
        "invitation__request", "invitation__firm", "terms", "document", "change_asked_by"
    )
    return get_object_or_404(offers, token=token)


def _show(request: HttpRequest, offer: Offer, form: ChangeForm, *, status: int = 200) -> HttpResponse:
    if offer.is_draft:
        return redirect("offer_edit", offer.token)
    user = cast("User", request.user)
    ours = set(Membership.objects.active().filter(user=user).values_list("organisation_id", flat=True))
    is_firm = offer.invitation.firm.organisation_id in ours
    is_company = offer.invitation.request.company_id is not None and not is_firm and not user.staff_role
    versions = list(
        Offer.objects.visible_to(user).filter(invitation=offer.invitation_id).order_by("-version")
    )
    before = next((one for one in versions if one.version < offer.version and one.content), None)
    in_force = offer.state == Offer.State.SENT and offer.invitation.request.is_open
    context = {
        "offer": offer,
        "told": offer.content,
        "label": STATES[offer.state],
        "tone": TONES.get(offer.state, "neutral"),
        "is_firm": is_firm,
        "is_company": is_company,
        "contact": contact_of(offer.invitation) if is_firm else None,
        "versions": [{"one": one, "label": STATES[one.state]} for one in versions],
        "before": before,
        "changes": differences(before.content, offer.content) if before else [],
        "in_force": in_force,
        "draft": next((one for one in versions if one.is_draft), None),
        "takes_answers": offer.invitation.may_answer(clock.today()),
        "form": form,
    }
    return render(request, "expert/offers/detail.html", context, status=status)


@access(Role.EXPERT)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_review(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show what a draft lacks and how its clauses read, and send it."""
    offer = own_offer(request, token)
    if not offer.is_draft:
        return redirect("offer_detail", token)
    if request.method != "POST":
        return _review(request, offer)
    try:
        sending.send(
            offer=offer,
            actor=cast("User", request.user),
            now=clock.now(),
            expected_revision=revision_seen(request),
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=reverse("offer_detail", args=[token]))
    except Refused:
        return _review(request, offer, status=422)
    messages.success(request, "Votre devis est envoyé\u00a0: l’entreprise est prévenue.")
    return redirect("offer_detail", token)


def _review(request: HttpRequest, offer: Offer, *, status: int = 200) -> HttpResponse:
    today = clock.today()
    told, worth = drafting.told_of(offer), sending.figures(offer, today=today)
    context = {
        "offer": offer,
        "obstacles": sending.obstacles(offer, today=today),
        "worth": worth,
        "vat": sending.vat_of(offer.invitation.firm, worth.total),
        "device": device_of(offer.invitation.request),
        "planning": told.planning,
        "ip": _articles(lambda: clauses.ip_clause(told.ip)),
        "confidentiality": _articles(lambda: confidentiality.confidentiality_clause(told.confidentiality)),
    }
    return render(request, "expert/offers/review.html", context, status=status)


def _articles(make: Callable[[], list[clauses.Article]]) -> list[clauses.Article]:
    """Return a clause, nothing while a choice is lacking: what lacks is said above it."""
    try:
        return make()
    except IncompleteError:
        return []


@writes
@access(Role.EXPERT)
def offer_withdraw(request: HttpRequest, token: UUID) -> HttpResponse:
    """Take an offer back."""
    offer = own_offer(request, token)
    return acted(
        request,
        lambda: answering.withdraw(offer=offer, actor=cast("User", request.user), now=clock.now()),
        back=reverse("offer_detail", args=[token]),
        success="Votre devis est retiré\u00a0: l’entreprise est prévenue.",
    )


@writes
@access(Role.COMPANY)
def offer_change(request: HttpRequest, token: UUID) -> HttpResponse:
    """Ask the firm for a change."""
    offer = get_object_or_404(
        Offer.objects.received_by(request.user).select_related(
            "invitation__request__company", "invitation__firm", "terms", "document", "change_asked_by"
        ),
        token=token,
    )
    form = ChangeForm(request.POST)
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=reverse("offer_detail", args=[token]),
            do=lambda: answering.ask_change(
                offer=offer, actor=cast("User", request.user), now=clock.now(), **form.cleaned_data
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return _show(request, offer, form, status=422)
    messages.success(request, "Votre demande de modification est transmise au cabinet.")
    return redirect("offer_detail", token)
