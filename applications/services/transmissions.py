"""Final reports for the ministries: what is to go to whom, parcels, their sending and their receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from applications.models import Dossier, DossierDocument, Parcel, ParcelItem, ParcelReminder, Transmission
from applications.models.company import BPIFRANCE_READERS
from applications.models.dossier_sets import DossierQuerySet
from applications.services.sensitivity import is_encrypted_parcel
from applications.services.transitions import execute
from applications.workflow.refusals import ActRefused, NotYours, Obstacle, Refused
from applications.workflow.states import State
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents import services as documents
from portal.documents.models import Document, DocumentState
from portal.documents.policy import ReadRight
from portal.notifications.outbox import enqueue
from portal.notifications.services import notify
from portal.sweeps import batches, work
from tariffs import catalogue

DOCUMENT_KIND = "parcel"
PROOF_KIND = "parcel_receipt"
PROOF_ALLOWED = ("pdf", "png", "jpg")
# One ZIP of final reports stays small enough to be sent by the ministries' exchange platforms.
MOST_IN_A_PARCEL = 200
TABS = {"waiting": "À transmettre", "done": "À clore", "sent": "Transmis"}
LATER = "Quelqu’un d’autre vient de changer cet envoi."


# --- What is to go to whom -----------------------------------------------------------------------
def recipients() -> dict[str, str]:
    """Return the ministries of every edition by code, as the newest edition names them."""
    return {one.code: one.label for edition in catalogue.editions().all for one in edition.report_recipients}


def recipients_of(edition: str) -> dict[str, str]:
    """Return the ministries that one edition names, by code."""
    return {one.code: one.label for one in catalogue.get_edition(edition).report_recipients}


def _to_serve(recipient: str = "") -> Q:
    """Return the condition of a dossier whose report must still go to a ministry (to that one when given)."""
    found = Q(pk__in=[])
    for code in catalogue.editions().by_code:
        for one in recipients_of(code):
            if recipient in {"", one}:
                sent = Exists(Transmission.objects.filter(dossier=OuterRef("pk"), recipient=one))
                found |= Q(edition=code) & ~Q(sent)
    return found


def concerned(user: User, tab: str, recipient: str = "") -> DossierQuerySet:
    """Return one tab's dossiers, longest paid first: still to forward, to close, or forwarded."""
    known = recipient if recipient in recipients() else ""
    paid: DossierQuerySet = Dossier.objects.visible_to(user).filter(state=State.PAID)
    if tab == "done":
        found = paid.exclude(_to_serve())
    elif tab == "sent":
        served = Transmission.objects.filter(dossier=OuterRef("pk"))
        found = Dossier.objects.visible_to(user).filter(
            Exists(served.filter(recipient=known) if known else served)
        )
    else:
        found = paid.filter(_to_serve(known))
    kept = found.select_related("company", "officer").prefetch_related("transmissions")
    return kept.order_by("state_since", "pk")


def counts(user: User, recipient: str = "") -> Mapping[str, int]:
    """Return the exact number of dossiers under each tab."""
    return {tab: concerned(user, tab, recipient).order_by().count() for tab in TABS}


def packed(dossiers: Iterable[Dossier]) -> dict[int, dict[str, Parcel]]:
    """Return the parcel in which each dossier is, by the ministry's code; in one query."""
    items = ParcelItem.objects.filter(dossier__in=[one.pk for one in dossiers], is_dropped=False)
    found: dict[int, dict[str, Parcel]] = {}
    for item in items.select_related("parcel"):
        found.setdefault(item.dossier_id, {})[item.recipient] = item.parcel
    return found


def reports_of(dossiers: Iterable[Dossier]) -> dict[int, list[DossierDocument]]:
    """Return the final reports in force of each dossier, found clean, those of every mission."""
    pieces = (
        DossierDocument.objects.filter(
            dossier__in=[one.pk for one in dossiers],
            kind=DossierDocument.Kind.FINAL_REPORT,
            replaced_at__isnull=True,
            document__state=DocumentState.CLEAN,
        )
        .select_related("document", "mission__firm")
        .order_by("dossier", "pk")
    )
    found: dict[int, list[DossierDocument]] = {}
    for piece in pieces:
        found.setdefault(piece.dossier_id, []).append(piece)
    return found


# --- Parcels -------------------------------------------------------------------------------------
def _check_officer(actor: User) -> None:
    if not actor.serves_as(StaffRole.OFFICER):
        raise NotYours("La transmission des rapports revient à un chargé d’affaires.")


def prepare(
    *, recipient: str, keys: Iterable[int], actor: User, now: datetime
) -> tuple[Parcel, dict[str, str]]:
    """Have a parcel made for one ministry; return it, and by number why a dossier is not in it.

    Raises NotYours, Refused where not one of the dossiers chosen can be in it.
    """
    _check_officer(actor)
    if recipient not in recipients():
        raise Refused([Obstacle("recipient_missing", "Choisissez le destinataire.", field="recipient")])
    with transaction.atomic():
        wanted = list(dict.fromkeys(keys))[: MOST_IN_A_PARCEL + 1]
        dossiers = list(
            Dossier.objects.visible_to(actor)
            .select_for_update(of=("self",))
            .filter(pk__in=wanted)
            .order_by("pk")
        )
        left_out = _left_out(dossiers, recipient)
        kept = [one for one in dossiers if str(one) not in left_out]
        if not kept or len(wanted) > MOST_IN_A_PARCEL:
            raise Refused(_nothing_to_send(len(wanted), left_out))
        parcel = Parcel.objects.create(
            recipient=recipient, recipient_label=recipients()[recipient], made_by=actor, made_at=now
        )
        ParcelItem.objects.bulk_create(
            ParcelItem(parcel=parcel, dossier=one, recipient=recipient) for one in kept
        )
        _remember(parcel, "parcel_made", actor, now, dossiers=[one.pk for one in kept], recipient=recipient)
        enqueue(
            kind="make_parcel", dedup_key=f"parcel:{parcel.pk}", payload={"parcel": parcel.pk}, due_at=now
        )
    return parcel, left_out


def _nothing_to_send(count: int, left_out: Mapping[str, str]) -> list[Obstacle]:
    if count > MOST_IN_A_PARCEL:
        return [
            Obstacle(
                "too_many", f"Un envoi tient au plus {MOST_IN_A_PARCEL} dossiers.", "Faites-en plusieurs."
            )
        ]
    if not left_out:
        return [Obstacle("nothing_chosen", "Aucun dossier n’est coché.", "Cochez ceux à envoyer.")]
    return [Obstacle("not_sendable", f"{number}\u00a0: {why}") for number, why in left_out.items()]


def _left_out(dossiers: list[Dossier], recipient: str) -> dict[str, str]:
    """Return by number why a dossier can't be in a parcel for that ministry."""
    keys = [one.pk for one in dossiers]
    served = set(
        Transmission.objects.filter(dossier__in=keys, recipient=recipient).values_list("dossier", flat=True)
    )
    packed = set(
        ParcelItem.objects.filter(dossier__in=keys, recipient=recipient, is_dropped=False).values_list(
            "dossier", flat=True
        )
    )
    reports = reports_of(dossiers)
    why: dict[str, str] = {}
    for one in dossiers:
        if one.state != State.PAID:
            why[str(one)] = "le dossier n’est pas payé."
        elif recipient not in recipients_of(one.edition):
            why[str(one)] = "son édition ne nomme pas ce destinataire."
        elif one.pk in served:
            why[str(one)] = "le rapport lui est déjà transmis."
        elif one.pk in packed:
            why[str(one)] = "il est déjà dans un envoi à ce destinataire."
        elif one.pk not in reports:
            why[str(one)] = "aucun rapport final lisible n’y est déposé."
    return why


def _remember(parcel: Parcel, name: str, actor: User | None, now: datetime, **data: Any) -> None:
    names = {"actor": actor.full_name} if actor else None
    append(chain=parcel.chain, name=name, at=now, actor=actor, data=data, names=names)


def to_make(parcel_id: int) -> tuple[Parcel, list[Dossier]] | None:
    """Return a parcel that a worker must make, with its dossiers; None where there is nothing to make."""
    parcel = Parcel.objects.select_related("made_by").filter(pk=parcel_id, stage=Parcel.Stage.MAKING).first()
    if parcel is None:
        return None
    items = parcel.items.select_related("dossier__company", "dossier__device").order_by("dossier__number")
    return parcel, [item.dossier for item in items]


def made(parcel: Parcel, *, file: IO[bytes], name: str, manifest: str, now: datetime) -> None:
    """Keep the ZIP of a parcel and say that it can be sent; `manifest` is the SHA-256 of its manifest."""
    kept: dict[str, Any] = {"kind": DOCUMENT_KIND, "encrypt": is_encrypted_parcel(parcel)}
    document = documents.store_made(file=file, name=name, uploaded_by=parcel.made_by, now=now, **kept)
    with transaction.atomic():
        waiting = Parcel.objects.filter(pk=parcel.pk, stage=Parcel.Stage.MAKING)
        if not waiting.update(stage=Parcel.Stage.READY, document=document):
            documents.discard(document=document)
            return
        _remember(parcel, "parcel_ready", None, now, sha256=document.sha256, manifest=manifest)


def failed(parcel: Parcel, reason: str, *, now: datetime) -> None:
    """Say why a parcel could not be made; its officer drops it and begins again."""
    with transaction.atomic():
        waiting = Parcel.objects.filter(pk=parcel.pk, stage=Parcel.Stage.MAKING)
        if waiting.update(stage=Parcel.Stage.FAILED, failure=reason[:300]):
            _remember(parcel, "parcel_failed", None, now)


def _locked(parcel: Parcel, *states: Parcel.Stage) -> Parcel:
    """Return the parcel under its lock, in one of these states; raises Refused."""
    found = Parcel.objects.select_for_update(of=("self",)).get(pk=parcel.pk)
    if found.stage not in states:
        raise Refused([Obstacle("parcel_moved", LATER, "Relisez-le, puis recommencez si besoin.")])
    return found


def send(*, parcel: Parcel, sent_on: date | None, actor: User, now: datetime) -> Parcel:
    """Mark a parcel sent: each of its reports is forwarded, by the act of the table, or none is.

    Raises NotYours, Refused with the number of each dossier that stands in the way.
    """
    _check_officer(actor)
    if sent_on is None or not civil_date(parcel.made_at) <= sent_on <= civil_date(now):
        raise Refused(
            [Obstacle("date_wrong", "L’envoi se date entre sa préparation et aujourd’hui.", field="sent_on")]
        )
    with transaction.atomic():
        found = _locked(parcel, Parcel.Stage.READY)
        _forward_each(found, sent_on, actor, now)
        found.stage, found.sent_on, found.sent_by = Parcel.Stage.SENT, sent_on, actor
        found.next_reminder_on = sent_on + timedelta(days=settings.TRANSMISSION_RECEIPT_DAYS)
        found.save()
        _remember(found, "parcel_sent", actor, now, on=sent_on.isoformat())
    return found


def _forward_each(parcel: Parcel, sent_on: date, actor: User, now: datetime) -> None:
    obstacles = []
    for item in parcel.items.select_related("dossier").order_by("dossier"):
        try:
            execute(
                "forward_report",
                dossier=item.dossier,
                actor=actor,
                expected_version=item.dossier.version,
                now=now,
                recipients=[parcel.recipient],
                sent_on=sent_on,
                parcel=parcel.pk,
            )
        except ActRefused as refusal:
            obstacles.append(Obstacle("not_forwarded", f"{item.dossier}\u00a0: {refusal}"))
    if obstacles:
        # Outside of the savepoints of the acts: what was forwarded before is undone as well.
        raise Refused(obstacles)


def drop(*, parcel: Parcel, actor: User, now: datetime) -> None:
    """Give up a parcel that has not left; its dossiers can be in another one. Raises NotYours, Refused."""
    _check_officer(actor)
    with transaction.atomic():
        found = _locked(parcel, Parcel.Stage.MAKING, Parcel.Stage.READY, Parcel.Stage.FAILED)
        document, found.document, found.stage = found.document, None, Parcel.Stage.DROPPED
        found.save()
        found.items.update(is_dropped=True)
        if document is not None:
            documents.discard(document=document)
        _remember(found, "parcel_dropped", actor, now)


# --- Receipts and reminders ----------------------------------------------------------------------
def receive(
    *,
    parcel: Parcel,
    received_on: date | None,
    reference: str,
    proof: UploadedFile[bytes] | None,
    actor: User,
    now: datetime,
) -> None:
    """Record the ministry's receipt: its date, its reference, and its proof where there is one.

    Raises NotYours, Refused, FileRefused.
    """
    _check_officer(actor)
    if parcel.sent_on is None or received_on is None or not parcel.sent_on <= received_on <= civil_date(now):
        raise Refused(
            [Obstacle("date_wrong", "L’accusé se date entre l’envoi et aujourd’hui.", field="received_on")]
        )
    if not reference.strip() and proof is None:
        raise Refused(
            [Obstacle("receipt_empty", "Donnez la référence de l’accusé, ou joignez-le.", field="reference")]
        )
    with transaction.atomic():
        found = _locked(parcel, Parcel.Stage.SENT)
        if proof is not None:
            found.receipt_proof = documents.store(
                file=proof, kind=PROOF_KIND, uploaded_by=actor, allowed=PROOF_ALLOWED, now=now
            )
        found.stage, found.received_on, found.receipt_by = Parcel.Stage.RECEIVED, received_on, actor
        found.receipt_reference, found.next_reminder_on = reference.strip()[:100], None
        found.save()
        _remember(found, "parcel_received", actor, now, on=received_on.isoformat())


def remind(*, parcel: Parcel, made_on: date | None, note: str, actor: User, now: datetime) -> None:
    """Record that a silent ministry was reminded; the next reminder is due as long after. Raises NotYours, Refused."""
    _check_officer(actor)
    if parcel.sent_on is None or made_on is None or not parcel.sent_on <= made_on <= civil_date(now):
        raise Refused(
            [Obstacle("date_wrong", "La relance se date entre l’envoi et aujourd’hui.", field="made_on")]
        )
    if not note.strip():
        raise Refused([Obstacle("note_missing", "Dites comment et à qui.", field="note")])
    with transaction.atomic():
        found = _locked(parcel, Parcel.Stage.SENT)
        ParcelReminder.objects.create(parcel=found, made_on=made_on, note=note.strip()[:300], made_by=actor)
        found.next_reminder_on = made_on + timedelta(days=settings.TRANSMISSION_RECEIPT_DAYS)
        found.save()
        _remember(found, "parcel_reminded", actor, now, on=made_on.isoformat())


def sweep(*, now: datetime, today: date) -> int:
    """Tell the senders of parcels without receipt, once per delay; return how many parcels were silent."""
    done = 0
    for batch in batches(Parcel.objects.to_remind(today), by="next_reminder_on"):
        for one in batch:
            done += work([one.pk], partial(_recall, now=now, today=today), what="Parcel")
    return done


def _recall(keys: list[int], *, now: datetime, today: date) -> int:
    found = Parcel.objects.to_remind(today).select_for_update(of=("self",)).filter(pk=keys[0]).first()
    if found is None:
        return 0
    _tell_sender(found, now)
    found.next_reminder_on = today + timedelta(days=settings.TRANSMISSION_RECEIPT_DAYS)
    found.save(update_fields=["next_reminder_on"])
    return 1


def _tell_sender(parcel: Parcel, now: datetime) -> None:
    assert parcel.sent_by is not None
    notify(
        recipients=[parcel.sent_by],
        kind="parcel_silent",
        title=f"{parcel}\u00a0: pas d’accusé de réception",
        body=f"{parcel.recipient_label} n’a pas encore accusé réception\u00a0: relancez-le, ou enregistrez l’accusé.",
        url=reverse("parcel_detail", args=[parcel.pk]),
        action="Voir l’envoi",
        family="reminders",
        event_ref=f"parcel:{parcel.pk}:{parcel.next_reminder_on}",
        now=now,
    )


# --- Reading -------------------------------------------------------------------------------------
def parcels() -> QuerySet[Parcel]:
    """Return the parcels, the latest first, each with `held`: how many dossiers are in it."""
    return (
        Parcel.objects.select_related("made_by", "sent_by", "document", "receipt_proof")
        .annotate(held=Count("items"))
        .order_by("-made_at", "-pk")
    )


def right_to(user: User, document: Document) -> ReadRight:
    """Return whether a person may take a parcel's ZIP or its receipt; a ZIP is remembered in its parcel's chain.

    Final reports of volet 5 describe vulnerabilities: the reading stands in the chain of each such dossier too.
    """
    if user.staff_role not in BPIFRANCE_READERS:
        return ReadRight(allowed=False)
    if document.kind == PROOF_KIND:
        return ReadRight(allowed=Parcel.objects.filter(receipt_proof=document).exists())
    parcel = Parcel.objects.filter(document=document).first()
    if parcel is None:
        return ReadRight(allowed=False)
    sensitive = parcel.items.filter(dossier__volet=5).order_by("dossier").values_list("dossier", flat=True)
    chains = tuple(Dossier(pk=key).chain for key in sensitive)
    return ReadRight(allowed=True, logged_chain=parcel.chain, further_chains=chains)
