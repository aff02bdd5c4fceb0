"""A backup as it lies in its folder: a manifest under its digest, members, and files named by their content.

FOLDER/files/ab/abcd…        every file once, however many backups hold it
FOLDER/20261121T020000Z/     one backup: manifest.json, manifest.sha256, database, rows.gz, files.gz, heads.gz,
                             editions/
"""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
ROWS, FILES, HEADS, EDITIONS = "rows.gz", "files.gz", "heads.gz", "editions"
# What the lists name, as a fault says it.
LISTS = {FILES: "fichier", HEADS: "relevé"}
FORMAT = 2
PIECE = 1024 * 1024


class BackupRefused(Exception):
    """No backup is there, or it can't be read; the sentence says which and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of the portal: its name where it lies, the digest and the size in bytes of its content."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: where it lies, and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def root(self) -> Path:
        """The folder that holds every backup and their files."""
        return self.folder.parent

    def files(self) -> Iterator[Kept]:
        """Give the files of the storage that the backup holds."""
        return self.listed(FILES)

    def heads(self) -> Iterator[Kept]:
        """Give the journal's daily records, and their time stamps, that the backup holds."""
        return self.listed(HEADS)

    def listed(self, name: str) -> Iterator[Kept]:
        """Give what one of the LISTS names."""
        for line in lines_of(self.folder / name):
            kept, sha256, size = line.split("\t")
            yield Kept(kept, sha256, int(size))

    def rows(self, table: str) -> dict[str, str]:
        """Return {key: digest} of the rows of a table."""
        found = (line.split("\t") for line in lines_of(self.folder / ROWS))
        return {key: digest for name, key, digest in found if name == table}


def lines_of(path: Path) -> Iterator[str]:
    """Give the lines of a compressed text."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as text:
        for line in text:
            yield line.rstrip("\n")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a compressed text, the same bytes for the same lines."""
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed:
        for line in lines:
            packed.write(f"{line}\n".encode())


def blob(root: Path, sha256: str) -> Path:
    """Return where the file of this content lies."""
    return root / "files" / sha256[:2] / sha256


def digest_of(file: IO[bytes], into: IO[bytes] | None = None) -> tuple[str, int]:
    """Return the SHA-256 and the size of what is read, copied on the way where `into` is given."""
    hashed, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        hashed.update(piece)
        size += len(piece)
        if into is not None:
            into.write(piece)
    return hashed.hexdigest(), size


def digest_of_path(path: Path) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file."""
    with path.open("rb") as file:
        return digest_of(file)


def digests_under(folder: Path) -> dict[str, str]:
    """Return {name: SHA-256} of the files that lie in a folder itself."""
    return {path.name: digest_of_path(path)[0] for path in sorted(folder.glob("*")) if path.is_file()}


def seal(folder: Path, manifest: dict[str, Any]) -> str:
    """Write the manifest, with the digest of every other member, and its own digest beside it; return that."""
    members = (path for path in sorted(folder.rglob("*")) if path.is_file())
    manifest["members"] = {path.relative_to(folder).as_posix(): digest_of_path(path)[0] for path in members}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / SEAL).write_text(f"{digest}\n", encoding="utf-8")
    return digest


def latest(root: Path) -> Backup | None:
    """Return the last whole backup of a folder, None where there is none."""
    names = sorted(path.parent for path in root.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    return read(names[-1]) if names else None


def find(folder: Path) -> Backup:
    """Return the backup that lies in this folder, or the last one below it. Raises BackupRefused."""
    found = read(folder) if (folder / MANIFEST).is_file() else latest(folder)
    if found is None:
        raise BackupRefused(
            f"Aucune sauvegarde entière dans {folder}\u00a0: donnez le dossier passé à la commande backup."
        )
    return found


def read(folder: Path) -> Backup:
    """Return one backup; raises BackupRefused where its manifest is not one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{folder.name}/{MANIFEST} ne se lit pas\u00a0: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupRefused(f"{folder.name}/{MANIFEST} n’est pas d’un format connu de ce portail.")
    return Backup(folder, manifest)


def faults_of(backup: Backup) -> Iterator[str]:
    """Give what is not as it was made: the manifest, a member, a file; each named."""
    try:
        sealed = (backup.folder / SEAL).read_text(encoding="utf-8").strip()
    except OSError:
        sealed = ""
    if digest_of_path(backup.folder / MANIFEST)[0] != sealed:
        yield f"{MANIFEST}\u00a0: son empreinte n’est pas celle de {SEAL}."
    damaged = set()
    for name, digest in backup.manifest["members"].items():
        path = backup.folder / name
        if not path.is_file():
            damaged.add(name)
            yield f"{name}\u00a0: il manque."
        elif digest_of_path(path)[0] != digest:
            damaged.add(name)
            yield f"{name}\u00a0: son contenu a changé."
    for name in LISTS:
        if name not in damaged:
            yield from _faults_of_files(backup, name)


def _faults_of_files(backup: Backup, name: str) -> Iterator[str]:
    for kept in backup.listed(name):
        path, told = blob(backup.root, kept.sha256), f"{LISTS[name]} {kept.name}"
        if not path.is_file():
            yield f"{told}\u00a0: il manque dans la sauvegarde ({kept.sha256})."
        elif digest_of_path(path) != (kept.sha256, kept.size):
            yield f"{told}\u00a0: son contenu a changé dans la sauvegarde ({kept.sha256})."


def forget(folder: Path) -> None:
    """Remove an unfinished backup."""
    shutil.rmtree(folder, ignore_errors=True)
