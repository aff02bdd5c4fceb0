"""Where kept files lie, and the keys that encrypt or sign, read from the environment."""

import base64
import re
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from portal.once import write_once


def private_files(env: environ.Env, folder: Path) -> dict[str, Any]:
    """Return the storage of private files: a folder, or with DIAGDM_STORAGE=s3 a bucket."""
    where = env.str("DIAGDM_STORAGE", "folder")
    if where == "s3":
        return {"BACKEND": "portal.documents.bucket.PrivateBucket", "OPTIONS": _bucket(env)}
    if where != "folder":
        raise ImproperlyConfigured(f"DIAGDM_STORAGE is {where!r}; it must be folder or s3.")
    return {
        "BACKEND": "portal.documents.folder.PrivateFolder",
        "OPTIONS": {
            "location": str(folder),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


def _bucket(env: environ.Env) -> dict[str, Any]:
    """Return the bucket's options; without keys, those of the machine's own role are looked for."""
    bucket = env.str("DIAGDM_S3_BUCKET", "")
    endpoint = env.str("DIAGDM_S3_ENDPOINT", "")
    access, secret = env.str("DIAGDM_S3_ACCESS_KEY", ""), env.str("DIAGDM_S3_SECRET_KEY", "")
    if not bucket:
        raise ImproperlyConfigured("DIAGDM_S3_BUCKET must name the bucket when DIAGDM_STORAGE is s3.")
    if endpoint and not endpoint.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise ImproperlyConfigured(
            "DIAGDM_S3_ENDPOINT must begin with https:// (http:// on this machine only)."
        )
    if bool(access) != bool(secret):
        raise ImproperlyConfigured("DIAGDM_S3_ACCESS_KEY and DIAGDM_S3_SECRET_KEY go together.")
    return {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": env.str("DIAGDM_S3_REGION", "") or None,
        "access_key": access or None,
        "secret_key": secret or None,
        "location": env.str("DIAGDM_S3_PREFIX", ""),
        "addressing_style": env.str("DIAGDM_S3_ADDRESSING", "auto"),
        # A bucket whose owner disabled access lists refuses any: the variable is then empty.
        "default_acl": env.str("DIAGDM_S3_ACL", "private") or None,
    }


def file_keys(env: environ.Env, *, production: bool, made_in: Path) -> list[str]:
    """Return the keys as written, that which encrypts first; outside production one is made where none is set."""
    written = env.str("DIAGDM_FILE_KEYS", "")
    if not written and not production:
        written = _made(made_in, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    keys = [one for one in re.split(r"[\s,]+", written) if one]
    if not keys:
        raise ImproperlyConfigured(
            "DIAGDM_FILE_KEYS must hold a key in production (openssl rand -base64 32): reports are encrypted."
        )
    for rank, key in enumerate(keys, start=1):
        if not re.fullmatch(r"[A-Za-z0-9+/_-]{43}=", key):
            raise ImproperlyConfigured(
                f"DIAGDM_FILE_KEYS: key {rank} is not 32 bytes in base 64 (openssl rand -base64 32)."
            )
    return keys


def secret_key(env: environ.Env, *, production: bool, made_in: Path) -> str:
    """Return the key that signs sessions and links; outside production one is made where none is set."""
    written = env.str("DIAGDM_SECRET_KEY", "")
    return written if written or production else _made(made_in, secrets.token_urlsafe(64)).strip()


def _made(path: Path, content: str) -> str:
    """Return this machine's own key, made once beside its files; processes that start together keep one."""
    if not path.exists():
        write_once(path, content.encode())
    return path.read_text()
