"""The offers side by side, and the choice of one."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Offer, QuoteRequest
from applications.services.offers.answering import NOT_IN_FORCE
from applications.services.quoting import choosing, sight
from applications.services.quoting.comparison import SORTS, USUAL, Side, by_item, compare
from applications.views.acts import conflict_page, expected_version
from applications.views.quoting import own_request
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access
from portal.accounts.models import User


@access(Role.COMPANY)
@require_safe
def quote_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the offers received side by side, ordered by what the address says."""
    found = own_request(request, pk)
    sort = request.GET.get("tri", USUAL)
    sort = sort if sort in SORTS else USUAL
    sides = compare(found, today=clock.today(), sort=sort)
    waited = found.invitations.filter(declined_at__isnull=True).count() - len(sides)
    context = {
        "found": found,
        "sight": sight.in_words(found.shown, clock.today()),
        "sides": sides,
        "items": by_item(sides),
        "sort": sort,
        "sorts": [(word, label) for word, (label, _key) in SORTS.items()],
        "waited": waited if found.takes_answers(clock.today()) else 0,
    }
    return render(request, "company/quoting/compare.html", context)


def _side(found: QuoteRequest, token: UUID) -> Side:
    """Return an offer in force; raises WrongState for one that was, and Http404 for one of another request."""
    sides = compare(found, today=clock.today())
    side = next((one for one in sides if one.offer.token == token), None)
    if side is not None:
        return side
    if Offer.objects.filter(invitation__request=found, sent_at__isnull=False, token=token).exists():
        raise WrongState(NOT_IN_FORCE)
    raise Http404


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def quote_choose(request: HttpRequest, pk: int, token: UUID) -> HttpResponse:
    """Confirm the choice of one offer, then make it."""
    found = own_request(request, pk)
    back = reverse("quote_request", args=[pk])
    if not found.is_open:
        return conflict_page(request, WrongState(choosing.CHOSEN_ALREADY), back=back)
    try:
        side = _side(found, token)
    except WrongState as refusal:
        return conflict_page(request, refusal, back=back)
    if request.method == "POST":
        try:
            dossier = choosing.choose(
                found,
                offer=side.offer,
                actor=cast("User", request.user),
                now=clock.now(),
                expected_version=expected_version(request),
            )
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except (Stale, WrongState) as refusal:
            return conflict_page(request, refusal, back=back)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("quote_compare", pk=pk)
        messages.success(
            request, f"Le devis de {side.firm} est retenu\u00a0: il est reporté dans votre demande."
        )
        return redirect("filing_tasks", pk=dossier.pk)
    context = {"found": found, "side": side, "cautions": choosing.cautions(found)}
    return render(request, "company/quoting/choose.html", context)
