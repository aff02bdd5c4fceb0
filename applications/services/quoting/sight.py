"""A request in words, as an invited firm reads it."""

from __future__ import annotations

from datetime import date

from applications.models import QuoteRequest, RequestSight
from applications.services.expert_sight import KINDS
from portal.display import french_date
from tariffs import catalogue


def device_in_words(kind: str, risk_class: str) -> str:
    """Return the kind of the device and its class, « Dispositif médical, classe IIa »."""
    label = KINDS.get(kind, "Dispositif")
    return f"{label}, classe {risk_class}" if risk_class else label


def device_of(request: QuoteRequest | RequestSight) -> str:
    """Return the device that a request is about, as an invited firm reads it."""
    return device_in_words(request.device_kind, request.risk_class)


def in_words(sight: RequestSight, today: date) -> list[tuple[str, str]]:
    """Return labels and values of all that a firm may read, the need itself apart."""
    edition = catalogue.edition_at(today)
    known = catalogue.items(edition, sight.volet) if edition else {}
    volets = catalogue.volets(edition) if edition else {}
    wanted = [known.get(code, code) for code in sight.items]
    return [
        ("Volet", f"{sight.volet} – {volets[sight.volet]}" if sight.volet in volets else str(sight.volet)),
        ("Dispositif", device_of(sight)),
        ("Prestations souhaitées", ", ".join(wanted) or "À proposer par le cabinet"),
        ("Réponse attendue jusqu’au", french_date(sight.answer_by)),
    ]
