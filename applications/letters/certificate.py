"""Makes the PDF of a certificate of service done, the same bytes however often, and seals it."""

from __future__ import annotations

from typing import Any

from applications.letters.once import keep_once
from applications.letters.render import render_pdf
from applications.models import ServiceCertificate
from applications.services.payments.certificate import CERTIFICATE_KIND
from portal import clock
from portal.clock import PARIS, civil_date
from portal.seal import sealed

TITLE = "Certificat de service fait"


def certificate_pdf(certificate: ServiceCertificate) -> bytes:
    """Return the PDF of a certificate, without its seal."""
    written_at = certificate.made_at.astimezone(PARIS).isoformat(timespec="seconds")
    return render_pdf(
        "letters/service_certificate.html", {**certificate.content, "title": TITLE, "written_at": written_at}
    )


def render_certificate(payload: dict[str, Any], **_: object) -> None:
    """Outbox handler: make the PDF of a certificate and seal it, once."""
    certificate = ServiceCertificate.objects.select_related("mission__dossier").get(pk=payload["certificate"])
    if certificate.document_id is not None:
        return
    content, at = certificate_pdf(certificate), clock.now()
    done = sealed(content, at=at)
    keep_once(
        ServiceCertificate.objects.filter(pk=certificate.pk),
        content=done[0] if done is not None else content,
        name=f"{certificate.mission.dossier.number}-service-fait.pdf",
        kind=CERTIFICATE_KIND,
        issued_on=civil_date(certificate.made_at),
        sealed_at=at if done is not None else None,
        now=certificate.made_at,
    )
