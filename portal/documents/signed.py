"""Says who signed a PDF and whether it was changed since: the job of a process of its own (`alone.py`).

`signatures` answers one JSON object {pages, signatures: [{name, issuer, at, state, trusted}]}, oldest first; `at` is
the instant the signer says, ISO or "". State: "intact"; "changed" where the file was altered after the signature;
"broken" where the signature is not that of the file. Nothing is fetched, so that no authority is known here:
`trusted` is true for a certificate of the roots given only.
"""

import io
import json
import logging
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

MOST_SIGNATURES = 10
# A person signs with a certificate made for that, or for signing in general.
USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)


def signatures(content: bytes, _stop: float) -> bytes:
    """Return the pages and the signatures of a PDF."""
    logging.disable(logging.CRITICAL)
    reader = PdfFileReader(io.BytesIO(content))
    found = list(reader.embedded_regular_signatures)[:MOST_SIGNATURES]
    told = [_told(one, last=one is found[-1]) for one in found]
    return json.dumps({"pages": int(reader.root["/Pages"]["/Count"]), "signatures": told}).encode()


def _told(signature: Any, *, last: bool) -> dict[str, Any]:
    certificate = signature.signer_cert
    told = {
        "name": _name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "at": signature.self_reported_timestamp.isoformat() if signature.self_reported_timestamp else "",
        "state": "broken",
        "trusted": False,
    }
    context = ValidationContext(trust_roots=[], allow_fetching=False)
    try:
        status = validate_pdf_signature(
            signature, signer_validation_context=context, key_usage_settings=USAGE
        )
    except Exception:  # noqa: BLE001 a file tampered with breaks its reader anywhere
        return told
    if status.intact and status.valid:
        told["state"] = "intact" if _unchanged(status, last=last) else "changed"
    return {**told, "trusted": bool(status.trusted)}


def _unchanged(status: Any, *, last: bool) -> bool:
    """Tell whether nothing came after a signature, but the next signatures and what proves them in time."""
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    level = status.modification_level
    return level is not None and level <= allowed and status.docmdp_ok is not False


def _name(of: Any) -> str:
    named = of.native
    return str(named.get("common_name") or named.get("organization_name") or "sans nom")


JOBS = {"signatures": signatures}
