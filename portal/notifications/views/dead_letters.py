"""The administrator's page of duties given up after ten failures: try again, or drop with a reason."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.notifications import services
from portal.notifications.forms import DropForm
from portal.notifications.models import Outbox

PER_PAGE = 25
SETTLED_BEFORE = "Cet envoi vient d’être traité par quelqu’un d’autre : rien n’a changé."


def _page(request: HttpRequest, *, refused: int | None = None, form: DropForm | None = None) -> HttpResponse:
    letters = Outbox.objects.dead().defer("payload")
    page = Paginator(letters, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        (
            letter,
            form if form is not None and letter.pk == refused else DropForm(prefix=f"letter-{letter.pk}"),
        )
        for letter in page
    ]
    context = {"page_obj": page, "rows": rows}
    return render(
        request, "notifications/dead_letter_list.html", context, status=200 if form is None else 422
    )


@access(Role.ADMINISTRATOR)
@require_safe
def dead_letter_list(request: HttpRequest) -> HttpResponse:
    """List the duties given up, newest first; what they hold is not shown."""
    return _page(request)


@access(Role.ADMINISTRATOR)
@writes
def dead_letter_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a duty its attempts again."""
    letter = get_object_or_404(Outbox, pk=pk)
    if services.retry_dead_letter(letter=letter, actor=cast("User", request.user), now=clock.now()):
        messages.success(request, "L’envoi est relancé.")
    else:
        messages.warning(request, SETTLED_BEFORE)
    return redirect("dead_letter_list")


@access(Role.ADMINISTRATOR)
@writes
def dead_letter_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a duty up for good; the reason is kept in the journal."""
    letter = get_object_or_404(Outbox, pk=pk)
    form = DropForm(request.POST, prefix=f"letter-{pk}")
    if not form.is_valid():
        return _page(request, refused=pk, form=form)
    reason = form.cleaned_data["reason"]
    if services.drop_dead_letter(
        letter=letter, actor=cast("User", request.user), reason=reason, now=clock.now()
    ):
        messages.success(request, "L’envoi est écarté.")
    else:
        messages.warning(request, SETTLED_BEFORE)
    return redirect("dead_letter_list")
