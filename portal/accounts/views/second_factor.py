"""Setting up the second factor that a role asks for, and keeping the last one."""

from typing import Any

from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.accounts.access import Role, access, landing_page, page_of, roles_of
from portal.accounts.forms import RemoveFactorForm
from portal.accounts.second_factor import owes_second_factor
from portal.accounts.views.requests import signed_in_user

AFTERWARDS = "second_factor_next"
"""Where, in the session, the page waits to which the person was going."""


@require_safe
@access(Role.MEMBER)
def second_factor_setup(request: HttpRequest) -> HttpResponse:
    """Explain what the role asks for and lead to it; once done, lead on to where the person was going."""
    user = signed_in_user(request)
    if not owes_second_factor(user):
        return redirect(request.session.pop(AFTERWARDS, "home_of_user"))
    onward = page_of(request, request.GET.get("next"))
    if onward:
        request.session[AFTERWARDS] = landing_page(onward)
    return render(request, "accounts/second_factor_setup.html", {"is_expert": Role.EXPERT in roles_of(user)})


class RemovePasskeyView(RemoveWebAuthnView):
    """Allauth's page that removes a passkey, but for the last factor of an account that must have one."""

    form_class = RemoveFactorForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form its key, and show a refusal before anything is sent, as the application's page does."""
        kwargs = {**super().get_form_kwargs(), "authenticator": self.object}
        kwargs.setdefault("data", {})
        return kwargs
