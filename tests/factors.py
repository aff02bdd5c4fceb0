"""The second factor of whom the tests sign in: given by `force_login`, for the roles that must have one.

`Client.force_login` passes no sign-in page. tests/conftest.py puts `sign_in` in its place, so that an expert or an
officer comes with the factor that the page would have asked for; `sign_in_bare` is Django's own, for the tests of
what happens without one. Who becomes an expert while signed in needs `give_factor` at that moment, as in life.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from portal.accounts.models import User
from portal.accounts.second_factor import FACTORS, owing_a_factor

SECRET = "JBSWY3DPEHPK3PXP"

sign_in_bare = Client.force_login


def give_factor(user: User) -> None:
    """Give a person an application that shows the codes of SECRET, unless they have a factor."""
    if not Authenticator.objects.filter(user=user, type__in=FACTORS).exists():
        TOTP.activate(user, SECRET)


def sign_in(client: Client, user: User, backend: str | None = None) -> None:
    """Sign a person in, with the second factor that their role asks for."""
    if owing_a_factor(User.objects.filter(pk=user.pk)).exists():
        give_factor(user)
    sign_in_bare(client, user, backend)


def code_of(secret: str = SECRET) -> str:
    """Return the code that an application shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
