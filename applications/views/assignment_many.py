"""Many dossiers given at once: chosen in the list, judged, confirmed, followed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.assignment import ManyForm
from applications.forms.obstacles import put_on
from applications.forms.officer_list import DossierFilterForm, list_query
from applications.models import BulkAssignment, BulkAssignmentItem, Listing
from applications.services import worklist
from applications.services.assignment import many
from applications.services.worklist import SORTS
from applications.views.officer_requests import FORM_METHODS, one_of, posted, signed_in, words_of
from applications.workflow.refusals import Refused
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.display import of_person

ROWS = 100
NOTHING_TICKED = (
    "Aucun dossier n’est coché\u00a0: cochez-en dans la liste, "
    "puis choisissez «\u00a0Affecter la sélection\u00a0»."
)
Result = BulkAssignmentItem.Result
# What asks for the reader's eye comes first.
ORDER = (Result.CHANGED, Result.BLOCKED, Result.READY, Result.DONE)


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def assign_many_new(request: HttpRequest) -> HttpResponse:
    """Ask whom the chosen dossiers go to, and judge each before anything is done."""
    user, now = signed_in(request), clock.now()
    keys, source, back = _chosen(request, user)
    giver = request.GET.get("de", "")
    if not (keys or giver or "tous" in request.GET):
        messages.error(request, NOTHING_TICKED)
        return redirect(back)
    form = ManyForm(posted(request), today=clock.today(), giver=giver)
    if request.method == "POST" and form.is_valid():
        try:
            bulk = many.prepare(
                actor=user,
                keys=keys,
                officer=form.officer,
                motive=form.cleaned_data["motive"],
                source=source,
                now=now,
            )
        except Refused as refusal:
            put_on(form, refusal.obstacles)
        else:
            return redirect("assign_many", pk=bulk.pk)
    context = {
        "form": form,
        "count": len(keys),
        "is_too_long": len(keys) > many.MOST,
        "most": many.MOST,
        "source": source,
        "back": back,
        "some": f"{reverse('dossier_list')}?{urlencode({'vue': 'all', 'charge': giver, 'cours': 'oui'})}"
        if giver
        else "",
    }
    return render(request, "officer/assignment/new.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, user: User) -> tuple[list[int], str, str]:
    """Return the dossiers that the address names, where they come from in words, and the page to go back to.

    Those of an officer (`de`), the whole list as filtered (`tous`), or those ticked (`dossier`); one more than
    may be given at once tells that there are too many.
    """
    rows = Listing.objects.all().visible_to(user)
    leaver = request.GET.get("de", "")
    if leaver:
        person = get_object_or_404(User, pk=leaver) if leaver.isdecimal() and len(leaver) < 18 else None
        found = rows.live().filter(officer=person) if person is not None else rows.none()
        keys = found.order_by("submitted_at", "pk").values_list("pk", flat=True)
        return (
            list(keys[: many.MOST + 1]),
            f"Dossiers en cours {of_person(person)}",
            reverse("assignment_home"),
        )
    listed = list_query(request.GET.urlencode())
    back = f"{reverse('dossier_list')}?{listed}"
    if "tous" in request.GET:
        return _listed(request, user), "Liste des dossiers, telle que filtrée", back
    ticked = [int(one) for one in request.GET.getlist("dossier") if one.isdecimal() and len(one) < 18]
    chosen = rows.filter(pk__in=ticked[: many.MOST + 1]).order_by("submitted_at", "pk")
    return list(chosen.values_list("pk", flat=True)), "Dossiers cochés dans la liste", back


def _listed(request: HttpRequest, user: User) -> list[int]:
    """Return the dossiers of the list as its address filters and sorts it."""
    today, known = clock.today(), worklist.tabs_of(user)
    form = DossierFilterForm(request.GET, today)
    wanted = form.wanted(tab=one_of(request, "vue", known, "all"), words=words_of(request), today=today)
    found, _ = worklist.searched(worklist.filtered(user, wanted), wanted)
    rows = found.filter(worklist.tab_condition(wanted.tab, user, today))
    return list(rows.order_by(*SORTS[wanted.sort].order).values_list("pk", flat=True)[: many.MOST + 1])


@require_safe
@access(Role.MANAGER)
def assign_many(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what was judged, what is being done, or what became of each dossier; HTMX gets the progress alone."""
    bulk = get_object_or_404(BulkAssignment.objects.select_related("owner", "officer"), pk=pk)
    counted = many.counts(bulk)
    tried = counted[Result.READY] + counted[Result.DONE] + counted[Result.CHANGED]
    over = tried - counted[Result.READY]
    context = {
        "bulk": bulk,
        "counted": counted,
        "tried": tried,
        "over": over,
        "percent": over * 100 // tried if tried else 100,
        "mine": bulk.owner_id == signed_in(request).pk,
        "at_once": many.AT_ONCE,
    }
    if request.htmx and bulk.is_running:  # type: ignore[attr-defined]
        return render(request, "officer/assignment/_progress.html", context)
    rank = Case(
        *(When(result=one, then=Value(place)) for place, one in enumerate(ORDER)), output_field=IntegerField()
    )
    items = bulk.items.select_related("dossier__company", "previous", "officer").order_by(rank, "pk")
    context["page_obj"] = Paginator(items, ROWS).get_page(request.GET.get("page"))
    response = render(request, "officer/assignment/many.html", context)
    if request.htmx:  # type: ignore[attr-defined]
        # It ended meanwhile: the whole page says how.
        response.headers["HX-Refresh"] = "true"
    return response


@access(Role.MANAGER)
@writes
def assign_many_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Do what was shown, once; a second click only leads to the page that follows it."""
    user = signed_in(request)
    bulk = get_object_or_404(BulkAssignment, pk=pk, owner=user)
    try:
        many.confirm(bulk, actor=user, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("assign_many", pk=pk)


@access(Role.MANAGER)
@writes
def assign_many_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give up what is not done yet."""
    user = signed_in(request)
    bulk = get_object_or_404(BulkAssignment, pk=pk, owner=user)
    if many.cancel(bulk, actor=user, now=clock.now()):
        messages.success(
            request, "L’affectation est abandonnée\u00a0: ce qui n’était pas fait ne le sera pas."
        )
    else:
        messages.info(request, "Cette affectation était déjà terminée.")
    return redirect("assign_many", pk=pk)
