"""Kept files in a folder of this machine, or of a volume that all its processes share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage


class PrivateFolder(FileSystemStorage):
    """Files under random names, readable by the portal's account alone."""

    def url(self, name: str | None) -> str:
        """Refuse: a kept file has no address, it goes out through a view that asks who reads it."""
        raise ValueError(f"{name}: a kept file has no address")

    def dated(self) -> Iterator[tuple[str, datetime]]:
        """Give each file with the instant at which it was written."""
        root = Path(self.location)
        for folder in sorted(root.glob("*")):
            for path in sorted(folder.glob("*")):
                try:
                    written = path.stat().st_mtime
                except FileNotFoundError:
                    continue
                yield str(path.relative_to(root)), datetime.fromtimestamp(written, UTC)
