"""How a person is told: the page of the preferences, and the way out of the daily e-mail without signing in."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.accounts.access import Role, access, public
from portal.accounts.models import User
from portal.notifications import preferences
from portal.notifications.forms import PreferencesForm


@access(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def notification_preferences(request: HttpRequest) -> HttpResponse:
    """Show and keep how one wants to be told of each family of notices."""
    user = cast("User", request.user)
    form = PreferencesForm(
        request.POST or None,
        families=preferences.families_of(user),
        chosen=preferences.deliveries_of(user),
    )
    if request.method == "POST" and form.is_valid():
        preferences.choose(user=user, chosen=form.cleaned_data)
        messages.success(request, "Vos préférences sont enregistrées.")
        return redirect("notification_preferences")
    status = 422 if form.is_bound else 200
    return render(request, "notifications/preferences.html", {"form": form}, status=status)


# Mail programs post here by themselves (RFC 8058), without any cookie: the signed token is the right.
@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def digest_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a confirmation, then stop the daily e-mail of the person that the token names; 404 for a forged one."""
    user = preferences.user_of_token(token)
    if user is None:
        raise Http404
    stopped = request.method == "POST"
    if stopped:
        preferences.stop_daily_email(user=user)
    response = render(request, "notifications/unsubscribe.html", {"stopped": stopped})
    response["Cache-Control"] = "no-store"
    return response
