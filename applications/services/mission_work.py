"""What an expert files while the mission runs: the service contract, the reports of a delay or an incident.

Every write takes the dossier's lock, checks that the person belongs to the mission's firm and that the
mission is at a stage where it may be written; raises NotYours, WrongState or Refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, Sum
from django.urls import reverse

from applications.models import DossierDocument, MinutesVersion, Mission, MissionReport, ServiceContract
from applications.services import sensitivity
from applications.services.filing_pieces import MAX_BYTES, MAX_FILES
from applications.services.locking import lock
from applications.services.mission.told import record
from applications.services.people import in_charge, members_of
from applications.workflow.refusals import NotYours, Obstacle, Refused, WrongState
from applications.workflow.states import State
from portal.accounts.models import Membership, Organisation, User
from portal.clock import civil_date
from portal.documents import services as documents
from portal.documents.models import Document
from portal.notifications.services import notify

Kind = DossierDocument.Kind
# The stages of a mission: the dossier's own state while the mission is the current one.
BEFORE_WORK = frozenset({State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS})
AT_WORK = frozenset({State.IN_PROGRESS, State.WORK_DONE, State.CLOSURE_INCOMPLETE})
CLOSING = frozenset({State.WORK_DONE, State.CLOSURE_INCOMPLETE})
AFTER_WORK = CLOSING | {State.CLOSURE_SUBMITTED, State.PAYMENT_APPROVED}
NOT_A_MEMBER = "Cette mission est celle d’un cabinet dont vous n’êtes pas membre."
TEXT_LENGTH = 10


def refused(message: str, *, remedy: str = "", field: str = "", code: str = "mission") -> Refused:
    """Return a refusal made of one obstacle."""
    return Refused([Obstacle(code, message, remedy, field)])


def stage_of(mission: Mission) -> str:
    """Return where the mission stands: the dossier's state while it is current, else its own."""
    return str(mission.dossier.state if mission.is_current else mission.state)


@contextmanager
def working(mission: Mission, *, actor: User, stages: Iterable[str]) -> Iterator[Mission]:
    """Give the mission read anew under its dossier's lock, when `actor` may write to it at this stage."""
    with transaction.atomic():
        dossier = lock(mission.dossier_id)
        locked = Mission.objects.select_related("firm").get(pk=mission.pk, dossier=dossier)
        locked.dossier = dossier
        organisation = locked.firm.organisation_id
        if not Membership.objects.active().filter(user=actor, organisation_id=organisation).exists():
            raise NotYours(NOT_A_MEMBER)
        if stage_of(locked) not in set(stages):
            raise WrongState(
                "La mission n’est plus à l’étape où cela se remplit. Rien n’a été changé\u00a0; relisez sa page."
            )
        yield locked


def keep_file(
    mission: Mission,
    *,
    file: UploadedFile[bytes],
    kind: str,
    allowed: tuple[str, ...],
    actor: User,
    now: datetime,
    examine: bool = False,
    organisation: Organisation | None = None,
) -> Document:
    """Check and keep a file of the mission's firm, under the dossier's lock; raises FileRefused, or Refused.

    Files replaced count too: they are kept, and take their room. `examine`: its pages are drawn, to be shown.
    `organisation` is whose the file is where it is not the firm's.
    """
    _check_room(mission, file.size or 0)
    return documents.store(
        file=file,
        kind=kind,
        uploaded_by=actor,
        organisation=organisation or mission.firm.organisation,
        allowed=allowed,
        examine=examine,
        encrypt=sensitivity.is_encrypted(mission.dossier, kind),
        now=now,
    )


def _check_room(mission: Mission, size: int) -> None:
    of_minutes = MinutesVersion.objects.filter(minutes__mission=mission).values("document")
    held = Document.objects.filter(Q(piece__mission=mission) | Q(pk__in=of_minutes))
    if held.count() >= MAX_FILES:
        raise refused(
            f"La mission contient déjà {MAX_FILES} fichiers, le maximum, versions remplacées comprises.",
            remedy="Réunissez vos pièces dans un même fichier, ou écrivez à Bpifrance dans les messages de la mission.",
            field="file",
        )
    total = held.aggregate(total=Sum("size"))["total"] or 0
    if total + size > MAX_BYTES:
        raise refused(
            "Les fichiers de la mission dépasseraient 200 Mo au total, versions remplacées comprises.",
            remedy="Réduisez ce fichier.",
            field="file",
        )


def put_piece(
    mission: Mission,
    *,
    document: Document,
    kind: str,
    actor: User,
    now: datetime,
    issued_on: date | None = None,
    instead: bool = True,
) -> DossierDocument:
    """Join a kept file to the mission; with `instead`, earlier pieces of its kind are marked as replaced."""
    if instead:
        mission.documents.filter(kind=kind, replaced_at__isnull=True).update(replaced_at=now)
    return DossierDocument.objects.create(
        dossier=mission.dossier,
        mission=mission,
        kind=kind,
        document=document,
        issued_on=issued_on,
        added_by=actor,
    )


def require_past(day: date, now: datetime, *, field: str) -> None:
    """Refuse a date to come."""
    if day > civil_date(now):
        raise refused("Cette date est à venir.", remedy="Indiquez la date réelle.", field=field)


def record_service_contract(
    mission: Mission,
    *,
    file: UploadedFile[bytes],
    signed_on: date,
    confidentiality: bool,
    intellectual_property: bool,
    actor: User,
    now: datetime,
) -> ServiceContract:
    """Keep the signed contract between expert and company, or its corrected copy (2024, §1.2, §3.2)."""
    require_past(signed_on, now, field="signed_on")
    if not (confidentiality and intellectual_property):
        raise refused(
            "Le contrat de prestation traite de la confidentialité et de la propriété intellectuelle.",
            remedy="Complétez-le avec l’entreprise avant de le déposer.",
            field="intellectual_property" if confidentiality else "confidentiality",
        )
    with working(mission, actor=actor, stages=BEFORE_WORK) as current:
        document = keep_file(
            current, file=file, kind=Kind.SERVICE_CONTRACT, allowed=("pdf",), actor=actor, now=now
        )
        put_piece(
            current, document=document, kind=Kind.SERVICE_CONTRACT, actor=actor, now=now, issued_on=signed_on
        )
        contract, _ = ServiceContract.objects.update_or_create(
            mission=current,
            defaults={
                "document": document,
                "signed_on": signed_on,
                "confidentiality": confidentiality,
                "intellectual_property": intellectual_property,
                "recorded_by": actor,
                "recorded_at": now,
            },
        )
        record("service_contract_filed", current, actor=actor, now=now, data={"on": str(signed_on)})
    return contract


def file_report(
    mission: Mission,
    *,
    kind: str,
    happened_on: date,
    text: str,
    actor: User,
    now: datetime,
    file: UploadedFile[bytes] | None = None,
) -> MissionReport:
    """File a delay or an incident (edition 2024, §3.5); the company and the officer are told."""
    require_past(happened_on, now, field="happened_on")
    if kind not in MissionReport.Kind.values:
        raise refused("Choisissez la nature de l’événement.", field="kind")
    if len(text.strip()) < TEXT_LENGTH:
        raise refused("Décrivez l’événement en une phrase au moins.", field="text")
    with working(mission, actor=actor, stages=AT_WORK) as current:
        document = None
        if file is not None:
            document = keep_file(
                current, file=file, kind=Kind.MINUTES, allowed=("pdf", "docx"), actor=actor, now=now
            )
            put_piece(
                current,
                document=document,
                kind=Kind.MINUTES,
                actor=actor,
                now=now,
                issued_on=happened_on,
                instead=False,
            )
        report = MissionReport.objects.create(
            mission=current,
            kind=kind,
            happened_on=happened_on,
            text=text.strip(),
            document=document,
            filed_by=actor,
            filed_at=now,
        )
        record("report_filed", current, actor=actor, now=now, data={"report": report.pk, "kind": kind})
        _tell_of_report(report, current, now)
    return report


def _tell_of_report(report: MissionReport, mission: Mission, now: datetime) -> None:
    dossier = mission.dossier
    title = f"{report.get_kind_display()}\u00a0: {dossier}"
    body = f"{mission.firm.name} a déposé un élément de suivi daté du {report.happened_on:%d/%m/%Y}."
    for people, page in (
        (members_of(dossier.company.organisation_id), "company_dossier"),
        (in_charge(dossier, on=civil_date(now)), "officer_dossier"),
    ):
        notify(
            recipients=people,
            kind="report",
            title=title,
            body=body,
            url=reverse(page, args=[dossier.pk]),
            action="Lire le suivi de la mission",
            family="follow_up",
            subject=(dossier.chain, str(dossier)),
            event_ref=f"report:{report.pk}",
            now=now,
        )
