"""The organisation's seal on the PDFs that the portal makes: laid by the worker, verified for whoever receives them."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path

from asn1crypto import x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from portal.once import write_once

logger = logging.getLogger(__name__)

FIELD = "Sceau"
REASON = "Sceau de l’organisme"
# What a test certificate is called, so that nobody takes its seal for one of value.
TEST_NAME = "CERTIFICAT DE TEST sans valeur"
TEST_FILE = "seal-test.p12"
TEST_FROM, TEST_UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
# A seal certificate carries one or both of these; a certificate made for something else seals nothing.
USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)


class SealError(RuntimeError):
    """The certificate can't be used; the message says which file and why."""


class SealState(Enum):
    """What a verification found."""

    INTACT = "intact"
    BROKEN = "broken"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Seal:
    """The certificate that seals: whose it is, by whom and until when it was issued."""

    signer: signers.SimpleSigner
    name: str
    issuer: str
    valid_from: datetime
    valid_until: datetime

    @property
    def is_test(self) -> bool:
        """Tell whether the certificate was made by the portal itself, to show how it works."""
        return self.name.startswith(TEST_NAME)

    def is_valid(self, at: datetime) -> bool:
        """Tell whether the certificate may seal at that instant."""
        return self.valid_from <= at <= self.valid_until


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found, and in whose name the seal was laid where there is one."""

    state: SealState
    name: str = ""
    is_test: bool = False


class _AsMade(IncrementalPdfFileWriter):
    """Adds the seal and leaves the metadata as made; rewritten, their description of PDF/UA loses its form."""

    def _update_meta(self) -> None:
        """Change nothing."""


def seal_in_force() -> Seal | None:
    """Return the certificate that seals; None in production where none is set. Raises SealError.

    Elsewhere a test certificate is made once and kept beside the private files.
    """
    path = settings.SEAL_CERTIFICATE
    if path:
        return _loaded(Path(path), settings.SEAL_PASSPHRASE)
    return None if settings.PRODUCTION else _loaded(_test_certificate(), "")


def _loaded(path: Path, passphrase: str) -> Seal:
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise SealError(f"{path}: the seal's certificate can't be read ({error.strerror})") from error
    return _load(path, passphrase, changed)


@lru_cache(maxsize=4)
def _load(path: Path, passphrase: str, _changed: int) -> Seal:
    """Read a PKCS#12 file, again once it changed."""
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(
            path.read_bytes(), other_certs=[], passphrase=passphrase.encode() or None
        )
    except (OSError, ValueError) as error:
        raise SealError(f"{path}: not a PKCS#12 file that this passphrase opens") from error
    certificate = signer.signing_cert
    if certificate is None:
        raise SealError(f"{path}: holds no certificate")
    return Seal(
        signer=signer,
        name=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
    )


def _name(of: x509.Name) -> str:
    named = of.native
    return str(named.get("common_name") or named.get("organization_name") or "sans nom")


def sealed(pdf: bytes, *, at: datetime) -> tuple[bytes, Seal] | None:
    """Return the PDF with its seal, and the seal; None where no certificate is set. Raises SealError.

    The seal is invisible, and certifies that nothing may change: the file stays PDF/A and PDF/UA.
    """
    seal = seal_in_force()
    if seal is None:
        return None
    if not seal.is_valid(at):
        raise SealError(f"the seal's certificate « {seal.name} » is not valid on {at:%Y-%m-%d}")
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=REASON,
        name=seal.name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    # Out of the page: PDF/UA wants a widget tagged or outside, PDF/A wants it printable.
    spec = fields.SigFieldSpec(FIELD, invis_sig_settings=fields.InvisSigSettings(box_out_of_bounds=True))
    signer = signers.PdfSigner(meta, seal.signer, new_field_spec=spec)
    written = signer.sign_pdf(_AsMade(io.BytesIO(pdf)), output=io.BytesIO())
    return written.getvalue(), seal


def verified(pdf: bytes, *, at: datetime) -> Verdict:
    """Return what the seal of a PDF is worth; `at` is when the portal laid it, by its own register.

    Judged by pyHanko's `bottom_line`, with the certificate in force and those of SEAL_TRUST as only roots.
    """
    try:
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not found:
            return Verdict(SealState.ABSENT)
        status = validate_pdf_signature(
            found[0], signer_validation_context=_trust(at), key_usage_settings=USAGE
        )
    except Exception as error:  # noqa: BLE001 a file tampered with breaks its reader anywhere
        logger.warning("a seal can't be read: %s", type(error).__name__)
        return Verdict(SealState.BROKEN)
    whole = len(found) == 1 and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    name = _name(status.signing_cert.subject)
    state = SealState.INTACT if status.bottom_line and whole else SealState.BROKEN
    return Verdict(state, name, name.startswith(TEST_NAME))


def _trust(at: datetime) -> ValidationContext:
    """Return the roots trusted: those of the certificate in force, and those kept from earlier ones."""
    roots, others = [], []
    seal = seal_in_force()
    if seal is not None:
        chain = [*seal.signer.cert_registry, seal.signer.signing_cert]
        anchors = [one for one in chain if one.self_issued]
        # A certificate whose issuer is not beside it is trusted for itself.
        roots += anchors or [seal.signer.signing_cert]
        others += chain
    if settings.SEAL_TRUST:
        kept = sorted(Path(settings.SEAL_TRUST).glob("*.pem"))
        roots += load_certs_from_pemder([str(path) for path in kept])
    return ValidationContext(trust_roots=roots, other_certs=others, moment=at, allow_fetching=False)


# --- The certificate of the demonstration -----------------------------------------------------------
def _test_certificate() -> Path:
    """Return the test certificate's file, made when there is none; two processes at once keep one."""
    path = settings.VAR_DIR / TEST_FILE
    if not path.exists():
        write_once(path, _made())
    return path


def _made() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = pyca.Name(
        [
            pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR"),
            pyca.NameAttribute(pyca.NameOID.ORGANIZATION_NAME, "Portail Diagnostic DM (démonstration)"),
            pyca.NameAttribute(pyca.NameOID.COMMON_NAME, f"{TEST_NAME} – Diagnostic DM"),
        ]
    )
    usage = pyca.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        pyca.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(pyca.random_serial_number())
        .not_valid_before(TEST_FROM)
        .not_valid_after(TEST_UNTIL)
        .add_extension(pyca.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"diagdm", key, certificate, None, serialization.NoEncryption()
    )
