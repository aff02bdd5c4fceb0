"""Where a person lands after signing in, and the demonstration's way of changing hats."""

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import logout as sign_out
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from portal.accounts.access import Role, access, public, roles_of, writes
from portal.accounts.models import User

HOMES = (
    (Role.OFFICER, "morning_queue"),
    (Role.MANAGER, "dossier_list"),
    (Role.AUDITOR, "dossier_list"),
    (Role.CONTROLLER, "payment_list"),
    (Role.ADMINISTRATOR, "account_list"),
    (Role.COMPANY, "company_home"),
    (Role.EXPERT, "expert_home"),
)
"""The first page of each role, the first one held wins."""


@access(Role.MEMBER)
@require_safe
def home_of_user(request: HttpRequest) -> HttpResponse:
    """Send the person to the first page of their role; to the first steps when they have none yet."""
    held = roles_of(request.user)
    return redirect(next((home for role, home in HOMES if role in held), "onboarding"))


@access(Role.MEMBER)
@require_safe
def onboarding(request: HttpRequest) -> HttpResponse:
    """Ask a person without any role what they came for."""
    return render(request, "accounts/onboarding.html")


@sensitive_post_parameters()
@never_cache
@public
@writes
def demo_signin(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demonstration's persons, who passes the second factor; only in the demonstration."""
    if not settings.DEMO:
        raise Http404
    number = request.POST.get("user", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    user = get_object_or_404(User, pk=int(number), is_demo=True, is_active=True)
    if request.user.is_authenticated:
        # Allauth asks nobody who is signed in for a code. A visitor's session, with their simulation, goes on.
        sign_out(request)
    answer: HttpResponse = perform_login(
        request, user, email_verification=EmailVerificationMethod.NONE, redirect_url=_safe_next(request)
    )
    return answer


def _safe_next(request: HttpRequest) -> str:
    """Return the page asked for when it belongs to the portal, else the person's own first page."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return target
    return redirect("home_of_user").url
