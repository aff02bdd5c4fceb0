"""A ZIP written to disk by pieces, which remembers the SHA-256 of each of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from portal.documents.checks.names import clean_name
from portal.documents.models import Document

PIECE = 1024 * 1024
# These are compressed already.
DENSE = frozenset({"pdf", "docx", "xlsx", "pptx", "png", "jpg", "zip"})
VERIFIER = Path(__file__).with_name("verifier.py")
SIGNATURES = Path(__file__).with_name("signatures.py")
MANIFEST = "manifest.json"
# ZIP knows no time before 1980; the true dates stand in the manifest.
NO_TIME = (1980, 1, 1, 0, 0, 0)


class ChangedFileError(Exception):
    """A kept file is no longer the one that was deposited."""


@dataclass(slots=True)
class Pack:
    """A ZIP being written into an open file; `files` becomes the manifest's list."""

    file: IO[bytes]
    step: Callable[[], None]
    files: list[dict[str, Any]] = field(default_factory=list)
    archive: ZipFile = field(init=False)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Open the ZIP."""
        self.archive = ZipFile(self.file, "w", ZIP_DEFLATED)

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        """End the ZIP, even one that is given up."""
        self.archive.close()

    def add_document(self, folder: str, document: Document, **told: Any) -> None:
        """Copy a kept file under its own name, by pieces; raises ChangedFileError, OSError."""
        path = self._free(folder, clean_name(document.original_name))
        hashed, size = hashlib.sha256(), 0
        stored = ZIP_STORED if document.extension in DENSE else ZIP_DEFLATED
        with document.file.open("rb") as source, self._opened(path, stored) as target:
            while piece := source.read(PIECE):
                hashed.update(piece)
                size += len(piece)
                target.write(piece)
        if hashed.hexdigest() != document.sha256:
            raise ChangedFileError(path)
        self._remember(path, hashed.hexdigest(), size, told)

    def add_text(self, path: str, text: str, **told: Any) -> None:
        """Write a text."""
        self.add_bytes(path, text.encode(), **told)

    def add_json(self, path: str, value: Any, **told: Any) -> None:
        """Write a value as JSON, as people read it."""
        self.add_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n", **told)

    def add_bytes(self, path: str, content: bytes, **told: Any) -> None:
        """Write a small file that is in memory."""
        with self._opened(path, ZIP_DEFLATED) as target:
            target.write(content)
        self._remember(path, hashlib.sha256(content).hexdigest(), len(content), told)

    def close(self, **manifest: Any) -> str:
        """Write the manifest, end the ZIP and return the manifest's SHA-256."""
        text = json.dumps({**manifest, "files": self.files}, ensure_ascii=False, indent=1) + "\n"
        with self._opened(MANIFEST, ZIP_DEFLATED) as target:
            target.write(text.encode())
        self.archive.close()
        return hashlib.sha256(text.encode()).hexdigest()

    def _opened(self, path: str, stored: int) -> IO[bytes]:
        info = ZipInfo(path, NO_TIME)
        info.compress_type, info.external_attr = stored, 0o644 << 16
        return self.archive.open(info, "w", force_zip64=True)

    def _remember(self, path: str, sha256: str, size: int, told: dict[str, Any]) -> None:
        self.files.append({"path": path, "sha256": sha256, "size": size, **told})
        self.step()

    def _free(self, folder: str, name: str) -> str:
        """Return a path that no other file of the ZIP has, whatever the capitals."""
        stem, dot, ending = name.rpartition(".")
        path, rank = f"{folder}/{name}", 1
        while path.lower() in self.taken:
            rank += 1
            path = f"{folder}/{stem or ending} ({rank}){dot}{ending if dot else ''}"
        self.taken.add(path.lower())
        return path
