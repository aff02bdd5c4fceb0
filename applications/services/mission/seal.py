"""What a version of minutes says, as the bytes whose hash is kept in the journal and whose file is in the archive."""

from __future__ import annotations

import hashlib
import json

from applications.models import MinutesVersion


def sealed_bytes(version: MinutesVersion) -> bytes:
    """Return the version's content in one written form: the same words give the same bytes.

    The file joined counts by its own SHA-256. Who wrote and who approved are the journal's.
    """
    told = {
        "kind": version.kind,
        "met_on": version.met_on.isoformat() if version.met_on else None,
        "present": version.present,
        "decided": version.decided,
        "next_steps": version.next_steps,
        "next_meeting_on": version.next_meeting_on.isoformat() if version.next_meeting_on else None,
        "document": version.document.sha256 if version.document is not None else None,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal_of(version: MinutesVersion) -> str:
    """Return the SHA-256 of what the version says."""
    return hashlib.sha256(sealed_bytes(version)).hexdigest()
