"""Plants a canary word in every text of a dossier, documents included, and looks for it everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, models, transaction

from applications import models as m
from applications.services import listing
from applications.services.retention.holdings import EMPTIED, GONE, OF_DOSSIER
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import Organisation, User
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey

WORD = "CANARIJAUNE"
TEXTS = (models.CharField, models.TextField)


# What several dossiers share, and the way to one of them.
SHARED_AT: tuple[tuple[type[Any], str], ...] = (
    (m.PaymentBatch, "orders__mission__dossier"),
    (m.Parcel, "items__dossier"),
    (m.ParcelReminder, "parcel__items__dossier"),
    (m.BulkAssignment, "items__dossier"),
)


def fill(journey: Journey) -> None:
    """Give the dossier at least one row of each kind that holds content."""
    _parcel(journey)
    for model, path in GONE:
        if not model.objects.filter(**{path: journey.dossier}).exists():
            _make(model, journey)


def _parcel(journey: Journey) -> None:
    parcel = m.Parcel.objects.create(
        recipient="sante", recipient_label="Santé", stage="dropped", made_by=journey.officer, made_at=journey.now,
        document=f.DocumentFactory(organisation=None), receipt_proof=f.DocumentFactory(organisation=None),
    )  # fmt: skip
    m.ParcelItem.objects.create(parcel=parcel, dossier=journey.dossier, recipient="sante", is_dropped=True)
    m.ParcelReminder.objects.create(parcel=parcel, made_on=journey.today, note=WORD, made_by=journey.officer)


def _make(model: type[Any], journey: Journey) -> Any:
    """Return a row of a model, its parents made on the way."""
    own = _own(model, journey)
    values = {
        field.name: _value(field, journey)
        for field in model._meta.concrete_fields
        if field.name not in own
        and not (field.primary_key or field.null or field.has_default() or _may_be_blank(field))
    }
    return model.objects.create(**values, **own)


def _may_be_blank(field: models.Field[Any, Any]) -> bool:
    return field.blank and isinstance(field, TEXTS)


def _value(field: Any, journey: Journey) -> Any:
    if field.is_relation:
        return _parent(field.related_model, journey)
    if field.choices:
        return field.choices[0][0]
    for kind, value in (
        (models.EmailField, f"{WORD.lower()}@exemple.test"),
        (models.UUIDField, uuid.uuid4()),
        (TEXTS, f"{WORD}{uuid.uuid4().hex}"[: getattr(field, "max_length", None) or 60]),
        (models.JSONField, [WORD]),
        (models.DateTimeField, journey.now),
        (models.DateField, journey.today),
        (models.DecimalField, Decimal(1)),
        (models.BooleanField, False),
    ):
        if isinstance(field, kind):
            return value
    return 1


def _parent(model: type[Any], journey: Journey) -> Any:
    known: dict[type[Any], Any] = {
        m.Dossier: journey.dossier,
        m.Company: journey.dossier.company,
        User: journey.owner,
        ExpertFirm: journey.dossier.firm,
    }
    if model in known:
        return known[model]
    if model is m.Mission:
        return m.Mission.objects.filter(dossier=journey.dossier).first()
    if model is Document:
        return f.DocumentFactory(organisation=journey.dossier.company.organisation)
    paths = dict(GONE)
    found = model.objects.filter(**{paths[model]: journey.dossier}).first() if model in paths else None
    return found or _make(model, journey)


def _own(model: type[Any], journey: Journey) -> dict[str, Any]:
    """What a constraint asks of some models."""
    filed = [field.name for field in model._meta.concrete_fields if field.related_model is Document]
    files = {name: f.DocumentFactory(organisation=journey.dossier.company.organisation) for name in filed}
    own: dict[Any, dict[str, Any]] = {
        m.QuoteRequest: {"dossier": journey.dossier},
        m.Export: {"listing": "archive", "dossier": journey.dossier, "document": None},
        m.PendingApproval: {"status": "void"},
        m.RehearsalLine: {"kind": "unreadable"},
        m.Hold: {"lifted_at": journey.now},
        m.PaymentOrder: {"status": "retired"},
        m.PaymentBatch: {"status": "cancelled"},
        m.BulkAssignment: {"stage": "done"},
        m.Assistance: {
            "closed_at": journey.now,
            "end": "submitted",
            "contact_email": f"{WORD.lower()}@x.test",
        },
        m.Amendment: {"status": "dropped"},
        m.ClosureReading: {"kind": "report", "addressee": ""},
        m.Invoice: {"ht": 1, "vat": 0, "ttc": 1, "vat_rate": 0},
    }
    if model is m.Rehearsal:
        return {"edition": _edition(journey), "digest": "0" * 64}
    return files | own.get(model, {})


def _edition(journey: Journey) -> Any:
    from tariffs.models import EditionText

    return EditionText.objects.create(
        code="essai", label="Essai", file_name="essai.toml", text="", digest="0" * 64,
        in_force_from=journey.today + timedelta(days=900), loaded_by=journey.manager, loaded_at=journey.now,
    )  # fmt: skip


def plant(journey: Journey) -> int:
    """Write the word into every text of the dossier's rows and files; return how many columns took it."""
    planted = sum(
        _soak(model.objects.filter(**{path: journey.dossier})) for model, path in (*SHARED_AT, *GONE)
    )
    for model, path, emptied in EMPTIED:
        planted += _soak(model.objects.filter(**{path: journey.dossier}), only=set(emptied))
    dossier = m.Dossier.objects.filter(pk=journey.dossier.pk)
    planted += _soak(dossier, only=set(OF_DOSSIER) - {"device"})
    planted += _soak(m.Payment.objects.filter(mission__dossier=journey.dossier), only={"reference"})
    planted += _soak(m.Device.objects.filter(dossiers=journey.dossier))
    soak_files(journey)
    subject = journey.dossier.chain
    for person in (journey.owner, journey.officer, journey.expert):
        Notification.objects.create(
            recipient=person, kind="test", title=WORD, body=WORD, subject=subject, subject_label=WORD,
            event_ref=f"{subject}:{WORD}", created_at=journey.now,
        )  # fmt: skip
    listing.refresh([journey.dossier.pk], today=journey.today)
    return planted


def _soak(rows: models.QuerySet[Any], *, only: set[str] | None = None) -> int:
    """Write the word into each text column that takes it, one after the other."""
    done = 0
    for field in rows.model._meta.concrete_fields:
        if field.primary_key or field.choices or (only is not None and field.name not in only):
            continue
        if isinstance(field, models.JSONField):
            value: Any = {"texte": WORD}
        elif isinstance(field, TEXTS) and not isinstance(field, models.FileField) and not field.unique:
            value = WORD[: field.max_length] if field.max_length else WORD
        else:
            continue
        with suppress(DatabaseError), transaction.atomic():
            done += bool(rows.update(**{field.name: value}))
    return done


def soak_files(journey: Journey) -> None:
    """Write the word into every file that there is, and into their names."""
    for document in Document.objects.all():
        default_storage.delete(document.file.name)
        document.file.name = default_storage.save(document.file.name, ContentFile(WORD.encode()))
        document.original_name = f"{WORD}.pdf"
        document.save()


def found(*, besides: tuple[tuple[type[Any], Any], ...] = ()) -> Iterator[str]:
    """Give every place where the word still is: a column of any model, the index of words, a file."""
    spared = {(model._meta.label, pk) for model, pk in besides}
    for model in apps.get_models(include_auto_created=True):
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, (*TEXTS, models.JSONField))
        ]
        for row in model.objects.values("pk", *names) if names else ():
            where = [name for name in names if WORD.lower() in str(row[name]).lower()]
            if where and (model._meta.label, row["pk"]) not in spared:
                yield f"{model._meta.label} {row['pk']}: {where}"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM applications_listing_words('{WORD.lower()}')")
            if cursor.fetchone()[0]:
                yield "applications_listing_words"


def files_with_word(folder: Path) -> list[str]:
    """Return the names of the files below a folder that hold the word."""
    if not folder.exists():
        return []
    return [str(path) for path in folder.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]


def deliver(journey: Journey) -> None:
    """Tell people what there is to tell, as workers do; letters' files wait, their duties hold ids alone."""
    now = journey.now + timedelta(days=2)
    while due := list(
        Outbox.objects.workable(now)
        .filter(kind__in=["announce", "notify", "email"], attempts=0)
        .values_list("pk", flat=True)
    ):
        for pk in due:
            outbox.work(pk, now)


def nobody(user: User) -> None:
    """Give a person a name that holds the word, before anything happens."""
    user.full_name, user.email = f"{WORD} Ada", f"{WORD.lower()}{user.pk}@exemple.test"
    user.save()


def name_company(company: m.Company) -> None:
    """Give a company a name and an address that hold the word."""
    m.Company.objects.filter(pk=company.pk).update(
        name=f"{WORD} SAS",
        address=WORD,
        city=WORD,
        directory_record={"name": WORD},
        directory_read_at=clock.now(),
    )
    Organisation.objects.filter(pk=company.organisation_id).update(name=f"{WORD} SAS")
    company.refresh_from_db()
