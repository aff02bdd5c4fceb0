"""The certificate of service done (service fait): what the officer checked, frozen, then its PDF by the worker."""

from __future__ import annotations

from datetime import datetime

from applications.models import DossierDocument, Invoice, Mission, ServiceCertificate
from applications.services.contents import item_labels
from applications.services.evaluation import Json
from applications.services.settlement import quote_of, settlement_of
from portal import clock
from portal.accounts.models import User
from portal.notifications.outbox import enqueue
from tariffs import catalogue

Kind = DossierDocument.Kind
CERTIFICATE_KIND = "service_certificate"


def certify(mission: Mission, *, actor: User, now: datetime) -> ServiceCertificate:
    """Keep what was checked, under the dossier's lock, and have its PDF made after commit."""
    certificate = ServiceCertificate.objects.create(
        mission=mission, content=content_of(mission, actor=actor, now=now), made_by=actor, made_at=now
    )
    enqueue(
        kind="render_certificate",
        dedup_key=f"certificate:{certificate.pk}",
        payload={"certificate": certificate.pk},
        due_at=now,
    )
    return certificate


def void(mission: Mission, *, now: datetime) -> None:
    """End the standing certificate: what it says is no longer what would be paid."""
    ServiceCertificate.objects.filter(mission=mission, void_at__isnull=True).update(void_at=now)


def content_of(mission: Mission, *, actor: User, now: datetime) -> Json:
    """Return everything the certificate prints: JSON values only, so that it never changes afterwards."""
    dossier, settlement = mission.dossier, settlement_of(mission)
    labels = item_labels(dossier.edition)
    edition = catalogue.get_edition(dossier.edition)
    return {
        "number": dossier.number,
        "on": clock.civil_date(now).isoformat(),
        "volet": dossier.volet,
        "volet_label": edition.volets[dossier.volet].label,
        "edition_label": edition.label,
        "company": {"name": dossier.company.name, "identifier": dossier.company.identifier},
        "expert": mission.firm.name,
        "certified_by": actor.full_name,
        "signed_on": dossier.signed_on.isoformat() if dossier.signed_on else None,
        "dates": [
            [label, day.isoformat()]
            for label, day in (
                ("Prestation commencée le", mission.work_started_on),
                ("Prestation terminée le", mission.work_ended_on),
                ("Rapport remis à l’entreprise le", mission.report_given_on),
                ("Restitution à l’entreprise le", mission.restitution_on),
            )
            if day is not None
        ],
        "restitution": _restitution(mission),
        "lines": [
            {
                "label": labels.get(line["item"], line["item"]),
                "delivered": str(line["delivered"]),
                "eligible": str(line["eligible"]),
            }
            for line in settlement["lines"]
        ],
        "pieces": _pieces(mission),
        "invoices": [_invoice(one) for one in mission.invoices.filter(replaced_at__isnull=True)],
        "bpifrance_share": str(settlement["bpifrance_share"]),
        "company_share": str(settlement["company_share"]),
    }


def _restitution(mission: Mission) -> str:
    if mission.restitution_evidence:
        return f"retenue sur preuve\u00a0: {mission.restitution_evidence}"
    return "confirmée par l’entreprise"


def _pieces(mission: Mission) -> list[Json]:
    """Return the report and the signed quote that were read, each with the fingerprint of its file."""
    quote = quote_of(mission)
    rows = mission.documents.filter(
        kind__in=[Kind.FINAL_REPORT, Kind.SIGNED_QUOTE], replaced_at__isnull=True, document__isnull=False
    ).select_related("document")
    return [
        {
            "label": Kind(row.kind).label,
            "name": row.document.original_name,
            "sha256": row.document.sha256,
            "version": quote.number if quote is not None and row.kind == Kind.SIGNED_QUOTE else None,
        }
        for row in rows.order_by("kind", "pk")
        if row.document is not None
    ]


def _invoice(invoice: Invoice) -> Json:
    return {
        "to": invoice.get_addressee_display(),
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "ht": str(invoice.ht),
        "ttc": str(invoice.ttc),
        "acquitted_on": invoice.acquitted_on.isoformat() if invoice.acquitted_on else None,
    }
