"""The register of State aid: per company, what was paid under which regime, and when it was granted and paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from applications.models import Company, Dossier, Payment, UsedVolet
from portal.accounts.models import User
from tariffs import catalogue


@dataclass(frozen=True, slots=True)
class AidLine:
    """One aid: its company and regime, when it was granted and paid, in euros HT, and to which expert.

    `dossier` is None for an aid paid before the portal, whose `reference` is the one it had, and for a dossier
    whose page the reader can't open any more.
    """

    company: Company
    dossier: Dossier | None
    reference: str
    volet: int
    regime: str
    granted_on: date | None
    amount: Decimal | None
    paid_on: date | None
    payee: str


def aids(
    user: User, *, words: str = "", edition: str = "", volet: str = "", year: str = ""
) -> QuerySet[Payment]:
    """Return the payments that stand and that a person may see, the latest first; `year` is that of the payment.

    The company is the beneficiary, the expert only the payee; the aid is Bpifrance's share HT.
    """
    at = "mission__dossier__"
    found = Payment.objects.visible_to(user).filter(
        _asked(words, edition, volet, year, at=at, reference=f"{at}number"), reversed_on__isnull=True
    )
    return found.select_related("mission__dossier__company", "mission__firm").order_by("-paid_on", "-pk")


def past_aids(
    user: User, *, words: str = "", edition: str = "", volet: str = "", year: str = ""
) -> QuerySet[UsedVolet]:
    """Return the aids paid before the portal, as imported, the latest first; the same filters as `aids`."""
    found = UsedVolet.objects.visible_to(user).paid()
    asked = _asked(words, edition, volet, year, at="", reference="reference")
    return found.filter(asked).select_related("company").order_by("-paid_on", "-pk")


def _asked(words: str, edition: str, volet: str, year: str, *, at: str, reference: str) -> Q:
    """Return the filters of the register; `at` leads to what bears the company, the edition and the volet."""
    asked = Q()
    if words:
        asked &= (
            Q(**{f"{reference}__icontains": words})
            | Q(**{f"{at}company__name__icontains": words})
            | Q(**{f"{at}company__identifier__startswith": "".join(words.split())})
        )
    if edition:
        asked &= Q(**{f"{at}edition": edition})
    if volet:
        asked &= Q(**{f"{at}volet": int(volet)})
    if year:
        asked &= Q(paid_on__year=int(year))
    return asked


def totals(found: QuerySet[Payment]) -> Mapping[str, Decimal | int]:
    """Return {count, companies, amount} of a register: aids, companies aided, euros HT; in one query."""
    return _totals(found, company="mission__dossier__company", amount="ht")


def past_totals(found: QuerySet[UsedVolet]) -> Mapping[str, Decimal | int]:
    """Return {count, companies, amount} of the aids paid before the portal, in one query."""
    return _totals(found, company="company", amount="amount")


def _totals(found: QuerySet[Any], *, company: str, amount: str) -> Mapping[str, Decimal | int]:
    sums = found.order_by().aggregate(
        count=Count("pk"), companies=Count(company, distinct=True), amount=Sum(amount)
    )
    return {**sums, "amount": sums["amount"] or Decimal(0)}


def lines(payments: Iterable[Payment], *, archive: bool = True) -> list[AidLine]:
    """Return the register's lines of these payments; `archive`: whether the reader may open archived dossiers."""
    return [
        AidLine(
            company=dossier.company,
            dossier=dossier if _is_open(dossier, archive=archive) else None,
            reference=str(dossier),
            volet=dossier.volet,
            regime=catalogue.get_edition(dossier.edition).state_aid.regime,
            granted_on=dossier.validated_on,
            amount=payment.ht,
            paid_on=payment.paid_on,
            payee=payment.mission.firm.name,
        )
        for payment in payments
        for dossier in [payment.mission.dossier]
    ]


def _is_open(dossier: Dossier, *, archive: bool) -> bool:
    """True for a dossier whose page its reader may still open."""
    return dossier.erased_on is None and (archive or dossier.archived_on is None)


def past_lines(used: Iterable[UsedVolet]) -> list[AidLine]:
    """Return the lines of these past aids; the regime is empty where the edition is not known any more."""
    known = catalogue.editions().by_code
    return [
        AidLine(
            company=one.company,
            dossier=None,
            reference=one.reference,
            volet=one.volet,
            regime=known[one.edition].state_aid.regime if one.edition in known else "",
            granted_on=one.used_on,
            amount=one.amount,
            paid_on=one.paid_on,
            payee=one.expert_name,
        )
        for one in used
    ]
