"""The directory of accredited firms as a company reads it: who they are in public, and for which volets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from experts.models import Accreditation, AuditScope, ExpertFirm, PassiCertificate
from portal.accounts.models import Membership


@dataclass(frozen=True, slots=True)
class Entry:
    """One firm of the directory."""

    pk: int
    name: str
    place: str
    region: str
    answers: bool
    volets: list[int] = field(default_factory=list)
    passi_until: date | None = None
    scopes: list[str] = field(default_factory=list)


def accredited(
    *, today: date, volet: int | None = None, region: str = "", words: str = ""
) -> QuerySet[ExpertFirm]:
    """Return the firms accredited today, for that volet and region and under those words where they are given."""
    in_force = Accreditation.objects.in_force(today)
    if volet is not None:
        in_force = in_force.filter(volet=volet)
    firms = ExpertFirm.objects.filter(pk__in=in_force.values("firm"))
    if region:
        firms = firms.filter(region=region)
    if words:
        firms = firms.filter(name__icontains=words) | firms.filter(city__icontains=words)
    members = Membership.objects.active().filter(organisation=OuterRef("organisation"))
    return firms.annotate(answers=Exists(members)).order_by("name", "pk")


def entries(firms: list[ExpertFirm], today: date) -> list[Entry]:
    """Return what a page of the directory shows, in two queries however many firms there are."""
    keys = [firm.pk for firm in firms]
    volets: dict[int, list[int]] = {key: [] for key in keys}
    held = Accreditation.objects.in_force(today).filter(firm__in=keys).order_by("volet")
    for firm_id, volet in held.values_list("firm_id", "volet"):
        volets[firm_id].append(volet)
    latest: dict[int, PassiCertificate] = {}
    for one in PassiCertificate.objects.valid(today).filter(firm__in=keys).order_by("valid_until", "pk"):
        latest[one.firm_id] = one
    return [_entry(firm, volets[firm.pk], latest.get(firm.pk)) for firm in firms]


def _entry(firm: ExpertFirm, volets: list[int], passi: PassiCertificate | None) -> Entry:
    labels = dict(AuditScope.choices)
    return Entry(
        pk=firm.pk,
        name=firm.name,
        place=f"{firm.postcode} {firm.city}".strip(),
        region=firm.region,
        answers=firm.answers,  # type: ignore[attr-defined]
        volets=volets,
        passi_until=passi.valid_until if passi else None,
        scopes=[str(labels[code]) for code in passi.scopes if code in labels] if passi else [],
    )
