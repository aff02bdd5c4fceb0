"""The demonstration's second factors: seeded, their codes written on the page, taken twice; nothing of it elsewhere.

Allauth takes a code once within its thirty seconds. Visitors change hats faster than that, two of them may be the
same person at once, and a page may be read for a minute before its button is pressed: the demonstration takes its
own accounts' codes of the last two minutes as often as they come. Every other code goes allauth's way.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import constant_time_compare

from portal import clock
from portal.accounts.models import User
from portal.accounts.second_factor import owing_a_factor

SEED = b"portal.accounts.demonstration"
PERIOD = 30
PERIODS_TAKEN = 4
SHARED = (
    "Dans la démonstration, ce second facteur sert à tous les visiteurs\u00a0: il ne peut pas être retiré."
)


@dataclass(frozen=True)
class DemoCode:
    """The code of the moment of a demonstration account."""

    code: str

    @property
    def spaced(self) -> str:
        """The code as people read it, in two groups."""
        return f"{self.code[:3]}\u00a0{self.code[3:]}"


def secret_of(user: User) -> str:
    """Return the secret of a demonstration account, the same in every demonstration."""
    return base64.b32encode(hmac.digest(SEED, user.email.encode(), hashlib.sha1)).decode()


def give_second_factors() -> int:
    """Give each demonstration account that owes a second factor its seeded one; return how many were given."""
    if not settings.DEMO:
        raise ImproperlyConfigured("Seeded second factors are for DIAGDM_ENVIRONMENT=demo alone.")
    owing = owing_a_factor(User.objects.filter(is_demo=True)).order_by("pk")
    return len([TOTP.activate(user, secret_of(user)) for user in owing])


def codes_of(users: "list[User]") -> dict[int, DemoCode]:
    """Return the code of the moment by account, for demonstration accounts that have one; none elsewhere."""
    shown = {user.pk for user in users if settings.DEMO and user.is_demo}
    if not shown:
        return {}
    found = Authenticator.objects.filter(user__in=shown, type=Authenticator.Type.TOTP)
    return {one.user_id: DemoCode(_code(one, _period())) for one in found}


def seconds_left() -> int:
    """Return for how many seconds the codes of the moment are shown."""
    return PERIOD - int(clock.now().timestamp()) % PERIOD


def is_shared(factor: Authenticator) -> bool:
    """Say whether every visitor of the demonstration signs in with this factor."""
    if not (settings.DEMO and factor.user.is_demo and factor.type == Authenticator.Type.TOTP):
        return False
    return bool(decrypt(factor.data["secret"]) == secret_of(factor.user))


def _period() -> int:
    return int(clock.now().timestamp()) // PERIOD


def _code(factor: Authenticator, period: int) -> str:
    return str(format_hotp_value(hotp_value(decrypt(factor.data["secret"]), period)))


def _factor_opened_by(user: User, code: str) -> Authenticator | None:
    """Return the factor of a demonstration account whose code this was within the last two minutes."""
    if not (settings.DEMO and user.is_demo):
        return None
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    period = _period()
    typed = "".join(code.split())
    taken = (
        factor is not None and constant_time_compare(typed, _code(factor, period - age))
        for age in range(PERIODS_TAKEN)
    )
    return factor if any(taken) else None


class DemoCodeForm(AuthenticateForm):
    """The second factor after signing in: writes the code of the moment in the field, and takes it repeatedly."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = codes_of([self.user]).get(self.user.pk)
        if shown is not None:
            self.fields["code"].initial = shown.code

    def clean_code(self) -> str:
        """Return the code, one of the demonstration's own or as allauth checks it."""
        code: str = self.cleaned_data["code"]
        factor = _factor_opened_by(self.user, code)
        if factor is None:
            checked: str = super().clean_code()
            return checked
        self.authenticator = factor
        return code
