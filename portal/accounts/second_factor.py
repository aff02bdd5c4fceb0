"""The second factor that experts and Bpifrance must have: who owes one, and what is answered until it is set up.

Whoever has one already passed it: signing in goes through allauth's own stage, which asks for it.
"""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse

from portal.accounts.access import API_PREFIX, Role, lead_to, roles_of
from portal.accounts.models import Membership, Organisation, StaffRole, User

COMPULSORY = frozenset(
    {Role.EXPERT, Role.OFFICER, Role.MANAGER, Role.CONTROLLER, Role.AUDITOR, Role.ADMINISTRATOR}
)
# Recovery codes stand in for a factor that is lost; alone they are none.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SETTING_UP = frozenset(
    {
        "second_factor_setup",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_logout",
    }
)
"""The only addresses, with the settings' SECOND_FACTOR_OPEN, that answer a person who owes a second factor."""

FIRST_SET_UP = (
    "Votre rôle demande un second facteur\u00a0: installez-le dans votre navigateur, puis recommencez."
)
NOT_SAVED = (
    "Votre rôle demande un second facteur\u00a0: ce que vous venez d’envoyer n’est pas enregistré. "
    "Installez-le\u00a0: vous reviendrez à la page où vous étiez, pour l’envoyer de nouveau."
)
LAST_ONE = (
    "Ce second facteur est le seul de votre compte, et votre rôle en demande un\u00a0: "
    "ajoutez-en d’abord un autre, puis retirez celui-ci."
)


def _owed() -> Q:
    experts = Membership.objects.filter(
        user=OuterRef("pk"), is_active=True, organisation__kind=Organisation.Kind.EXPERT_FIRM
    )
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return (~Q(staff_role=StaffRole.NONE) | Q(Exists(experts))) & ~Q(Exists(factors))


def with_owed_factor(users: "QuerySet[User]") -> "QuerySet[User]":
    """Return the accounts with `owes_factor`, computed by the very statement that reads them."""
    return users.annotate(owes_factor=ExpressionWrapper(_owed(), output_field=BooleanField()))


def owing_a_factor(users: "QuerySet[User]") -> "QuerySet[User]":
    """Return those of the accounts whose role asks for a second factor that they don't have."""
    return users.filter(_owed())


def owes_second_factor(user: User | AnonymousUser) -> bool:
    """Say whether a person's role asks for a second factor that the account does not have.

    Costs nothing for the person of a request, whom the backend read with the answer; one query for who signs in
    during this very request.
    """
    if not isinstance(user, User):
        return False
    known: bool | None = getattr(user, "owes_factor", None)
    if known is None:
        known = owing_a_factor(User.objects.filter(pk=user.pk)).exists()
        user.owes_factor = known  # type: ignore[attr-defined]
    return known


def may_be_removed(factor: Authenticator) -> bool:
    """Say whether the account's role allows it without this factor: the last one stays where one is asked for."""
    if factor.type not in FACTORS or not roles_of(factor.user) & COMPULSORY:
        return True
    return (
        Authenticator.objects.filter(user_id=factor.user_id, type__in=FACTORS).exclude(pk=factor.pk).exists()
    )


def answer_until_set_up(request: HttpRequest) -> HttpResponseBase | None:
    """Return what is answered to a person who owes a second factor, None for everybody else and on open pages."""
    if not owes_second_factor(request.user):
        return None
    match = request.resolver_match
    if match is not None and match.view_name in SETTING_UP | settings.SECOND_FACTOR_OPEN:
        return None
    if request.path.startswith(API_PREFIX):
        return JsonResponse({"detail": FIRST_SET_UP}, status=403)
    return lead_to(request, reverse("second_factor_setup"), refused=NOT_SAVED)
