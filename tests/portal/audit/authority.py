"""A time-stamping authority of the tests: real tokens over HTTP on this machine, and the ways in which one may fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as plain
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from tests.portal.certificates import usage

NAME = "Autorité d’horodatage des tests"


@lru_cache(maxsize=2)
def issued(name: str = NAME) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """Return a self-signed certificate made for time stamps, and its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=3650)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=7300))
        .add_extension(usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def pem(name: str = NAME) -> bytes:
    """Return the certificate as a root to trust."""
    return issued(name)[0].public_bytes(serialization.Encoding.PEM)


def stamper(name: str = NAME) -> DummyTimeStamper:
    """Return what makes the tokens."""
    certificate, key = issued(name)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DummyTimeStamper(
        tsa_cert=plain.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        tsa_key=keys.PrivateKeyInfo.load(der),
    )


class Authority:
    """What answers; `fault` makes it answer badly: "refuses", "nonce", "imprint", "noise", "fails"."""

    def __init__(self) -> None:
        """Begin without a fault."""
        self.fault, self.asked, self.url = "", 0, ""

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer to a question."""
        self.asked += 1
        if self.fault == "fails":
            return 503, b""
        if self.fault == "noise":
            return 200, b"not a token"
        if self.fault == "refuses":
            status = tsp.PKIStatusInfo({"status": "rejection"}).dump()
            return 200, bytes([0x30, len(status)]) + status
        query = tsp.TimeStampReq.load(body)
        if self.fault == "nonce":
            query["nonce"] = 7
        if self.fault == "imprint":
            query["message_imprint"]["hashed_message"] = b"\x07" * 32
        return 200, bytes(stamper().request_tsa_response(query).dump())


@contextmanager
def listening() -> Iterator[Authority]:
    """Run an authority on this machine."""
    authority = Authority()

    class Handler(BaseHTTPRequestHandler):
        """Answers one question."""

        def do_POST(self) -> None:
            """Give the token, or what the fault says."""
            status, body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
