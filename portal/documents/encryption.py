"""Encrypts the most sensitive files: AES-256-GCM by pieces, under keys that rotate, each file under a key of its own.

A file is a header (format, key's name, salt), then pieces of 64 KiB of clear text, each with its proof. The header, the
piece's rank, whether it is the last, and whose file it is are proven with each piece: a file that is cut, mixed with
another or put in another's place is refused, never read as something else.
"""

import base64
import binascii
import hashlib
import io
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from portal.documents.faults import FileDamaged, KeyMissing

# Eight bytes that say the format and its version.
FORMAT = b"DIAGDMK1"
KEY_BYTES, NAME_BYTES, SALT_BYTES = 32, 8, 16
HEADER_BYTES = len(FORMAT) + NAME_BYTES + SALT_BYTES
PIECE, PROOF = 64 * 1024, 16


class BadKeys(ValueError):
    """The portal's list of keys can't be used; the message says which one and why, never the key."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key and its name: sixteen hexadecimal digits of its hash, which a file's header carries."""

    name: str
    secret: bytes


def keyring(written: tuple[str, ...] | None = None) -> dict[str, Key]:
    """Return the keys by name, that which encrypts first; settings.FILE_KEYS unless others are given.

    Raises BadKeys for one that is not 32 bytes in base 64.
    """
    return _keyring(tuple(settings.FILE_KEYS) if written is None else written)


@lru_cache(maxsize=8)
def _keyring(written: tuple[str, ...]) -> dict[str, Key]:
    keys = [_key(one, rank) for rank, one in enumerate(written, start=1)]
    return {key.name: key for key in keys}


def _key(written: str, rank: int) -> Key:
    try:
        secret = base64.b64decode(written.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise BadKeys(f"file key {rank} is not 32 bytes written in base 64 (openssl rand -base64 32)")
    return Key(hashlib.sha256(b"diagdm file key\0" + secret).digest()[:NAME_BYTES].hex(), secret)


def current() -> Key:
    """Return the key that encrypts now, the first; raises KeyMissing without any, BadKeys."""
    for key in keyring().values():
        return key
    raise KeyMissing("no file key is set: DIAGDM_FILE_KEYS is empty")


def _cipher(key: Key, salt: bytes) -> AESGCM:
    """Return the cipher of one file: its own key, so that the ranks of its pieces may serve as nonces."""
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=b"diagdm file 1").derive(key.secret)
    return AESGCM(derived)


def _nonce(rank: int, *, last: bool) -> bytes:
    return rank.to_bytes(11, "big") + bytes([last])


class _Pieces(io.RawIOBase):
    """Reads a file by pieces, each made into another; what it is made of is read ahead by one piece."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        super().__init__()
        self._source, self._size = source, size
        self._ready, self._rank = b"", 0
        self._next: bytes | None = None

    def readable(self) -> bool:
        """Tell that it is read, from its start to its end."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        while not self._ready and self._next != b"":
            self._ready = self._advance()
        given = self._ready[: len(buffer)]
        buffer[: len(given)] = given
        self._ready = self._ready[len(given) :]
        return len(given)

    def _advance(self) -> bytes:
        piece = self._piece() if self._next is None else self._next
        self._next = self._piece()
        made = self._made(piece, _nonce(self._rank, last=not self._next))
        self._rank += 1
        return made

    def _piece(self) -> bytes:
        """Return a whole piece, or what is left: a source may give less than it is asked."""
        parts, missing = [], self._size
        while missing and (part := self._source.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _made(self, piece: bytes, nonce: bytes) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        """Close the file that is read."""
        if not self.closed:
            self._source.close()
        super().close()


class Encrypting(_Pieces):
    """Reads a clear file as it is to be kept: the header, then its pieces encrypted."""

    def __init__(self, source: IO[bytes], *, key: Key, whose: str) -> None:
        super().__init__(source, PIECE)
        salt = secrets.token_bytes(SALT_BYTES)
        self._ready = FORMAT + bytes.fromhex(key.name) + salt
        self._proven = self._ready + whose.encode()
        self._cipher = _cipher(key, salt)

    def _made(self, piece: bytes, nonce: bytes) -> bytes:
        return self._cipher.encrypt(nonce, piece, self._proven)


class Decrypting(_Pieces):
    """Reads a kept file in clear; raises KeyMissing at once, FileDamaged at the piece that is not what was written."""

    def __init__(self, source: IO[bytes], *, key_name: str, whose: str) -> None:
        super().__init__(source, PIECE + PROOF)
        self._whose = whose
        key = keyring().get(key_name)
        if key is None:
            raise KeyMissing(f"the file key {key_name} of {whose} is not set")
        self._cipher = self._opened(key)
        # What is wrong with the beginning is said before anything is sent.
        self._ready = self._advance()

    def _opened(self, key: Key) -> AESGCM:
        header = b""
        while len(header) < HEADER_BYTES and (part := self._source.read(HEADER_BYTES - len(header))):
            header += part
        expected = FORMAT + bytes.fromhex(key.name)
        if len(header) != HEADER_BYTES or not header.startswith(expected):
            raise FileDamaged(f"{self._whose}: its file does not begin as one under the key {key.name}")
        self._proven = header + self._whose.encode()
        return _cipher(key, header[len(expected) :])

    def _made(self, piece: bytes, nonce: bytes) -> bytes:
        try:
            return self._cipher.decrypt(nonce, piece, self._proven)
        except (InvalidTag, ValueError) as error:
            raise FileDamaged(f"{self._whose}: piece {self._rank} is not what was written") from error
