"""The pages on which a firm writes its offer: the form with its figures, saved as one goes, terms, models, sending."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from applications.forms.offers import MOST_LINES, OfferForm
from applications.models import Offer, OfferModel, QuoteInvitation
from applications.services.offers import drafting, saved, sending
from applications.services.offers.planning import MOST_PHASES
from applications.services.offers.pricing import Figures, figures_of
from applications.services.quoting.sight import device_of
from applications.views.acts import acted, conflict_page, typed_number
from applications.views.filing_steps import without_row
from applications.workflow.refusals import NotYours, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

Json = dict[str, Any]
BUTTONS = frozenset({"add_line", "add_phase", "remove_line", "remove_phase", "recalculate"})
UNPRICED = "Une ligne n’a pas encore de prix\u00a0: donnez un forfait, ou des jours et un tarif."


def own_offer(request: HttpRequest, token: UUID) -> Offer:
    """Return an offer of one of the person's firms, 404 for any other."""
    offers = Offer.objects.of_firm(request.user).select_related(
        "invitation__request", "invitation__firm", "terms"
    )
    return get_object_or_404(offers.prefetch_related("lines"), token=token)


@writes
@access(Role.EXPERT)
def offer_start(request: HttpRequest, token: UUID) -> HttpResponse:
    """Begin the answer to a request, or its next version, and lead to its form."""
    invitation = get_object_or_404(QuoteInvitation.objects.of_firm(request.user), token=token)
    now = clock.now()
    try:
        offer = drafting.start(
            invitation=invitation, actor=_actor(request), now=now, today=clock.civil_date(now)
        )
    except WrongState as refusal:
        return conflict_page(request, refusal, back=reverse("quote_invitation", args=[token]))
    return redirect("offer_edit", offer.token)


@access(Role.EXPERT)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_edit(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show the draft's form with its figures, or save it."""
    offer = own_offer(request, token)
    if not offer.is_draft:
        return redirect("offer_detail", offer.token)
    if request.method != "POST":
        return _show(request, offer, _form(offer, _kept(offer)))
    data, rows, phases = _rows(request.POST)
    form = _form(offer, data, rows=rows, phases=phases)
    return _save(request, offer, form)


def _save(request: HttpRequest, offer: Offer, form: OfferForm) -> HttpResponse:
    whole = form.is_valid() and not form.unpriced()
    try:
        kept = _keep(request, offer, form, whole=whole)
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except WrongState as refusal:
        return conflict_page(request, refusal, back=reverse("offer_detail", args=[offer.token]))
    except Stale as refusal:
        return _overtaken(request, offer, form, refusal)
    fresh = own_offer(request, kept.token)
    if request.POST.get("autosave") or BUTTONS & request.POST.keys():
        return _show(request, fresh, form)
    if not whole:
        return _show(request, fresh, form, status=422)
    if "review" in request.POST:
        return redirect("offer_review", fresh.token)
    messages.success(request, "Votre devis est enregistré.")
    return redirect("offer_edit", fresh.token)


def _keep(request: HttpRequest, offer: Offer, form: OfferForm, *, whole: bool) -> Offer:
    """Save what was read whole; else keep all of it as typed, and what was stored before as it is."""
    stand: Json = {
        "offer": offer,
        "actor": _actor(request),
        "now": clock.now(),
        "expected_revision": revision_seen(request),
    }
    if whole:
        return drafting.save(told=form.told(), **stand)
    sent = cast("QueryDict", form.data)
    typed = {name: [str(text) for text in sent.getlist(name)] for name in form.fields if name in sent}
    return drafting.keep_typed(typed=typed, **stand)


def _overtaken(request: HttpRequest, offer: Offer, form: OfferForm, refusal: Stale) -> HttpResponse:
    """Tell of a save made meanwhile, with what was typed still in the form; or that the draft is gone."""
    current = Offer.objects.filter(pk=offer.pk).first()
    if current is None:
        return conflict_page(
            request, refusal, back=reverse("quote_invitation", args=[offer.invitation.token])
        )
    return _show(request, offer, form, status=409, conflict=str(refusal), current=current)


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)


def revision_seen(request: HttpRequest) -> int:
    """Return the revision of the draft on the page that sent the form; -1 (never right) when absent or garbled."""
    return typed_number(request, "revision")


def _form(offer: Offer, data: Any = None, *, rows: int | None = None, phases: int | None = None) -> OfferForm:
    request, firm = offer.invitation.request, offer.invitation.firm
    told = drafting.told_of(offer)
    edition = sending.figures(offer, today=clock.today()).edition
    used = {line.consultant for line in told.lines}
    people = [one for one in firm.consultants.all() if one.is_active or one.pk in used]
    return OfferForm(
        data,
        told=told,
        volet=request.volet,
        edition=edition,
        wanted=tuple(request.items),
        consultants=people,
        asked_on=clock.civil_date(offer.invitation.invited_at),
        today=clock.today(),
        rows=rows,
        phases=phases,
    )


def _kept(offer: Offer) -> QueryDict | None:
    """Return what was typed and could not be read, to be shown again with its sentences; None where all was."""
    if not offer.typed:
        return None
    data = QueryDict(mutable=True)
    for name, texts in offer.typed.items():
        data.setlist(name, list(texts))
    return data


def _rows(data: QueryDict) -> tuple[QueryDict, int | None, int | None]:
    """Return what was sent once a row was added or taken out, and how many lines and phases to show."""
    for prefix in ("line", "phase"):
        data = without_row(data, prefix, data.get(f"remove_{prefix}", ""))
    lines = sum(1 for key in data if key.startswith("line") and key.endswith("_item"))
    phases = sum(1 for key in data if key.startswith("phase") and key.endswith("_label"))
    return data, lines + ("add_line" in data), phases + ("add_phase" in data)


def _figures(offer: Offer, form: OfferForm) -> Figures:
    """Return what the lines that can be read are worth, whatever else is wrong."""
    request = offer.invitation.request
    lines = form.lines() if form.is_bound and hasattr(form, "cleaned_data") else drafting.told_of(offer).lines
    return figures_of(
        volet=request.volet,
        device_kind=request.device_kind,
        risk_class=request.risk_class,
        lines=[{"item": one.item, "amount": one.amount, "complexity": one.complexity} for one in lines],
        today=clock.today(),
    )


def _show(
    request: HttpRequest, offer: Offer, form: OfferForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    if form.is_bound:
        form.is_valid()
    current: Offer = more.pop("current", offer)
    context = {
        "conflict": "",
        "offer": offer,
        "revision": current.revision,
        "seen": max(revision_seen(request), 0) if more.get("conflict") else current.revision,
        "saved_at": current.saved_at,
        "form": form,
        "worth": _figures(offer, form),
        "sight": offer.invitation.shown,
        "device": device_of(offer.invitation.request),
        "unpriced": UNPRICED if form.is_bound and hasattr(form, "cleaned_data") and form.unpriced() else "",
        "most_lines": MOST_LINES,
        "most_phases": MOST_PHASES,
        "models": OfferModel.objects.filter(
            firm=offer.invitation.firm_id, volet=offer.invitation.request.volet
        ),
        **more,
    }
    template = "expert/offers/_saved.html" if request.POST.get("autosave") else "expert/offers/edit.html"
    return render(request, template, context, status=status)


# --- Terms, models, giving up --------------------------------------------------------------------
@writes
@access(Role.EXPERT)
def offer_terms(request: HttpRequest, token: UUID) -> HttpResponse:
    """Join the firm's terms of sale to the draft."""
    offer, file = own_offer(request, token), request.FILES.get("terms")
    if file is None:
        messages.error(request, "Choisissez le PDF de vos conditions générales.")
        return redirect(reverse("offer_edit", args=[token]) + "#conditions")
    return acted(
        request,
        lambda: drafting.attach_terms(offer=offer, actor=_actor(request), now=clock.now(), file=file),
        back=reverse("offer_edit", args=[token]) + "#conditions",
        success="Vos conditions générales sont jointes.",
    )


@writes
@access(Role.EXPERT)
def offer_model_save(request: HttpRequest, token: UUID) -> HttpResponse:
    """Keep the draft as a model of the firm."""
    offer, name = own_offer(request, token), saved.name_typed(request.POST.get("name", ""))
    return acted(
        request,
        lambda: saved.save_model(offer=offer, actor=_actor(request), now=clock.now(), name=name),
        back=reverse("offer_detail", args=[token]),
        success=f"Le modèle «\u00a0{name}\u00a0» est enregistré.",
    )


@writes
@access(Role.EXPERT)
def offer_model_take(request: HttpRequest, token: UUID) -> HttpResponse:
    """Put a model of the firm into the draft, or forget the model."""
    offer = own_offer(request, token)
    key = request.POST.get("model", "")
    models = OfferModel.objects.visible_to(request.user)
    model = get_object_or_404(models, pk=int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0)
    back = reverse("offer_edit", args=[token])
    if "delete" in request.POST:
        success = f"Le modèle «\u00a0{model.name}\u00a0» est supprimé."
        forget = partial(saved.delete_model, model=model, actor=_actor(request))
        return acted(request, forget, back=back, success=success)
    take = partial(
        saved.take_model,
        offer=offer,
        model=model,
        actor=_actor(request),
        now=clock.now(),
        expected_revision=revision_seen(request),
    )
    success = f"Le modèle «\u00a0{model.name}\u00a0» est repris\u00a0: relisez-le."
    return acted(request, take, back=back, success=success)


@writes
@access(Role.EXPERT)
def offer_drop(request: HttpRequest, token: UUID) -> HttpResponse:
    """Give the draft up."""
    offer = own_offer(request, token)
    return acted(
        request,
        lambda: drafting.drop(offer=offer, actor=_actor(request)),
        back=reverse("quote_invitation", args=[offer.invitation.token]),
        success="Le brouillon est abandonné.",
    )
