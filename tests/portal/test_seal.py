"""The seal: laid in the organisation's name, broken by any change, and never taken for more than it is."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from portal import clock
from portal.pdf import pdf_of
from portal.seal import SealError, SealState, seal_in_force, sealed, verified
from tests.portal.certificates import usage

HTML = '<!doctype html><html lang="fr"><head><title>Lettre</title></head><body><h1>Lettre</h1></body></html>'


@pytest.fixture(scope="module")
def plain() -> bytes:
    return pdf_of(HTML)


@pytest.fixture
def letter(plain: bytes) -> bytes:
    done = sealed(plain, at=clock.now())
    assert done is not None
    return done[0]


def _issued(subject: str, issuer: str, keys: Any, days: int, *held: str) -> x509.Certificate:
    """Return a certificate that began a thousand days ago; `keys`: its own, and its issuer's."""
    start = datetime.now(UTC) - timedelta(days=1000)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(keys[0].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca="key_cert_sign" in held, path_length=None), critical=True)
        .add_extension(usage(*held), critical=True)
        .sign(keys[1], hashes.SHA256())
    )


def certificate(folder: Path, *, days: int = 3650) -> Path:
    """Write a certificate of an organisation with that of its authority, as it would be bought."""
    own, authority = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _issued("Autorité", "Autorité", (authority, authority), 9000, "key_cert_sign", "crl_sign")
    leaf = _issued("Organisme de financement", "Autorité", (own, authority), days, "content_commitment")
    path, lock = folder / "sceau.p12", serialization.BestAvailableEncryption(b"secret")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", own, leaf, [root], lock))
    (folder / "autorite.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def organisation(tmp_path: Path, settings: Any) -> Path:
    settings.SEAL_CERTIFICATE = str(certificate(tmp_path))
    settings.SEAL_PASSPHRASE = "secret"
    return tmp_path


def test_the_test_certificate_says_that_it_is_one(letter: bytes) -> None:
    seal = seal_in_force()
    assert seal is not None
    assert seal.is_test
    verdict = verified(letter, at=clock.now())
    assert verdict.state is SealState.INTACT
    assert verdict.is_test
    assert "TEST" in verdict.name


def test_a_certificate_of_the_organisation_seals_in_its_name(organisation: Path, plain: bytes) -> None:
    done = sealed(plain, at=clock.now())
    assert done is not None
    verdict = verified(done[0], at=clock.now())
    assert (verdict.state, verdict.name, verdict.is_test) == (
        SealState.INTACT,
        "Organisme de financement",
        False,
    )


@pytest.mark.parametrize("place", [0.05, 0.2, 0.4])
def test_a_changed_byte_breaks_the_seal(letter: bytes, place: float) -> None:
    changed = bytearray(letter)
    changed[int(len(letter) * place)] ^= 0x01
    assert verified(bytes(changed), at=clock.now()).state is SealState.BROKEN


def test_a_page_added_afterwards_breaks_the_seal(letter: bytes) -> None:
    """The signature itself stays `valid`: only the bottom line sees what was appended."""
    writer = pypdf.PdfWriter(io.BytesIO(letter), incremental=True)
    writer.add_blank_page()
    grown = io.BytesIO()
    writer.write(grown)
    assert grown.getvalue().startswith(letter)
    assert verified(grown.getvalue(), at=clock.now()).state is SealState.BROKEN


def test_a_title_changed_afterwards_breaks_the_seal(letter: bytes) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(letter), incremental=True)
    writer.add_metadata({"/Title": "Autre chose"})
    grown = io.BytesIO()
    writer.write(grown)
    assert verified(grown.getvalue(), at=clock.now()).state is SealState.BROKEN


def test_what_is_no_sealed_pdf_is_told_apart(plain: bytes, letter: bytes) -> None:
    assert verified(plain, at=clock.now()).state is SealState.ABSENT
    assert verified(b"%PDF-1.7\n%%EOF\n", at=clock.now()).state is SealState.BROKEN
    assert verified(letter[: len(letter) // 2], at=clock.now()).state is SealState.BROKEN


def test_the_seal_of_somebody_else_is_not_ours(
    tmp_path: Path, settings: Any, plain: bytes, letter: bytes
) -> None:
    settings.SEAL_CERTIFICATE = str(certificate(tmp_path))
    settings.SEAL_PASSPHRASE = "secret"
    assert verified(letter, at=clock.now()).state is SealState.BROKEN


def test_an_earlier_certificate_that_is_kept_is_still_trusted(
    organisation: Path, settings: Any, plain: bytes
) -> None:
    done = sealed(plain, at=clock.now())
    assert done is not None
    settings.SEAL_CERTIFICATE = settings.SEAL_PASSPHRASE = ""
    assert verified(done[0], at=clock.now()).state is SealState.BROKEN
    settings.SEAL_TRUST = str(organisation)
    assert verified(done[0], at=clock.now()).state is SealState.INTACT


def test_a_letter_outlives_its_certificate(tmp_path: Path, settings: Any, plain: bytes) -> None:
    """Judged at the instant when the portal laid the seal; a certificate that ended seals nothing any more."""
    settings.SEAL_CERTIFICATE = str(certificate(tmp_path, days=730))
    settings.SEAL_PASSPHRASE = "secret"
    then, now = clock.now() - timedelta(days=500), clock.now()
    done = sealed(plain, at=then)
    assert done is not None
    assert verified(done[0], at=then).state is SealState.INTACT
    assert verified(done[0], at=now).state is SealState.BROKEN
    with pytest.raises(SealError, match="not valid"):
        sealed(plain, at=now)


def test_production_without_a_certificate_seals_nothing(settings: Any, plain: bytes) -> None:
    settings.PRODUCTION = True
    assert seal_in_force() is None
    assert sealed(plain, at=clock.now()) is None


def test_a_wrong_passphrase_or_path_says_which_file(organisation: Path, settings: Any) -> None:
    settings.SEAL_PASSPHRASE = "faux"
    with pytest.raises(SealError, match=r"sceau\.p12"):
        seal_in_force()
    settings.SEAL_CERTIFICATE = str(organisation / "absent.p12")
    with pytest.raises(SealError, match=r"absent\.p12"):
        seal_in_force()


def test_the_sealed_file_keeps_what_makes_it_archivable_and_accessible(letter: bytes) -> None:
    root: Any = pypdf.PdfReader(io.BytesIO(letter)).trailer["/Root"]
    told = root["/Metadata"].get_data()
    assert b'pdfaid:part="3"' in told
    assert b'pdfuaid:part="1"' in told
    widget = root["/AcroForm"]["/Fields"][0].get_object()
    # Printable for PDF/A, out of the page for PDF/UA.
    assert widget["/F"] & 4
    assert all(float(side) < 0 for side in widget["/Rect"])
