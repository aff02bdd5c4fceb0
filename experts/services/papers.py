"""The papers by which a firm proves what it says: kept by `portal.documents`, read by whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from experts.models import ExpertFirm, FirmPaper
from experts.policy import INSURANCE_NOTICE_DAYS, TAX_CERTIFICATE_MONTHS
from experts.services.files import DOCUMENT_KINDS
from experts.services.firms import chain_of, lock_firm, require_member
from experts.services.refusals import Refused
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.checks import FileRefused, check
from portal.documents.models import DocumentState
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
NO_CV = "Joignez le CV d’au moins un consultant qui travaillera sur ce volet."
NO_INSURANCE = "Joignez l’attestation d’assurance professionnelle en cours."
NO_TAX = f"Joignez une attestation fiscale et sociale de moins de {TAX_CERTIFICATE_MONTHS} mois."


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


def _usable(firm: ExpertFirm) -> QuerySet[FirmPaper]:
    """Return the firm's papers but those that the antivirus refused, which nobody can read."""
    return firm.papers.exclude(document__state=DocumentState.REFUSED)


def insurance_of(firm: ExpertFirm, on: date) -> FirmPaper | None:
    """Return the insurance certificate in force on that day that lasts longest, None where there is none."""
    known = _usable(firm).filter(kind=Kind.INSURANCE, valid_from__lte=on, valid_until__gte=on)
    return known.select_related("document").order_by("-valid_until", "-pk").first()


def tax_certificate_of(firm: ExpertFirm, on: date) -> FirmPaper | None:
    """Return the latest tax and social certificate that is still recent on that day, None without one."""
    latest = (
        _usable(firm).filter(kind=Kind.TAX).select_related("document").order_by("-issued_on", "-pk").first()
    )
    return latest if latest is not None and _is_recent(latest.issued_on, on) else None


def _is_recent(issued_on: date | None, on: date) -> bool:
    return issued_on is not None and add_months(issued_on, TAX_CERTIFICATE_MONTHS) > on


def known_cvs(firm: ExpertFirm, volet: int) -> list[FirmPaper]:
    """Return the CVs of the consultants who work on the volet, which need not be joined again."""
    persons = firm.consultants.filter(is_active=True, cv__in=_usable(firm)).select_related("cv")
    return [one.cv for one in persons if one.cv is not None and volet in one.volets]


def gaps(firm: ExpertFirm, volet: int, evidence: Evidence, *, on: date) -> dict[str, str]:
    """Return the inputs and sentences of all that these papers lack to support a request that day."""
    told = {} if evidence.cvs or known_cvs(firm, volet) else {"cvs": NO_CV}
    if len(evidence.cvs) > MOST_CVS:
        told["cvs"] = f"Joignez {MOST_CVS} CV au plus."
    told |= _insurance_gaps(firm, evidence, on)
    if evidence.insurance is None and insurance_of(firm, on) is None:
        told["insurance"] = NO_INSURANCE
    told |= _tax_gaps(evidence, on)
    if evidence.tax is None and tax_certificate_of(firm, on) is None:
        told["tax"] = NO_TAX
    return told


def refused_files(evidence: Evidence) -> dict[str, str]:
    """Return the input and the sentence of each file joined that is not what it should be."""
    joined = [("cvs", Kind.CV, one) for one in evidence.cvs]
    joined += [("insurance", Kind.INSURANCE, evidence.insurance)] if evidence.insurance else []
    joined += [("tax", Kind.TAX, evidence.tax)] if evidence.tax else []
    told: dict[str, str] = {}
    for field, kind, file in joined:
        try:
            check(file, file.name or "", ALLOWED[kind])
        except FileRefused as refusal:
            told.setdefault(field, f"{file.name}\u00a0: {refusal.message}")
    return told


def gather(
    firm: ExpertFirm, volet: int, evidence: Evidence, *, actor: User, now: datetime
) -> list[FirmPaper]:
    """Keep what is joined and return every paper the request rests upon; refuses where one is lacking."""
    if told := gaps(firm, volet, evidence, on=civil_date(now)):
        field, sentence = next(iter(told.items()))
        raise Refused(sentence, field=field)
    found = _cvs(firm, volet, evidence, actor, now)
    joined = _insurance(firm, evidence, actor, now)
    running = insurance_of(firm, civil_date(now))
    tax = _tax(firm, evidence, actor, now) or tax_certificate_of(firm, civil_date(now))
    return [*found, *{paper.pk: paper for paper in (joined, running, tax) if paper}.values()]


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
    return [
        _keep(firm, Kind.CV, file, field="cvs", added_by=actor, added_at=now) for file in evidence.cvs
    ] + known_cvs(firm, volet)


def _insurance_gaps(firm: ExpertFirm, evidence: Evidence, on: date) -> dict[str, str]:
    """Return what lacks of an insurance that is joined; nothing where none is."""
    if evidence.insurance is None:
        return {}
    start, end = evidence.insurance_from, evidence.insurance_until
    told = {} if evidence.insurer.strip() else {"insurer": "Indiquez le nom de l’assureur."}
    if start is None:
        told["insurance_from"] = "Indiquez le début de l’assurance."
    if end is None or (start is not None and end < start):
        told["insurance_until"] = "Indiquez la fin de l’assurance, qui suit son début."
    elif end < on or (start is not None and start > _next_start(firm, on)):
        told["insurance_until"] = (
            "Cette assurance n’est pas en cours aujourd’hui, et ne prend pas la suite d’une autre."
        )
    return told


def _insurance(firm: ExpertFirm, evidence: Evidence, actor: User, now: datetime) -> FirmPaper | None:
    """Keep the insurance joined; refuses the first thing that lacks."""
    if evidence.insurance is None:
        return None
    for field, sentence in _insurance_gaps(firm, evidence, civil_date(now)).items():
        raise Refused(sentence, field=field)
    start, end = evidence.insurance_from, evidence.insurance_until
    assert end is not None
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


def _next_start(firm: ExpertFirm, today: date) -> date:
    """Return the last day on which an insurance may begin without a gap: today, or the morrow of what runs."""
    running = insurance_of(firm, today)
    if running is None or running.valid_until is None:
        return today
    return running.valid_until + timedelta(days=1)


def _follow_insurance(firm: ExpertFirm) -> None:
    """Carry the latest end of insurance to the firm; what it replaces is not told any more."""
    latest = _usable(firm).filter(kind=Kind.INSURANCE).order_by("-valid_until", "-pk").first()
    if latest is None:
        return
    firm.papers.filter(kind=Kind.INSURANCE).exclude(pk=latest.pk).update(next_notice_on=None)
    firm.insurance_until = latest.valid_until
    ExpertFirm.objects.filter(pk=firm.pk).update(insurance_until=latest.valid_until)


def _tax_gaps(evidence: Evidence, on: date) -> dict[str, str]:
    """Return what lacks of a tax certificate that is joined; nothing where none is."""
    issued_on = evidence.tax_issued_on
    if evidence.tax is None:
        return {}
    if issued_on is None or issued_on > on:
        return {"tax_issued_on": "Indiquez la date de l’attestation, passée ou du jour."}
    if not _is_recent(issued_on, on):
        too_old = (
            f"Cette attestation a plus de {TAX_CERTIFICATE_MONTHS} mois\u00a0: demandez-en une nouvelle."
        )
        return {"tax_issued_on": too_old}
    return {}


def _tax(firm: ExpertFirm, evidence: Evidence, actor: User, now: datetime) -> FirmPaper | None:
    """Keep the tax certificate joined, whose gaps `gather` refused."""
    if evidence.tax is None:
        return None
    return _keep(firm, Kind.TAX, evidence.tax, added_by=actor, added_at=now, issued_on=evidence.tax_issued_on)


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
