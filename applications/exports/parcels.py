"""Makes the ZIP of a parcel for a ministry: the final reports, a manifest of their hashes, what verifies them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import Any

from applications.exports.jobs import CHANGED, FAILED, TOO_LONG, Progress, TooLongError
from applications.exports.packing import VERIFIER, ChangedFileError, Pack
from applications.models import Dossier, Parcel
from applications.services import transmissions
from portal import clock
from portal.clock import PARIS
from portal.notifications.outbox import LeaseLostError

logger = logging.getLogger(__name__)

README = """{parcel}, pour\u00a0: {recipient}

Rapports finaux du Diagnostic Dispositif Médical, un dossier par demande.
manifest.json donne l’empreinte SHA-256 de chaque fichier\u00a0; python3 verifier.py les vérifie hors ligne.
"""


def make(payload: dict[str, Any], *, outbox_id: int, renew: Callable[[], None]) -> None:
    """Outbox handler "make_parcel": make the ZIP, or say in French why it can't be made."""
    found = transmissions.to_make(payload["parcel"])
    if found is None:
        return
    parcel, dossiers = found
    try:
        _pack(parcel, dossiers, Progress(renew))
    except LeaseLostError:
        raise
    except TooLongError:
        transmissions.failed(parcel, TOO_LONG, now=clock.now())
    except ChangedFileError as error:
        logger.exception("parcel %s: a kept file has changed", parcel.pk)
        transmissions.failed(parcel, CHANGED.format(path=error), now=clock.now())
    except Exception:
        logger.exception("parcel %s failed (outbox %s)", parcel.pk, outbox_id)
        transmissions.failed(parcel, FAILED, now=clock.now())


def _pack(parcel: Parcel, dossiers: list[Dossier], progress: Progress) -> None:
    reports = transmissions.reports_of(dossiers)
    with TemporaryFile() as file, Pack(file, step=lambda: progress(len(dossiers))) as pack:
        pack.add_text("LISEZMOI.txt", README.format(parcel=parcel, recipient=parcel.recipient_label))
        pack.add_bytes("verifier.py", VERIFIER.read_bytes())
        for dossier in dossiers:
            for piece in reports.get(dossier.pk, []):
                assert piece.document is not None
                pack.add_document(str(dossier), piece.document, **_told(dossier))
        manifest = pack.close(
            format=1,
            parcel=parcel.pk,
            recipient={"code": parcel.recipient, "label": parcel.recipient_label},
            made_at=parcel.made_at.astimezone(PARIS).isoformat(timespec="seconds"),
            dossiers=[_told(dossier) for dossier in dossiers],
        )
        transmissions.made(parcel, file=file, name=f"{parcel}.zip", manifest=manifest, now=clock.now())


def _told(dossier: Dossier) -> dict[str, Any]:
    return {
        "dossier": dossier.number,
        "company": dossier.company.name,
        "volet": dossier.volet,
        "edition": dossier.edition,
        "device": dossier.device.name if dossier.device else "",
    }
