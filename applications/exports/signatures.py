"""Vérifie, avec la seule bibliothèque standard, les sceaux des courriers PDF et les jetons d’horodatage d’une archive.

Le programme verifier.py le lit à côté de lui. Il dit si une signature est bien celle du contenu et du certificat
joint (RSA PKCS#1 v1.5, ECDSA P-256 et P-384), au nom de qui, et l’empreinte de ce certificat : à comparer avec
celle que l’organisme ou l’autorité d’horodatage publie, car rien ici ne dit qui mérite confiance.
"""

import hashlib
import re

HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
# What RFC 8017 puts before the hash in an RSA signature.
PREFIXES = {
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}
RSA_KEY, EC_KEY, RSA_PSS = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.113549.1.1.10"
MESSAGE_DIGEST, COMMON_NAME, ORGANISATION = "1.2.840.113549.1.9.4", "2.5.4.3", "2.5.4.10"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
# Of each curve: the field, a, b, the order and the generator (FIPS 186-4).
CURVES = {
    "1.2.840.10045.3.1.7": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "1.3.132.0.34": (
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
}
RANGES = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


class Unreadable(ValueError):
    """The bytes are no signature of a kind that this program reads."""


class Node:
    """One DER value: its tag, its content, and the whole of it."""

    def __init__(self, data, at=0):
        try:
            length, start = data[at + 1], at + 2
            if length & 0x80:
                start += length & 0x7F
                length = int.from_bytes(data[at + 2 : start], "big")
            self.tag, self.body, self.whole = (
                data[at],
                data[start : start + length],
                data[at : start + length],
            )
        except IndexError as error:
            raise Unreadable("DER") from error
        if len(self.body) != length:
            raise Unreadable("DER")

    @property
    def parts(self):
        """The values inside."""
        found, at = [], 0
        while at < len(self.body):
            found.append(Node(self.body, at))
            at += len(found[-1].whole)
        return found

    @property
    def number(self):
        """The integer that it is."""
        return int.from_bytes(self.body, "big", signed=True)

    @property
    def oid(self):
        """The object identifier that it is, with dots."""
        numbers, value = [], 0
        for byte in self.body:
            value = (value << 7) | (byte & 0x7F)
            if not byte & 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


class Certificate:
    """What is read of an X.509 certificate."""

    def __init__(self, node):
        fields = node.parts[0].parts
        fields = fields[1:] if fields[0].tag == 0xA0 else fields
        self.serial, self.issuer = fields[0].number, fields[2].whole
        self.subject, self.key = fields[4], fields[5].parts
        self.fingerprint = hashlib.sha256(node.whole).hexdigest()

    @property
    def name(self):
        """The name of whom it was issued to."""
        named = {pair.parts[0].oid: pair.parts[1].body for rdn in self.subject.parts for pair in rdn.parts}
        return (named.get(COMMON_NAME) or named.get(ORGANISATION) or b"sans nom").decode("utf-8", "replace")


class Signed:
    """A CMS signature: its content where it holds one, its certificate, and whether it is theirs."""

    def __init__(self, der):
        try:
            self._read(Node(der))
        except (IndexError, KeyError, StopIteration) as error:
            raise Unreadable("CMS") from error

    def _read(self, info):
        fields = info.parts[1].parts[0].parts
        held = fields[2].parts
        self.kind = held[0].oid
        self.content = held[1].parts[0].body if len(held) > 1 else None
        certificates = [Certificate(one) for node in fields[3:] if node.tag == 0xA0 for one in node.parts]
        signer = next(node for node in fields[3:] if node.tag == 0x31).parts[0].parts
        issuer, serial = signer[1].parts[0].whole, signer[1].parts[1].number
        self.certificate = next(
            (one for one in certificates if (one.issuer, one.serial) == (issuer, serial)), certificates[0]
        )
        self.algorithm = HASHES[signer[2].parts[0].oid]
        self.attributes = signer[3]
        self.method, self.signature = signer[4].parts[0].oid, signer[5].body

    def is_of(self, content):
        """Tell whether the signature is that of this content by its certificate; None where it can't be told."""
        digests = [
            one.parts[1].parts[0].body for one in self.attributes.parts if one.parts[0].oid == MESSAGE_DIGEST
        ]
        if digests != [hashlib.new(self.algorithm, content).digest()]:
            return False
        # Signed as a SET, written with a tag of its own (RFC 5652, 5.4).
        hashed = hashlib.new(self.algorithm, b"\x31" + self.attributes.whole[1:]).digest()
        kind, key = self.certificate.key[0].parts, self.certificate.key[1].body[1:]
        if kind[0].oid == RSA_KEY and self.method != RSA_PSS:
            return rsa_holds(Node(key).parts, self.signature, self.algorithm, hashed)
        if kind[0].oid == EC_KEY and kind[1].oid in CURVES:
            return ec_holds(CURVES[kind[1].oid], key, Node(self.signature).parts, hashed)
        return None


def rsa_holds(key, signature, algorithm, hashed):
    """Tell whether an RSA signature (PKCS#1 v1.5) is that of a hash."""
    modulus, exponent = key[0].number, key[1].number
    size = (modulus.bit_length() + 7) // 8
    wanted = bytes.fromhex(PREFIXES[algorithm]) + hashed
    wanted = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    return pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(size, "big") == wanted


def ec_holds(curve, key, signature, hashed):
    """Tell whether an ECDSA signature is that of a hash; the key is an uncompressed point."""
    field, constant, order, x, y = curve
    r, s = signature[0].number, signature[1].number
    half = (len(key) - 1) // 2
    point = int.from_bytes(key[1 : 1 + half], "big"), int.from_bytes(key[1 + half :], "big")
    on_curve = (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - constant) % field == 0
    if key[0] != 4 or not on_curve or not (0 < r < order and 0 < s < order):
        return False
    value = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - order.bit_length())
    inverse = pow(s, -1, order)
    found = added(
        times(value * inverse % order, (x, y), field), times(r * inverse % order, point, field), field
    )
    return found is not None and found[0] % order == r


def added(one, other, field):
    """Return the sum of two points of a curve whose a is -3; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % field == 0:
            return None
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, field) % field
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, field) % field
    x = (slope**2 - one[0] - other[0]) % field
    return x, (slope * (one[0] - x) - one[1]) % field


def times(number, point, field):
    """Return a point added to itself so many times."""
    found = None
    while number:
        if number & 1:
            found = added(found, point, field)
        point, number = added(point, point, field), number >> 1
    return found


def pdf_seal(content):
    """Return the seal of a PDF and whether it holds for the whole file; (None, None) without a seal."""
    ranges = RANGES.findall(content)
    if not ranges:
        return None, None
    first, length, second, rest = map(int, ranges[-1])
    if len(ranges) != 1 or first != 0 or second + rest != len(content) or length > second:
        return None, False
    written = content[length:second].strip().strip(b"<>")
    seal = Signed(bytes.fromhex(written.decode("ascii")))
    return seal, seal.is_of(content[:length] + content[second:])


def token_of(content):
    """Return what a time-stamp token says: (its signature, the SHA-256 stamped, when, whether it holds)."""
    token = Signed(content)
    if token.kind != TST_INFO or token.content is None:
        raise Unreadable("TST")
    fields = Node(token.content).parts
    imprint = fields[2].parts
    stamped = imprint[1].body.hex() if HASHES.get(imprint[0].parts[0].oid) == "sha256" else ""
    return token, stamped, fields[4].body.decode("ascii"), token.is_of(token.content)
