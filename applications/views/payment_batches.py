"""Batches of transfers: made by a controller, released by a second person, downloaded, matched to the bank's list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.obstacles import put_on
from applications.forms.payment_batches import BatchForm, MatchForm, RemovalForm
from applications.models import Mission, PaymentBatch, PaymentOrder
from applications.services import dossier_file
from applications.services.payments import making, matching, orders, persons, releasing
from applications.services.payments.due import due_of
from applications.views.acts import conflict_page
from applications.views.officer_facts import told
from applications.views.officer_requests import (
    FORM_METHODS,
    PAGE_SIZE,
    READERS,
    is_auditor,
    posted,
    signed_in,
)
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.reauthentication import reauthentication_redirect, recently_authenticated

Json = dict[str, Any]
PAYERS = (Role.CONTROLLER, Role.MANAGER)
Status, OrderStatus = PaymentBatch.Status, PaymentOrder.Status
TONES = {
    Status.PREPARED: "info",
    Status.APPROVED: "warning",
    Status.DONE: "success",
    Status.CANCELLED: "neutral",
}
AGAIN = "Votre identité est confirmée\u00a0: relisez le lot, puis validez-le."


@require_safe
@access(*READERS)
def batch_list(request: HttpRequest) -> HttpResponse:
    """List the batches, the latest first."""
    found = PaymentBatch.objects.select_related("made_by", "approved_by").annotate(
        count=Count("orders", filter=~Q(orders__status=OrderStatus.RETIRED)),
        total=Sum("orders__amount", filter=~Q(orders__status=OrderStatus.RETIRED)),
    )
    page = Paginator(found.order_by("-made_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [{"batch": batch, "tone": TONES[Status(batch.status)]} for batch in page.object_list]
    context = {
        "rows": rows,
        "page_obj": page,
        "may_make": persons.may_make(signed_in(request), clock.today()),
    }
    return render(request, "controller/batch_list.html", context)


@require_http_methods(FORM_METHODS)
@access(*PAYERS)
def batch_new(request: HttpRequest) -> HttpResponse:
    """Choose the approved payments that leave together."""
    user, today = signed_in(request), clock.today()
    if not persons.may_make(user, today):
        raise PermissionDenied("Un contrôleur prépare les lots de virements.")
    missions = list(making.sendable(user).prefetch_related("invoices")[: making.LARGEST])
    form = BatchForm(
        posted(request), missions=[mission.pk for mission in missions], initial={"execution_on": today}
    )
    if request.method == "POST" and form.is_valid():
        try:
            batch = making.make_batch(
                missions=form.cleaned_data["missions"],
                execution_on=form.cleaned_data["execution_on"] or today,
                actor=user,
                now=clock.now(),
            )
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, f"Le lot {batch} est préparé\u00a0: une autre personne le valide.")
            return redirect("batch_detail", batch.pk)
    chosen = set(form["missions"].value() or [])
    rows = [_choice(mission, chosen) for mission in missions]
    return render(request, "controller/batch_new.html", {"form": form, "rows": rows})


def _choice(mission: Mission, chosen: set[Any]) -> Json:
    due = due_of(mission)
    return {
        "mission": mission,
        "due": due,
        "checked": mission.pk in chosen or str(mission.pk) in chosen,
    }


@require_safe
@access(*READERS)
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one batch: its transfers, what keeps it from leaving, its file, its journal."""
    return _page(request, _batch(pk))


def _batch(pk: int) -> PaymentBatch:
    batches = PaymentBatch.objects.select_related("made_by", "approved_by", "cancelled_by", "document")
    return get_object_or_404(batches, pk=pk)


def _page(request: HttpRequest, batch: PaymentBatch, **more: Any) -> HttpResponse:
    user = signed_in(request)
    lines = list(
        batch.orders.select_related(
            "mission__dossier__company", "mission__firm", "retiring_asked_by", "ended_by"
        ).order_by("pk")
    )
    live = [order for order in lines if order.status != OrderStatus.RETIRED]
    waiting = [order for order in live if order.status == OrderStatus.OPEN]
    acts = user.staff_role in {"controller", "manager"}
    context = {
        "batch": batch,
        "tone": TONES[Status(batch.status)],
        "orders": lines,
        "count": len(live),
        "waiting": len(waiting),
        "total": sum(order.amount for order in live),
        "total_ht": sum(order.ht for order in live),
        "acts": acts and not is_auditor(user),
        "obstacles": releasing.release_obstacles(batch, waiting, user, clock.now())
        if acts and batch.status == Status.PREPARED
        else [],
        "blocked": releasing.download_obstacles(batch) if batch.status == Status.APPROVED else [],
        "may_download": acts and batch.document_id is not None,
        "history": told(dossier_file.history(batch.chain)),
        **more,
    }
    return render(request, "controller/batch_detail.html", context)


def _do(request: HttpRequest, pk: int, act: Callable[[], Any], success: str) -> HttpResponse:
    """Do an act on a batch and come back to its page, with what was done or why it was not."""
    back = reverse("batch_detail", args=[pk])
    try:
        act()
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Stale as refusal:
        return conflict_page(request, refusal, back=back)
    except Refused as refusal:
        for obstacle in refusal.obstacles:
            messages.error(request, obstacle.sentence)
    else:
        messages.success(request, success)
    return redirect(back)


@writes
@access(*PAYERS)
def batch_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Release a batch, by a second person who just confirmed their identity."""
    batch = _batch(pk)
    if not recently_authenticated(request):
        messages.info(request, AGAIN)
        return reauthentication_redirect(reverse("batch_detail", args=[pk]))
    typed = request.POST.get("seen", "")
    seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1
    return _do(
        request,
        pk,
        lambda: releasing.approve_batch(batch=batch, actor=signed_in(request), now=clock.now(), seen=seen),
        "Le lot est validé\u00a0: son fichier peut être remis à la banque.",
    )


@require_http_methods(FORM_METHODS)
@access(*PAYERS)
def batch_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a batch that nobody approved."""
    batch = _batch(pk)

    def act(motive: str) -> Any:
        return releasing.cancel_batch(batch=batch, actor=signed_in(request), motive=motive, now=clock.now())

    lead = "Ses paiements pourront aller dans un autre lot."
    return _removal(request, batch, act, "Annuler le lot", lead, "Le lot est annulé.")


@require_http_methods(FORM_METHODS)
@access(*PAYERS)
def order_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a transfer out of its batch; after the approval, a second person confirms."""
    order = get_object_or_404(PaymentOrder.objects.select_related("batch", "mission__dossier"), pk=pk)

    def act(motive: str) -> Any:
        return orders.retire_order(order=order, actor=signed_in(request), motive=motive, now=clock.now())

    approved = order.batch.status != Status.PREPARED
    lead = (
        "Le fichier est peut-être à la banque\u00a0: assurez-vous auprès d’elle que ce virement n’est pas exécuté. "
        "Une autre personne confirmera."
        if approved
        else "Le paiement pourra aller dans un autre lot."
    )
    success = "Le retrait attend une seconde personne." if approved else "Le virement est retiré du lot."
    return _removal(request, order.batch, act, f"Retirer {order}", lead, success)


def _removal(
    request: HttpRequest,
    batch: PaymentBatch,
    act: Callable[[str], Any],
    title: str,
    *words: str,
) -> HttpResponse:
    """Show why something is taken out, and do it. `words`: what it leads to, what is said once done."""
    form, back = RemovalForm(posted(request)), reverse("batch_detail", args=[batch.pk])
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["motive"])
        except NotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except Stale as refusal:
            return conflict_page(request, refusal, back=back)
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            messages.success(request, words[1])
            return redirect(back)
    context = {"form": form, "title": title, "eyebrow": f"Lot {batch}", "lead": words[0]}
    return render(request, "officer/form.html", {**context, "button": title, "back": back})


@writes
@access(*PAYERS)
def order_retire_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, as the second person, that the bank did not execute a transfer."""
    order = get_object_or_404(PaymentOrder.objects.select_related("mission"), pk=pk)
    return _do(
        request,
        order.batch_id,
        lambda: orders.confirm_retired(order=order, actor=signed_in(request), now=clock.now()),
        "Le virement est retiré\u00a0: le paiement est de nouveau à faire.",
    )


@writes
@access(*PAYERS)
def order_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a retirement that was asked."""
    order = get_object_or_404(PaymentOrder.objects.select_related("mission"), pk=pk)
    return _do(
        request,
        order.batch_id,
        lambda: orders.keep_order(order=order, actor=signed_in(request), now=clock.now()),
        "Le virement reste dans le lot.",
    )


@require_http_methods(FORM_METHODS)
@access(*PAYERS)
def batch_match(request: HttpRequest, pk: int) -> HttpResponse:
    """Match a batch to the bank's list; what could not be matched is told line by line."""
    batch = _batch(pk)
    if batch.status not in {Status.APPROVED, Status.DONE}:
        return conflict_page(request, Stale(persons.STALE), back=reverse("batch_detail", args=[pk]))
    if not recently_authenticated(request):
        return reauthentication_redirect(request.path)
    form = MatchForm(posted(request), request.FILES or None, initial={"executed_on": batch.execution_on})
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            lines, unread = matching.read_lines(form.text)
        except ValueError as refusal:
            form.add_error("typed", str(refusal))
        else:
            report = matching.reconcile(
                batch,
                lines=lines,
                executed_on=form.cleaned_data["executed_on"],
                actor=signed_in(request),
                now=clock.now(),
            )
            report.unread = unread
            batch = _batch(pk)
    context = {"batch": batch, "tone": TONES[Status(batch.status)], "form": form, "report": report}
    return render(request, "controller/batch_match.html", context)
