"""The register of State aid: per company, what was paid under which regime, and when it was granted and paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from applications.models import Dossier, Payment, UsedVolet
from portal.accounts.models import User
from tariffs import catalogue


@dataclass(frozen=True, slots=True)
class AidLine:
    """One aid: its company, regime, granting date, amount in euros HT, and the payment that bears it."""

    payment: Payment
    dossier: Dossier
    regime: str
    granted_on: date | None


def aids(
    user: User, *, words: str = "", edition: str = "", volet: str = "", year: str = ""
) -> QuerySet[Payment]:
    """Return the payments that stand and that a person may see, the latest first; `year` is that of the payment.

    The company is the beneficiary, the expert only the payee; the aid is Bpifrance's share HT.
    """
    found = Payment.objects.visible_to(user).filter(reversed_on__isnull=True)
    if words:
        compact = "".join(words.split())
        found = found.filter(
            Q(mission__dossier__number__icontains=words)
            | Q(mission__dossier__company__name__icontains=words)
            | Q(mission__dossier__company__identifier__startswith=compact)
        )
    if edition:
        found = found.filter(mission__dossier__edition=edition)
    if volet:
        found = found.filter(mission__dossier__volet=int(volet))
    if year:
        found = found.filter(paid_on__year=int(year))
    return found.select_related("mission__dossier__company", "mission__firm").order_by("-paid_on", "-pk")


def past_aids(
    user: User, *, words: str = "", edition: str = "", volet: str = "", year: str = ""
) -> QuerySet[UsedVolet]:
    """Return the aids paid before the portal, as imported, the latest first; the same filters as `aids`."""
    found = UsedVolet.objects.visible_to(user).paid()
    if words:
        found = found.filter(
            Q(reference__icontains=words)
            | Q(company__name__icontains=words)
            | Q(company__identifier__startswith="".join(words.split()))
        )
    if edition:
        found = found.filter(edition=edition)
    if volet:
        found = found.filter(volet=int(volet))
    if year:
        found = found.filter(paid_on__year=int(year))
    return found.select_related("company").order_by("-paid_on", "-pk")


def totals(found: QuerySet[Payment]) -> Mapping[str, Decimal | int]:
    """Return {count, companies, amount} of a register: aids, companies aided, euros HT; in one query."""
    sums = found.order_by().aggregate(
        count=Count("pk"), companies=Count("mission__dossier__company", distinct=True), amount=Sum("ht")
    )
    return {**sums, "amount": sums["amount"] or Decimal(0)}


def past_totals(found: QuerySet[UsedVolet]) -> Mapping[str, Decimal | int]:
    """Return {count, companies, amount} of the aids paid before the portal, in one query."""
    sums = found.order_by().aggregate(
        count=Count("pk"), companies=Count("company", distinct=True), amount=Sum("amount")
    )
    return {**sums, "amount": sums["amount"] or Decimal(0)}


def past_lines(used: Iterable[UsedVolet]) -> list[tuple[UsedVolet, str]]:
    """Return each past aid with its regime, empty where its edition is not known any more."""
    known = catalogue.editions().by_code
    return [(one, known[one.edition].state_aid.regime if one.edition in known else "") for one in used]


def lines(payments: Iterable[Payment]) -> list[AidLine]:
    """Return the register's lines of these payments."""
    return [
        AidLine(
            payment,
            payment.mission.dossier,
            catalogue.get_edition(payment.mission.dossier.edition).state_aid.regime,
            payment.mission.dossier.validated_on,
        )
        for payment in payments
    ]
