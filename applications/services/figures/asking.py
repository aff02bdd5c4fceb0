"""Reads what an address asks of the figures; what is not of its list asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from applications.services.figures.marks import MONTH, month_at
from applications.services.figures.reading import Asked, period
from tariffs import catalogue


def asked_of(query: Mapping[str, str], today: date) -> Asked:
    """Return what is asked by du, au (months), volet, classe, edition, region and enveloppe."""

    def month(name: str) -> date | None:
        text = query.get(name) or ""
        return month_at(text) if MONTH.fullmatch(text) else None

    since, until = period(month("du"), month("au"), today)
    envelope, volet = query.get("enveloppe") or "", query.get("volet") or ""
    return Asked(
        since=since,
        until=until,
        today=today,
        volet=volet if volet in set("12345") else "",
        device=(query.get("classe") or "").replace("\x00", ""),
        edition=one if (one := query.get("edition") or "") in catalogue.editions().by_code else "",
        region=(query.get("region") or "").replace("\x00", ""),
        envelope=int(envelope) if envelope.isdecimal() and len(envelope) < 18 else None,
    )
