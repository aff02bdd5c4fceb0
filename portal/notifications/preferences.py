"""How a person wants to be told of each family of notices: at once, once a day, or in the portal only."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.utils.module_loading import import_string

from portal.accounts.access import Role, roles_of
from portal.accounts.models import User
from portal.notifications.models import Delivery, Preference

UNSUBSCRIBE_SALT = "portal.notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of notices: its name on the preferences page, what it holds, who gets some, its usual delivery."""

    label: str
    help_text: str
    roles: frozenset[Role]
    usual: Delivery = Delivery.DAILY


# Where a notice written before the families existed is filed; nobody chooses for it.
GENERAL = Family("Autres notifications", "Ce qui n’entre dans aucune autre rubrique.", frozenset())


def families() -> Mapping[str, Family]:
    """Return every family by its slug, in the order shown, as settings.NOTIFICATION_FAMILIES names them."""
    found: Mapping[str, Family] = import_string(settings.NOTIFICATION_FAMILIES)
    return {**found, "general": GENERAL}


def families_of(user: User) -> dict[str, Family]:
    """Return the families that a person of these roles may be told of."""
    held = roles_of(user)
    return {slug: family for slug, family in families().items() if family.roles & held}


def deliveries_of(user: AbstractBaseUser) -> dict[str, Delivery]:
    """Return how a person is told of each family, one query: what they chose, or what is usual."""
    chosen = dict(Preference.objects.filter(user_id=user.pk).values_list("family", "delivery"))
    return {slug: Delivery(chosen.get(slug, family.usual)) for slug, family in families().items()}


def delivery_for(user: AbstractBaseUser, *, family: str, blocking: bool) -> Delivery:
    """Return how one notice is e-mailed; what waits for its reader always leaves at once."""
    if blocking:
        return Delivery.NOW
    return deliveries_of(user).get(family, GENERAL.usual)


def choose(*, user: AbstractBaseUser, chosen: Mapping[str, Delivery]) -> None:
    """Keep how a person wants to be told; families that are not named stay as they were."""
    for slug in families().keys() & chosen.keys():
        Preference.objects.update_or_create(
            user_id=user.pk, family=slug, defaults={"delivery": Delivery(chosen[slug])}
        )


def unsubscribe_token(user: AbstractBaseUser) -> str:
    """Return the signed name of a person, which lets whoever holds it stop the daily e-mail and nothing else."""
    return signing.Signer(salt=UNSUBSCRIBE_SALT).sign(str(user.pk))


def user_of_token(token: str) -> User | None:
    """Return the person that a signed name is about; None for a forged one or an account that is closed."""
    try:
        pk = signing.Signer(salt=UNSUBSCRIBE_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, is_active=True).first()


def stop_daily_email(*, user: AbstractBaseUser) -> None:
    """Have what was told once a day told in the portal only; repeating it changes nothing."""
    daily = {slug: Delivery.PORTAL for slug, how in deliveries_of(user).items() if how == Delivery.DAILY}
    choose(user=user, chosen=daily)
