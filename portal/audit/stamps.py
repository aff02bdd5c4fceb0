"""Time stamps by an RFC 3161 service: asked for a digest, verified on receipt, verified again by whoever reads them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from asn1crypto import algos, cms, parser, tsp
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

ANSWERS_WITHIN = 10.0
LARGEST_ANSWER = 64 * 1024
GRANTED = frozenset({"granted", "granted_with_mods"})


class StampError(Exception):
    """No stamp, or one that is not of this digest; the message says in French what is wrong."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an authority saw a digest, and its name; `trusted`: a root of settings.TSA_TRUST vouches for it."""

    at: datetime
    authority: str
    trusted: bool


class _NoRedirect(HTTPRedirectHandler):
    """A time-stamping service answers itself, or not at all."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def asked(digest: str) -> bytes:
    """Return the token (DER) that the service of settings.TSA_URL gives for a SHA-256, verified. Raises StampError."""
    nonce = secrets.randbits(63)
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": bytes.fromhex(digest),
        }
    )
    query = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": nonce})
    token = _granted(_posted(query.dump()), nonce)
    checked(token, digest)
    return token


def _posted(query: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    request = Request(settings.TSA_URL, data=query, headers=headers)  # noqa: S310 the address is a setting
    try:
        with build_opener(_NoRedirect).open(request, timeout=ANSWERS_WITHIN) as answer:
            content: bytes = answer.read(LARGEST_ANSWER + 1)
    except (URLError, OSError, ValueError) as error:
        raise StampError(f"le service d’horodatage ne répond pas ({type(error).__name__})") from error
    if len(content) > LARGEST_ANSWER:
        raise StampError("la réponse du service d’horodatage est trop longue")
    return content


def _granted(answer: bytes, nonce: int) -> bytes:
    """Return the token of an answer to the question that bore this nonce."""
    try:
        # A refusal holds no token, and would not be read as a whole answer.
        status = tsp.PKIStatusInfo.load(parser.parse(answer, strict=True)[4])["status"].native
        if status not in GRANTED:
            raise StampError(f"le service d’horodatage a refusé ({status})")
        token: cms.ContentInfo = tsp.TimeStampResp.load(answer, strict=True)["time_stamp_token"]
        received = _told(token)["nonce"].native
    except (ValueError, TypeError, KeyError) as error:
        raise StampError("la réponse du service d’horodatage ne peut pas être lue") from error
    if received != nonce:
        raise StampError("le service d’horodatage a répondu à une autre question, le nonce diffère")
    der: bytes = token.dump()
    return der


def _told(token: cms.ContentInfo) -> tsp.TSTInfo:
    """Return what a token says."""
    info = token["content"]["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise TypeError("the token holds no time stamp")
    return info


def checked(token: bytes, digest: str) -> Stamp:
    """Return what a token says of a SHA-256; raises StampError where it is not its stamp or its signature is wrong."""
    try:
        info = cms.ContentInfo.load(token, strict=True)
        told = _told(info)
        at: datetime = told["gen_time"].native
        imprint = told["message_imprint"]
        same = imprint["hash_algorithm"]["algorithm"].native == "sha256"
        same = same and imprint["hashed_message"].native == bytes.fromhex(digest)
        found = asyncio.run(
            validate_tst_signed_data(info["content"], _trust(at), lambda _: bytes.fromhex(digest))
        )
    except Exception as error:
        raise StampError(f"le jeton ne peut pas être lu ({type(error).__name__})") from error
    if not same:
        raise StampError("le jeton horodate autre chose")
    if not (found["intact"] and found["valid"]):
        raise StampError("la signature du jeton est fausse")
    certificate = found["signing_cert"].subject.native
    name = certificate.get("common_name") or certificate.get("organization_name") or "sans nom"
    return Stamp(at, str(name), trusted=found.get("validation_path") is not None)


def _trust(at: datetime) -> ValidationContext:
    """Return the roots trusted, as they were valid when the stamp was laid."""
    paths = sorted(Path(settings.TSA_TRUST).glob("*.pem")) if settings.TSA_TRUST else []
    roots = list(load_certs_from_pemder([str(path) for path in paths]))
    return ValidationContext(trust_roots=roots, moment=at, allow_fetching=False)
