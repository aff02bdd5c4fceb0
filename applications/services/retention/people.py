"""Companies of which nothing is kept any more, and accounts on which nothing depends: emptied, never removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from applications.models import CalendarFeed, Company, Device, SavedView, Signatory, UsedVolet
from applications.services.records import chain_of
from applications.services.retention.due import ANONYMOUS, register_is_over, with_aid
from applications.services.retention.erasing import ERASED, record
from portal.accounts.models import Invitation, JoinRequest, Membership, OneTimeCode, Organisation, User
from portal.audit import services as audit
from portal.documents import services as documents
from portal.documents.models import Document
from portal.notifications.models import Notification, Preference

NAMELESS = "Entreprise effacée nº\u00a0"
NOBODY = "Personne effacée nº\u00a0"


def erase_companies(keys: Sequence[int], *, now: datetime, today: date) -> None:
    """Empty these companies: the register of aids keeps the name and the number of those it holds."""
    found = Company.objects.filter(pk__in=keys)
    organisations = list(found.values_list("organisation", flat=True))
    _forget_members(organisations)
    Signatory.objects.filter(company__in=keys).delete()
    Device.objects.filter(company__in=keys).delete()
    found.update(
        address="",
        postcode="",
        city="",
        facts={},
        directory_record=None,
        directory_read_at=None,
        erased_on=today,
    )
    in_register = Q(pk__in=[]) if register_is_over(today) else with_aid()
    nameless = list(found.exclude(in_register).values_list("pk", flat=True))
    _take_names(nameless)
    documents.discard_unused(
        Document.objects.filter(organisation__in=organisations).values_list("pk", flat=True)
    )
    chains = [*(chain_of(Company(pk=pk)) for pk in keys), *(f"organisation:{pk}" for pk in organisations)]
    audit.erase_details(chains, now=now)
    record(ERASED, rule="account", now=now, data={"companies": list(keys)})


def end_register(*, now: datetime, today: date) -> int:
    """Take the names out of the register of aids once its own term is over; return how many companies."""
    if not register_is_over(today):
        return 0
    named = Company.objects.filter(erased_on__isnull=False).exclude(name__startswith=NAMELESS)
    keys = list(named.order_by("pk").values_list("pk", flat=True))
    if keys:
        _take_names(keys)
        record(ERASED, rule="aid", now=now, data={"companies": keys})
    return len(keys)


def _take_names(keys: Sequence[int]) -> None:
    """Give these companies numbers for names; volets used elsewhere keep their volet, dates and amount."""
    number = Cast("pk", CharField())
    Company.objects.filter(pk__in=keys).update(
        name=Concat(Value(NAMELESS), number),
        identifier=Concat(Value("effacee-"), number),
        identifier_scheme=Company.Scheme.OTHER,
    )
    Organisation.objects.filter(company__in=keys).update(name=Concat(Value(NAMELESS), number))
    UsedVolet.objects.filter(company__in=keys).update(origin="", reference="", device_name="", expert_name="")


def _forget_members(organisations: Sequence[int]) -> None:
    Membership.objects.filter(organisation__in=organisations, is_active=True).update(is_active=False)
    Invitation.objects.filter(organisation__in=organisations).delete()
    JoinRequest.objects.filter(organisation__in=organisations).delete()


def erase_accounts(keys: Sequence[int], *, now: datetime) -> None:
    """Make these accounts anonymous and close them; every row that names them by number goes on doing so."""
    of_person: tuple[tuple[Any, str], ...] = (
        (EmailAddress, "user"),
        (Authenticator, "user"),
        (CalendarFeed, "user"),
        (SavedView, "owner"),
        (Preference, "user"),
        (Notification, "recipient"),
        (OneTimeCode, "user"),
    )
    for model, path in of_person:
        model.objects.filter(**{f"{path}__in": keys}).delete()
    number = Cast("pk", CharField())
    User.objects.filter(pk__in=keys).update(
        email=Concat(Value("compte-"), number, Value(ANONYMOUS)),
        full_name=Concat(Value(NOBODY), number),
        password="!",  # noqa: S106 no password opens the account
        is_active=False,
        session_version=F("session_version") + 1,
    )
    audit.erase_details([f"account:{pk}" for pk in keys], now=now)
    record(ERASED, rule="account", now=now, data={"accounts": list(keys)})
