"""Makes the ZIP of a parcel for a ministry: the final reports, a manifest of their hashes, what verifies them."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import TemporaryFile
from typing import Any

from applications.exports.long_jobs import Progress, failures_told
from applications.exports.packing import VERIFIER, Pack
from applications.models import Dossier, Parcel
from applications.services import transmissions
from portal import clock
from portal.clock import PARIS

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
    with failures_told(
        f"parcel {parcel.pk} (outbox {outbox_id})",
        lambda sentence: transmissions.failed(parcel, sentence, now=clock.now()),
    ):
        _pack(parcel, dossiers, Progress(renew))


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
