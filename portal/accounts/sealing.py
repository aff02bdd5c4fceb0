"""Sealing of short texts (links, codes) that wait in the database for their e-mail to leave.

Whoever reads the database without the portal's secret key learns nothing from them.
"""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"portal.accounts.sealing" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(text: str) -> str:
    """Return the text enciphered with the portal's key, as printable characters."""
    return _cipher().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed; raises cryptography.fernet.InvalidToken for anything else."""
    return _cipher().decrypt(sealed.encode()).decode()
