"""The papers by which a firm proves what it says: kept by `portal.documents`, read by whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from experts.models import ExpertFirm, FirmPaper
from experts.policy import INSURANCE_NOTICE_DAYS, TAX_CERTIFICATE_MONTHS
from experts.services.files import DOCUMENT_KINDS
from experts.services.firms import chain_of, lock_firm, require_member
from experts.services.refusals import Refused
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.checks import FileRefused
from portal.documents.services import store
from tariffs.engine.terms import add_months

Kind = FirmPaper.Kind
Upload: TypeAlias = "UploadedFile[bytes]"
ALLOWED = {
    Kind.CV: ("pdf", "docx"),
    Kind.INSURANCE: ("pdf", "png", "jpg"),
    Kind.TAX: ("pdf", "png", "jpg"),
}
MOST_CVS = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the firm joins to a request; a paper left out is taken from those it gave before."""

    cvs: Sequence[Upload] = ()
    insurance: Upload | None = None
    insurer: str = ""
    insurance_from: date | None = None
    insurance_until: date | None = None
    tax: Upload | None = None
    tax_issued_on: date | None = None


def insurance_of(firm: ExpertFirm, on: date) -> FirmPaper | None:
    """Return the insurance certificate in force on that day that lasts longest, None where there is none."""
    known = firm.papers.filter(kind=Kind.INSURANCE, valid_from__lte=on, valid_until__gte=on)
    return known.select_related("document").order_by("-valid_until", "-pk").first()


def tax_certificate_of(firm: ExpertFirm, on: date) -> FirmPaper | None:
    """Return the latest tax and social certificate that is still recent on that day, None without one."""
    latest = (
        firm.papers.filter(kind=Kind.TAX).select_related("document").order_by("-issued_on", "-pk").first()
    )
    return latest if latest is not None and _is_recent(latest.issued_on, on) else None


def _is_recent(issued_on: date | None, on: date) -> bool:
    return issued_on is not None and add_months(issued_on, TAX_CERTIFICATE_MONTHS) > on


def gather(
    firm: ExpertFirm, volet: int, evidence: Evidence, *, actor: User, now: datetime
) -> list[FirmPaper]:
    """Keep what is joined and return every paper the request rests upon; refuses where one is lacking."""
    found = [*_cvs(firm, volet, evidence, actor, now)]
    if not found:
        raise Refused("Joignez le CV d’au moins un consultant qui travaillera sur ce volet.", field="cvs")
    insurance = _insurance(firm, evidence, actor, now) or insurance_of(firm, civil_date(now))
    if insurance is None:
        raise Refused("Joignez l’attestation d’assurance professionnelle en cours.", field="insurance")
    tax = _tax(firm, evidence, actor, now) or tax_certificate_of(firm, civil_date(now))
    if tax is None:
        raise Refused(
            f"Joignez une attestation fiscale et sociale de moins de {TAX_CERTIFICATE_MONTHS} mois.",
            field="tax",
        )
    return [*found, insurance, tax]


@transaction.atomic
def file_insurance(
    *,
    firm: ExpertFirm,
    file: Upload,
    insurer: str,
    valid_from: date,
    valid_until: date,
    actor: User,
    now: datetime,
) -> FirmPaper:
    """Take the firm's new insurance certificate; the firm's end of insurance follows it."""
    require_member(firm, actor)
    lock_firm(firm)
    evidence = Evidence(
        insurance=file, insurer=insurer, insurance_from=valid_from, insurance_until=valid_until
    )
    paper = _insurance(firm, evidence, actor, now)
    assert paper is not None
    append(
        chain=chain_of(firm),
        name="insurance_filed",
        at=now,
        actor=actor,
        data={"firm": firm.pk, "paper": paper.pk, "valid_until": valid_until.isoformat()},
    )
    return paper


def keep_cv(firm: ExpertFirm, file: Upload, *, actor: User, now: datetime) -> FirmPaper:
    """Keep a CV; whoever calls holds the firm's lock and leaves the event."""
    return _keep(firm, Kind.CV, file, added_by=actor, added_at=now)


def _cvs(firm: ExpertFirm, volet: int, evidence: Evidence, actor: User, now: datetime) -> list[FirmPaper]:
    """Return the CVs joined, with those of the consultants who work on the volet."""
    if len(evidence.cvs) > MOST_CVS:
        raise Refused(f"Joignez {MOST_CVS} CV au plus.", field="cvs")
    known = [
        consultant.cv
        for consultant in firm.consultants.filter(is_active=True, cv__isnull=False).select_related("cv")
        if consultant.cv is not None and volet in consultant.volets
    ]
    return [
        _keep(firm, Kind.CV, file, field="cvs", added_by=actor, added_at=now) for file in evidence.cvs
    ] + known


def _insurance(firm: ExpertFirm, evidence: Evidence, actor: User, now: datetime) -> FirmPaper | None:
    if evidence.insurance is None:
        return None
    today, start, end = civil_date(now), evidence.insurance_from, evidence.insurance_until
    if not evidence.insurer.strip():
        raise Refused("Indiquez le nom de l’assureur.", field="insurer")
    if start is None:
        raise Refused("Indiquez le début de l’assurance.", field="insurance_from")
    if end is None or end < start:
        raise Refused("Indiquez la fin de l’assurance, qui suit son début.", field="insurance_until")
    if not start <= today <= end:
        raise Refused("Cette assurance n’est pas en cours aujourd’hui.", field="insurance_until")
    paper = _keep(
        firm,
        Kind.INSURANCE,
        evidence.insurance,
        added_by=actor,
        added_at=now,
        insurer=evidence.insurer.strip(),
        valid_from=start,
        valid_until=end,
        next_notice_on=end - timedelta(days=INSURANCE_NOTICE_DAYS[0]),
    )
    _follow_insurance(firm)
    return paper


def _follow_insurance(firm: ExpertFirm) -> None:
    """Carry the latest end of insurance to the firm; what it replaces is not told any more."""
    latest = firm.papers.filter(kind=Kind.INSURANCE).order_by("-valid_until", "-pk").first()
    assert latest is not None
    firm.papers.filter(kind=Kind.INSURANCE).exclude(pk=latest.pk).update(next_notice_on=None)
    firm.insurance_until = latest.valid_until
    ExpertFirm.objects.filter(pk=firm.pk).update(insurance_until=latest.valid_until)


def _tax(firm: ExpertFirm, evidence: Evidence, actor: User, now: datetime) -> FirmPaper | None:
    if evidence.tax is None:
        return None
    issued_on, today = evidence.tax_issued_on, civil_date(now)
    if issued_on is None or issued_on > today:
        raise Refused("Indiquez la date de l’attestation, passée ou du jour.", field="tax_issued_on")
    if not _is_recent(issued_on, today):
        raise Refused(
            f"Cette attestation a plus de {TAX_CERTIFICATE_MONTHS} mois\u00a0: demandez-en une nouvelle.",
            field="tax_issued_on",
        )
    return _keep(firm, Kind.TAX, evidence.tax, added_by=actor, added_at=now, issued_on=issued_on)


def _keep(firm: ExpertFirm, kind: FirmPaper.Kind, file: Upload, **known: Any) -> FirmPaper:
    """Store a file and its row; `known` holds the paper's columns, and `field`, the input a refusal names."""
    field = known.pop("field", kind.value)
    try:
        document = store(
            file=file,
            kind=DOCUMENT_KINDS[kind],
            uploaded_by=known["added_by"],
            organisation=firm.organisation,
            allowed=ALLOWED[kind],
            now=known["added_at"],
        )
    except FileRefused as refusal:
        raise Refused(f"{file.name}\u00a0: {refusal.message}", field=field) from refusal
    return FirmPaper.objects.create(firm=firm, kind=kind, document=document, **known)
