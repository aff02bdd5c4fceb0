"""What the engine is told of an expert: its accreditations and the PASSI certificate that counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from experts.models import Accreditation, AuditScope, ExpertFirm, PassiCertificate

PASSI_VOLET = 5
"""The only volet that asks for a PASSI qualification (edition 2024, §1.3)."""

SCOPE_OF_ITEM: dict[str, AuditScope] = {
    "configuration_audit": AuditScope.CONFIGURATION,
    "code_audit": AuditScope.CODE,
    "penetration_test": AuditScope.PENETRATION,
}
"""Which PASSI scope (portée) each audit of volet 5 asks for; ANSSI's two other scopes match no item of the scheme."""


def expert_facts(
    firm: ExpertFirm, volet: int, on: date, items: Iterable[str], derogation: str = "none"
) -> dict[str, Any]:
    """Return the engine's `expert` section for `firm` on the civil date `on`.

    `items` are the codes of the quote's lines; `SCOPE_OF_ITEM` says which scope each audit asks for.
    `derogation` is the engine's word (none, requested, granted, refused). The certificate is looked for
    in volet 5 alone; elsewhere no rule reads it.
    """
    accredited = Accreditation.objects.in_force(on).filter(firm=firm).order_by("volet")
    certificate = passi_for(firm, on, items) if volet == PASSI_VOLET else None
    return {
        "accredited_volets": list(accredited.values_list("volet", flat=True)),
        "derogation": derogation or "none",
        "passi": None if certificate is None else passi_facts(certificate),
    }


def passi_for(firm: ExpertFirm, on: date, items: Iterable[str]) -> PassiCertificate | None:
    """Return the certificate valid at `on` that covers most of `items`, else the latest one, else None."""
    certificates = list(PassiCertificate.objects.filter(firm=firm).order_by("-valid_until", "-pk"))
    valid = [known for known in certificates if known.valid_from <= on <= known.valid_until]
    if not valid:
        return certificates[0] if certificates else None
    asked = {SCOPE_OF_ITEM[item].value for item in items if item in SCOPE_OF_ITEM}
    return max(valid, key=lambda known: len(asked & set(known.scopes)))


def passi_facts(certificate: PassiCertificate) -> dict[str, Any]:
    """Return one certificate in the engine's shape; dates are ISO texts."""
    return {
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "scopes": list(certificate.scopes),
    }
