"""The administrator's page « Envois »: what waits, what fails, what was given up, and whether anybody works at it."""

import re
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.notifications import dead_letters, signs
from portal.notifications.forms import DropForm, RetryForm
from portal.notifications.models import Outbox, OutboxQuerySet
from portal.privacy import scrub, scrub_foreign

PER_PAGE = 25
ERROR_LENGTH = 160
SETTLED_BEFORE = "Cet envoi vient d’être traité par quelqu’un d’autre\u00a0: rien n’a changé."
NONE_LEFT = "Aucun envoi de cette nature n’est abandonné\u00a0: rien n’a changé."
# The states in which duties are listed: in the address, on screen, and when there are none.
STATES: dict[str, tuple[str, str, str]] = {
    "abandonnes": (
        "Abandonnés",
        "Aucun envoi abandonné",
        "Tout ce qui devait partir est parti, ou sera tenté de nouveau.",
    ),
    "en-echec": ("En échec, retentés", "Aucun envoi en échec", "Ce qui attend n’a pas encore échoué."),
    "en-attente": ("En attente", "Aucun envoi n’attend", "Tout ce qui devait partir est parti."),
}
# What a payload may show: numbers, and codes that the portal wrote (« dossier:42:7 »).
_CODE = re.compile(r"[a-z_-]{1,30}(:[a-z0-9_.-]{1,40})*|[0-9a-f-]{36}")
NOT_SHOWN = "non montré"


def _rows(state: str) -> OutboxQuerySet:
    sets = {
        "abandonnes": Outbox.objects.dead,
        "en-echec": Outbox.objects.failing,
        "en-attente": Outbox.objects.waiting,
    }
    return sets[state]().defer("payload")


@access(Role.ADMINISTRATOR)
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponse:
    """List the duties of one state, and of one kind if need be; what they hold is not shown."""
    state = request.GET.get("etat", "")
    state = state if state in STATES else "abandonnes"
    kind = _known(request.GET.get("nature", ""))
    at = clock.now()
    rows = _rows(state)
    page = Paginator(rows.filter(kind=kind) if kind else rows, PER_PAGE).get_page(request.GET.get("page"))
    by_kind = Outbox.objects.counted_by_kind(at)
    context = {
        "page_obj": page,
        "rows": [(row, _short(row.last_error), scrub(row.dedup_key)) for row in page],
        "state": state,
        "states": [(slug, words[0]) for slug, words in STATES.items()],
        "empty": STATES[state],
        "kind": kind,
        "kinds": sorted(by_kind.keys() | ({kind} if kind else set())),
        "by_kind": by_kind,
        "dead": sum(one["dead"] for one in by_kind.values()),
        "overdue": sum(one["overdue"] for one in by_kind.values()),
        "open": sum(one["open"] for one in by_kind.values()),
        "signs": signs.read(at),
        "params": urlencode({"etat": state, "nature": kind}),
    }
    return render(request, "notifications/outbox_list.html", context)


def _known(kind: str) -> str:
    """Return a kind of duty as it was sent, "" for what is none."""
    return kind if kind in settings.OUTBOX_HANDLERS else ""


def _short(error: str) -> str:
    return Truncator(scrub_foreign(error)).chars(ERROR_LENGTH)


@access(Role.ADMINISTRATOR)
@require_safe
def outbox_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one duty: its kind, key, numbers, attempts, error and dates."""
    return _detail(request, get_object_or_404(Outbox, pk=pk))


def _detail(request: HttpRequest, row: Outbox, refused: DropForm | None = None) -> HttpResponse:
    context = {
        "row": row,
        "key": scrub(row.dedup_key),
        "error": scrub_foreign(row.last_error),
        "payload": sorted(_shown(row.payload).items()),
        "is_dead": row.dead_at is not None and row.done_at is None and row.dropped_at is None,
        "retry": RetryForm(),
        "drop": refused or DropForm(),
    }
    status = 200 if refused is None else 422
    return render(request, "notifications/outbox_detail.html", context, status=status)


def _shown(payload: dict[str, Any]) -> dict[str, str]:
    """Return the numbers and codes of a payload; of the rest, that there is some."""
    return {key: _value(value) for key, value in payload.items()}


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
        return ", ".join(str(one) for one in value)
    return value if isinstance(value, str) and _CODE.fullmatch(value) else NOT_SHOWN


# --- Acts -------------------------------------------------------------------------------------------
@access(Role.ADMINISTRATOR)
@writes
def dead_letter_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a duty its attempts again."""
    letter = get_object_or_404(Outbox, pk=pk)
    done = dead_letters.retry(letter=letter, actor=_person(request), now=clock.now(), reason=_why(request))
    return _told(request, "L’envoi est relancé." if done else "")


@access(Role.ADMINISTRATOR)
@writes
def dead_letters_retry(request: HttpRequest) -> HttpResponse:
    """Give all duties of a kind their attempts again."""
    kind = _known(request.POST.get("nature", ""))
    count = dead_letters.retry_kind(kind=kind, actor=_person(request), now=clock.now(), reason=_why(request))
    if not count:
        messages.warning(request, NONE_LEFT)
        return redirect("outbox_list")
    plural = "s" if count > 1 else ""
    return _told(request, f"{count} envoi{plural} relancé{plural}.")


@access(Role.ADMINISTRATOR)
@writes
def dead_letter_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a duty up for good; the reason is kept in the journal."""
    letter = get_object_or_404(Outbox, pk=pk)
    form = DropForm(request.POST)
    if not form.is_valid():
        return _detail(request, letter, form)
    done = dead_letters.drop(
        letter=letter, actor=_person(request), reason=form.cleaned_data["reason"], now=clock.now()
    )
    return _told(request, "L’envoi est écarté." if done else "")


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


def _why(request: HttpRequest) -> str:
    form = RetryForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def _told(request: HttpRequest, done: str) -> HttpResponse:
    if done:
        messages.success(request, done)
    else:
        messages.warning(request, SETTLED_BEFORE)
    return redirect("outbox_list")
