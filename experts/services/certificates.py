"""Use cases on PASSI certificates, recorded by Bpifrance from the ANSSI's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from experts.models import AuditScope, ExpertFirm, PassiCertificate
from experts.policy import NOTICE_DAYS
from experts.services.decisions import require_decider
from experts.services.firms import chain_of, lock_firm
from experts.services.refusals import Refused
from portal.accounts.models import User
from portal.audit.services import append


@transaction.atomic
def record_passi_certificate(
    *,
    firm: ExpertFirm,
    valid_from: date,
    valid_until: date,
    scopes: Iterable[str],
    officer: User,
    now: datetime,
    reference: str = "",
    certificate: PassiCertificate | None = None,
) -> PassiCertificate:
    """Record a certificate of the firm, or correct `certificate`; both dates belong to its validity."""
    require_decider(officer)
    wanted = set(scopes)
    chosen = [scope for scope in AuditScope.values if scope in wanted]
    if not chosen or len(chosen) != len(wanted):
        raise Refused("Cochez au moins une portée de la qualification.", field="scopes")
    if valid_until < valid_from:
        raise Refused("La fin de validité précède le début.", field="valid_until")
    current = lock_firm(firm)
    kept = (
        current.passi_certificates.get(pk=certificate.pk) if certificate else PassiCertificate(firm=current)
    )
    before = _told(kept) if certificate else {}
    kept.reference, kept.scopes = reference.strip(), chosen
    kept.valid_from, kept.valid_until = valid_from, valid_until
    kept.next_notice_on = valid_until - timedelta(days=NOTICE_DAYS[0])
    kept.save()
    append(
        chain=chain_of(firm),
        name="passi_corrected" if certificate else "passi_recorded",
        at=now,
        actor=officer,
        data={"firm": firm.pk, "certificate": kept.pk, **_told(kept), "before": before},
    )
    return kept


def _told(certificate: PassiCertificate) -> dict[str, Any]:
    """Return what a certificate says, as its event keeps it."""
    return {
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "scopes": list(certificate.scopes),
    }
