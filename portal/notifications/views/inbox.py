"""A person's inbox: read, filter by subject, open, mark as read."""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.notifications import services
from portal.notifications.models import Notification

PER_PAGE = 25
SUBJECTS_SHOWN = 50


@access(Role.MEMBER)
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """Show one's own notifications: unread first, newest first, by day; `sujet` keeps those about one subject."""
    user = cast("User", request.user)
    subjects = _subjects(user)
    chosen = request.GET.get("sujet", "")
    lines = Notification.objects.filter(recipient=user)
    if chosen in dict(subjects):
        lines = lines.filter(subject=chosen)
    else:
        chosen = ""
    unread_first = lines.alias(is_read=Q(read_at__isnull=False)).order_by("is_read", "-created_at", "-pk")
    page = Paginator(unread_first, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "groups": list(_groups(page.object_list)),
        "unread": services.unread_count(user),
        "subjects": subjects,
        "chosen": chosen,
        "params": urlencode({"sujet": chosen}) if chosen else "",
    }
    return render(request, "notifications/notification_list.html", context)


def _subjects(user: User) -> list[tuple[str, str]]:
    """Return what a person's notifications are about, (reference, name), the latest first."""
    named = Notification.objects.filter(recipient=user).exclude(subject="").order_by()
    latest = named.values_list("subject").annotate(label=Max("subject_label"), last=Max("created_at"))
    return [(ref, label) for ref, label, _last in latest.order_by("-last", "subject")[:SUBJECTS_SHOWN]]


def _groups(lines: Iterable[Notification]) -> Iterable[dict[str, Any]]:
    """Give the lines by reading state and civil day, in the order they come."""
    group: dict[str, Any] = {}
    for line in lines:
        key = (line.read_at is not None, clock.civil_date(line.created_at))
        if group.get("key") != key:
            if group:
                yield group
            group = {"key": key, "is_read": key[0], "day": key[1], "lines": []}
        group["lines"].append(line)
    if group:
        yield group


@access(Role.MEMBER)
@writes
def notification_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one of one's own notifications as read and go to what it tells about."""
    line = get_object_or_404(Notification, pk=pk, recipient=cast("User", request.user))
    services.mark_read(user=cast("User", request.user), now=clock.now(), notification=line)
    inside = url_has_allowed_host_and_scheme(line.url, allowed_hosts=None)
    if "open" in request.POST and line.url and inside:
        return redirect(line.url)
    return redirect("notification_list")


@access(Role.MEMBER)
@writes
def notification_read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's own notifications as read."""
    services.mark_read(user=cast("User", request.user), now=clock.now())
    messages.success(request, "Toutes vos notifications sont marquées comme lues.")
    return redirect("notification_list")


@access(Role.MEMBER)
@writes
def notification_seen(request: HttpRequest) -> HttpResponse:
    """Mark as read what led to the page `path`, which was shown at `shown_at`; sent by that page itself."""
    shown_at = parse_datetime(request.POST.get("shown_at", "")[:40])
    path = request.POST.get("path", "")[:500]
    if shown_at is None or shown_at.tzinfo is None or not path.startswith("/"):
        return JsonResponse({"error": "path, shown_at"}, status=400)
    now = clock.now()
    user = cast("User", request.user)
    services.mark_page_read(user=user, path=path, shown_at=min(shown_at, now), now=now)
    return JsonResponse({"unread": services.unread_count(user)})
