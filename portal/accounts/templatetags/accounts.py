"""What account pages need beyond their context: the demonstration's accounts, the options of a new passkey."""

from typing import Any

from django import template
from django.conf import settings

from portal.accounts.access import roles_of
from portal.accounts.demonstration import DemoCode, codes_of, seconds_left
from portal.accounts.models import Membership, Organisation, StaffRole, User
from portal.accounts.second_factor import COMPULSORY

register = template.Library()


@register.simple_tag
def demo_accounts() -> list[dict[str, Any]]:
    """Return the demonstration's active accounts as groups {label, accounts}; none elsewhere.

    An account is {pk, full_name, place, code}, its code None where no second factor is asked for.
    """
    if not settings.DEMO:
        return []
    people = {
        user.pk: user
        for user in User.objects.filter(is_demo=True, is_active=True).order_by("full_name", "pk")
    }
    memberships = Membership.objects.active().filter(user__in=people).select_related("organisation")
    codes = codes_of(list(people.values()))
    groups: dict[str, list[dict[str, Any]]] = {kind.label: [] for kind in Organisation.Kind}
    for membership in memberships.order_by("organisation__name", "user__full_name", "pk"):
        organisation, user = membership.organisation, people[membership.user_id]
        groups[organisation.get_kind_display()].append(_person(user, organisation.name, codes))
    for role in StaffRole:
        if role != StaffRole.NONE:
            groups[role.label] = [
                _person(user, "", codes) for user in people.values() if user.staff_role == role
            ]
    return [{"label": label, "accounts": accounts} for label, accounts in groups.items() if accounts]


@register.filter
def passkey_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return creation options that ask for a key kept by the device and opened by its owner's finger, face or PIN."""
    wanted = {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    public_key = dict(options["publicKey"])
    return {**options, "publicKey": {**public_key, "authenticatorSelection": wanted}}


register.simple_tag(seconds_left, name="demo_seconds_left")


@register.simple_tag
def demo_code(user: User) -> DemoCode | None:
    """Return the code of the moment of a demonstration account; None elsewhere."""
    return codes_of([user]).get(user.pk)


@register.simple_tag
def must_have_second_factor(user: User) -> bool:
    """Say whether the person's role asks for a second factor."""
    return bool(roles_of(user) & COMPULSORY)


def _person(user: User, place: str, codes: dict[int, DemoCode]) -> dict[str, Any]:
    return {"pk": user.pk, "full_name": user.full_name, "place": place, "code": codes.get(user.pk)}
