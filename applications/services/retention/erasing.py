"""Erases the content of dossiers: rows, columns, files, names and motives of the journal; sums and ids stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from applications.models import (
    BulkAssignment,
    Device,
    Dossier,
    Mission,
    Parcel,
    ParcelItem,
    Payment,
    PaymentBatch,
    QuoteInvitation,
    QuoteRequest,
)
from applications.services import listing
from applications.services.retention.holdings import EMPTIED, GONE, OF_DOSSIER, OF_REQUEST
from portal.accounts.models import Membership, User
from portal.audit import services as audit
from portal.documents import services as documents
from portal.documents.models import Document
from portal.notifications.models import Notification

CHAIN = "retention"
ERASED, ARCHIVED = "erased", "archived"


def erase(keys: Sequence[int], *, rule: str, now: datetime, today: date) -> None:
    """Erase the content of these filed dossiers, whose rows are locked; ids, codes, dates and amounts stay."""
    told = _told_of(keys, QuoteRequest.objects.filter(dossier__in=keys))
    files = _take_content(keys)
    payments = Payment.objects.filter(mission__dossier__in=keys)
    payments.update(reference=Concat(Value("effacé-"), Cast("pk", CharField())))
    for model, path, emptied in EMPTIED:
        if emptied:
            model.objects.filter(**{f"{path}__in": keys}).update(**emptied)
    devices = list(Dossier.objects.filter(pk__in=keys, device__isnull=False).values_list("device", flat=True))
    Dossier.objects.filter(pk__in=keys).update(
        archived_on=Coalesce("archived_on", Value(today)), erased_on=today, **OF_DOSSIER
    )
    Device.objects.filter(pk__in=devices, dossiers__isnull=True).delete()
    _forget_shared(keys, now=now)
    listing.refresh(keys, today=today)
    _end(told, files, now=now)
    record(ERASED, rule=rule, now=now, data={"dossiers": list(keys)})


def remove(keys: Sequence[int], *, rule: str, now: datetime) -> None:
    """Remove requests that were never filed, whose rows are locked: nothing but their journal's ids stays."""
    told = _told_of(keys, QuoteRequest.objects.filter(dossier__in=keys))
    files = _take_content(keys)
    Dossier.objects.filter(pk__in=keys).delete()
    _end(told, files, now=now)
    record(ERASED, rule=rule, now=now, data={"drafts": list(keys)})


def remove_requests(keys: Sequence[int], *, rule: str, now: datetime) -> None:
    """Remove requests for quotes that are in no dossier, with what firms answered."""
    told = _told_of([], QuoteRequest.objects.filter(pk__in=keys))
    files: set[UUID] = set()
    for model, path in OF_REQUEST:
        files |= _removed(model, Q(**{f"{path}__in": keys}))
    _end(told, files, now=now)
    record(ERASED, rule=rule, now=now, data={"quote_requests": list(keys)})


def record(name: str, *, rule: str, now: datetime, data: dict[str, Any]) -> None:
    """Keep in the journal what the sweep did, with ids and codes only."""
    audit.append(chain=CHAIN, name=name, at=now, actor=None, data={"rule": rule, **data})


def _take_content(keys: Sequence[int]) -> set[UUID]:
    """Remove the rows that hold the content; return the documents they referred to."""
    files: set[UUID] = set()
    for model, path in GONE:
        files |= _removed(model, Q(**{f"{path}__in": keys}))
    return files


def _removed(model: type[Any], which: Q) -> set[UUID]:
    """Remove rows and return the documents they referred to."""
    rows = model.objects.filter(which).order_by()
    links = [one.name for one in fields_of(model) if one.related_model is Document]
    files = {key for found in rows.values_list(*links) for key in found if key} if links else set()
    rows.delete()
    return files


def fields_of(model: type[Any]) -> list[Any]:
    """Return the columns of a model."""
    return list(model._meta.concrete_fields)  # noqa: SLF001 the name Django gives it


# --- What several dossiers share -----------------------------------------------------------------
def _forget_shared(keys: Sequence[int], *, now: datetime) -> None:
    """Remove the batches, parcels and grouped assignments of which no dossier is kept any more."""
    touched = ParcelItem.objects.filter(dossier__in=keys).order_by()
    numbers = set(touched.values_list("parcel", flat=True))
    kept = ParcelItem.objects.filter(parcel__in=numbers, dossier__erased_on__isnull=True).order_by()
    numbers -= set(kept.values_list("parcel", flat=True))
    batches = PaymentBatch.objects.filter(orders__isnull=True, status__in=["done", "cancelled"])
    emptied = list(batches.order_by().values_list("pk", flat=True))
    audit.erase_details([*(f"parcel:{pk}" for pk in numbers), *(f"batch:{pk}" for pk in emptied)], now=now)
    files = _removed(Parcel, Q(pk__in=numbers)) | _removed(PaymentBatch, Q(pk__in=emptied))
    ended = [BulkAssignment.Stage.DONE, BulkAssignment.Stage.FAILED, BulkAssignment.Stage.CANCELLED]
    BulkAssignment.objects.filter(items__isnull=True, stage__in=ended).delete()
    documents.discard_unused(files)


# --- What people were told -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Told:
    """Subjects of notices, and the keys of the people who may have had them: their inboxes are read by an index."""

    subjects: list[str]
    people: set[int]

    @property
    def chains(self) -> list[str]:
        """Return the subjects that are chains of the journal."""
        return [one for one in self.subjects if not one.startswith("offer:")]

    def forget(self) -> None:
        """Remove the notices."""
        Notification.objects.filter(recipient__in=self.people, subject__in=self.subjects).delete()


def _told_of(keys: Sequence[int], requests: QuerySet[QuoteRequest]) -> Told:
    """Return what was told of dossiers and of requests for quotes, before their rows go."""
    invited = QuoteInvitation.objects.filter(request__in=requests).order_by()
    organisations = {
        *Dossier.objects.filter(pk__in=keys).values_list("company__organisation", flat=True),
        *Mission.objects.filter(dossier__in=keys).values_list("firm__organisation", flat=True),
        *invited.values_list("firm__organisation", flat=True),
        *requests.values_list("company__organisation", flat=True),
    }
    members = Membership.objects.filter(organisation__in=organisations)
    return Told(
        subjects=[
            *(f"dossier:{pk}" for pk in keys),
            *(f"quote_request:{pk}" for pk in requests.order_by().values_list("pk", flat=True)),
            *(f"offer:{token.hex}" for token in invited.values_list("token", flat=True)),
        ],
        people={
            *members.values_list("user", flat=True),
            *User.objects.exclude(staff_role="").values_list("pk", flat=True),
        },
    )


def _end(told: Told, files: set[UUID], *, now: datetime) -> None:
    """Forget what was told, and the names in the journals concerned; remove the files nobody refers to."""
    told.forget()
    audit.erase_details(told.chains, now=now)
    documents.discard_unused(files)
