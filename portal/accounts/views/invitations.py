"""The page an invitation's link opens: read it, sign up or sign in, accept it."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.accounts import services
from portal.accounts.access import forget_roles, public, writes
from portal.accounts.models import Invitation, User


def _refusal_page(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "accounts/invitation_refused.html", {"sentence": sentence}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation (GET) and accept it (POST, signed in with the invited address)."""
    try:
        invitation = services.find_invitation(token=token, now=clock.now())
    except services.Refused as refusal:
        return _refusal_page(request, str(refusal), 409 if request.method == "POST" else 410)
    if request.method == "POST" and isinstance(request.user, User):
        return _accept(request, invitation, token, request.user)
    return _invitation_page(request, invitation, token)


def _invitation_page(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    here = reverse("invitation_accept", kwargs={"token": token})
    user = request.user
    stranger = isinstance(user, User) and user.email != invitation.email
    return render(
        request,
        "accounts/invitation_accept.html",
        {
            "invitation": invitation,
            "token": token,
            "here": here,
            "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': here})}",
            "refusal": services.addressed_to_another(invitation) if stranger else "",
        },
    )


def _accept(request: HttpRequest, invitation: Invitation, token: str, user: User) -> HttpResponse:
    try:
        services.accept_invitation(token=token, user=user, now=clock.now())
    except services.Refused as refusal:
        return _refusal_page(request, str(refusal), 409)
    forget_roles(user)
    messages.success(request, f"Vous êtes désormais membre de {invitation.organisation}.")
    return redirect("home_of_user")


@never_cache
@writes
@public
def invitation_sign_up(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the sign-up page: the link, received by e-mail, stands for the address's confirmation."""
    try:
        invitation = services.find_invitation(token=token, now=clock.now())
    except services.Refused as refusal:
        return _refusal_page(request, str(refusal), 409)
    here = reverse("invitation_accept", kwargs={"token": token})
    if request.user.is_authenticated:
        return redirect(here)
    get_adapter(request).stash_verified_email(request, invitation.email)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': here})}")
