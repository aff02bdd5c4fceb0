"""A file written once: whole under its name or not there, and the same for all who come at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environ
import pytest

from diagdm.files import file_keys
from portal.once import write_once

STARTS = 16


def test_the_first_content_stays_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "kept"
    assert write_once(path, b"first", mode=0o440)
    assert not write_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o440
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_can_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_once(tmp_path / "kept", b"content")
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_together_encrypt_under_one_key(tmp_path: Path) -> None:
    """A key that only its maker ever held would lose what it encrypted."""
    for number in range(20):
        together = threading.Barrier(STARTS)

        def start(path: Path, together: threading.Barrier = together) -> list[str]:
            together.wait(10)
            return file_keys(environ.Env(), production=False, made_in=path)

        with ThreadPoolExecutor(STARTS) as pool:
            found = list(pool.map(start, [tmp_path / f"keys{number}"] * STARTS))
        assert len({one[0] for one in found}) == 1
