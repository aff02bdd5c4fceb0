"""A person's inbox: read, open, mark as read."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from portal.notifications import services
from portal.notifications.models import Notification

PER_PAGE = 25


@access(Role.MEMBER)
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """Show one's own notifications, newest first."""
    lines = Notification.objects.filter(recipient=cast("User", request.user))
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    unread = services.unread_count(cast("User", request.user))
    return render(request, "notifications/notification_list.html", {"page_obj": page, "unread": unread})


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
