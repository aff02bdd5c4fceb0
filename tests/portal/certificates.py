"""What the certificates of the tests may be used for."""

from cryptography import x509

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def usage(*held: str) -> x509.KeyUsage:
    """Return the usages named, and none of the others."""
    return x509.KeyUsage(**{name: name in held for name in USAGES})
