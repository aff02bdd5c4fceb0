"""Which files describe the weaknesses of a device under test: those of volet 5, encrypted where they are kept."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from applications.models import (
    Dossier,
    DossierDocument,
    Export,
    Message,
    MessageAttachment,
    MinutesVersion,
    Parcel,
    ParcelItem,
)
from portal.documents.models import Document

Kind = DossierDocument.Kind
CYBERSECURITY = 5
# Audit and pentest reports are filed as final reports, incidents and meetings as minutes.
ENCRYPTED_KINDS = frozenset({Kind.FINAL_REPORT, Kind.MINUTES})
# What opening leaves in the dossier's journal.
WATCHED_KINDS = frozenset({Kind.FINAL_REPORT})


def is_encrypted(dossier: Dossier, kind: str) -> bool:
    """Tell whether a file of this kind, filed on this dossier, is kept encrypted."""
    return dossier.volet == CYBERSECURITY and kind in ENCRYPTED_KINDS


def is_watched(dossier: Dossier, kind: str) -> bool:
    """Tell whether each opening of a piece of this kind is written in the dossier's journal."""
    return dossier.volet == CYBERSECURITY and kind in WATCHED_KINDS


def is_encrypted_export(export: Export) -> bool:
    """Tell whether an export is the ZIP of a dossier whose reports are kept encrypted."""
    return export.dossier is not None and export.dossier.volet == CYBERSECURITY


def is_encrypted_parcel(parcel: Parcel) -> bool:
    """Tell whether a parcel's ZIP holds a report that is kept encrypted."""
    return parcel.items.filter(dossier__volet=CYBERSECURITY).exists()


def is_encrypted_message(message: Message) -> bool:
    """Tell whether what is joined to a message is kept encrypted: all of an expert's thread."""
    return message.mission_id is not None and message.dossier.volet == CYBERSECURITY


def to_encrypt() -> QuerySet[Document]:
    """Return the documents that must be encrypted: pieces, minutes, what experts write, and the ZIPs that hold them."""
    of_volet = {"dossier__volet": CYBERSECURITY}
    pieces = DossierDocument.objects.filter(kind__in=sorted(ENCRYPTED_KINDS), **of_volet)
    minutes = MinutesVersion.objects.filter(minutes__mission__dossier__volet=CYBERSECURITY)
    joined = MessageAttachment.objects.filter(
        message__dossier__volet=CYBERSECURITY, message__mission__isnull=False
    )
    parcels = Parcel.objects.filter(pk__in=ParcelItem.objects.filter(**of_volet).values("parcel"))
    found = Q()
    for holders in (pieces, minutes, joined, Export.objects.filter(**of_volet), parcels):
        kept = holders.filter(document__isnull=False).order_by()
        found |= Q(pk__in=kept.values("document"))
    return Document.objects.filter(found)
