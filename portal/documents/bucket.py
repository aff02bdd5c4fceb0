"""Kept files in a bucket that speaks S3: private, read by a stream, without any address of their own.

Everything that goes wrong with the service is a FileUnavailable, an OSError as that of a disk.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name
from urllib3.exceptions import HTTPError

from portal.documents.faults import FileUnavailable

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 15, 2
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


@contextmanager
def _answering(name: str) -> Iterator[None]:
    """Turn what the service refuses, or does not say, into an OSError."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ABSENT:
            raise FileNotFoundError(name) from error
        raise FileUnavailable(f"the bucket refuses {name!r}: {error}") from error
    except (BotoCoreError, Boto3Error, HTTPClientError, HTTPError) as error:
        raise FileUnavailable(f"the bucket does not answer for {name!r}: {error}") from error


class _Stream(io.RawIOBase):
    """The body of an answer, read as it comes."""

    def __init__(self, body: Any, name: str) -> None:
        super().__init__()
        self._body, self._name = body, name

    def readable(self) -> bool:
        """Tell that it is read, from its start to its end."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end, which is checked to be that of the file."""
        with _answering(self._name):
            part = self._body.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()
        super().close()


class PrivateBucket(S3Storage):
    """Files under random names in a bucket of the organisation's."""

    def __init__(self, **options: Any) -> None:
        """Open nothing yet; the checksums that not every S3 service knows are sent only where they are required."""
        options["client_config"] = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": options.pop("addressing_style", "auto")},
        )
        options["transfer_config"] = TransferConfig(use_threads=False)
        super().__init__(**options)

    def url(self, name: str | None, *_: Any, **__: Any) -> str:
        """Refuse: a kept file has no address, it goes out through a view that asks who reads it."""
        raise ValueError(f"{name}: a kept file has no address")

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Read a file as it comes; raises FileNotFoundError, FileUnavailable."""
        if mode != "rb":
            raise ValueError(f"{name}: a kept file is only read")
        with _answering(name):
            answer = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name))
        return File(io.BufferedReader(_Stream(answer["Body"], name)), name)

    def _save(self, name: str, content: Any) -> str:
        with _answering(name):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no fault."""
        with _answering(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Tell whether a file is kept."""
        with _answering(name):
            return bool(super().exists(name))

    def dated(self) -> Iterator[tuple[str, datetime]]:
        """Give each file with the instant at which it was written: a thousand at each question."""
        start = len(f"{self.location}/") if self.location else 0
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=f"{self.location}/" if self.location else ""
        )
        with _answering("the list"):
            for page in pages:
                for one in page.get("Contents", ()):
                    yield one["Key"][start:], one["LastModified"]

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _key(self, name: str) -> str:
        return str(self._normalize_name(clean_name(name)))
