"""Vérifie une archive du portail, hors ligne : chaque fichier, et la chaîne des événements.

    python3 verifier.py                      (dans le dossier décompressé)
    python3 verifier.py archive.zip
    python3 verifier.py archive.zip --empreinte 3f5a…   (celle du manifeste, relevée sur le portail)

Seule la bibliothèque standard de Python 3.9 ou plus récent est nécessaire. Le programme nomme le premier
fichier et le premier événement qui ne sont plus ceux du manifeste ; il se termine par 0 quand tout est
intact, par 1 sinon, par 2 quand l’archive ne peut pas être lue.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

MANIFEST = "manifest.json"
EVENTS = "evenements.json"
PIECE = 1024 * 1024


class Folder:
    """The files of an archive that was unpacked."""

    def __init__(self, root):
        self.root = root

    def names(self):
        """Return the path of each file, with slashes; what Python itself leaves is not counted."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(self.root).as_posix() for path in paths}

    def open(self, name):
        """Open one file for reading."""
        return (self.root / name).open("rb")


class Archive:
    """The files of an archive still packed."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)

    def names(self):
        """Return the path of each file."""
        return {info.filename for info in self.zip.infolist() if not info.is_dir()}

    def open(self, name):
        """Open one file for reading."""
        return self.zip.open(name)


def say(sentence):
    """Write one line, on whatever console this is."""
    sys.stdout.buffer.write((sentence + "\n").encode("utf-8"))


def canonical(value):
    """Write a JSON value in the one form that the portal hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text):
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest_of_file(source, name):
    """Return the SHA-256 of a file, read by pieces."""
    hashed = hashlib.sha256()
    with source.open(name) as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            hashed.update(piece)
    return hashed.hexdigest()


def read_json(source, name):
    """Return a JSON file of the archive."""
    with source.open(name) as file:
        return json.loads(file.read().decode("utf-8"))


def bad_files(source, manifest):
    """Give a sentence for each file that is missing, changed or foreign."""
    listed = {entry["path"]: entry for entry in manifest["files"]}
    present = source.names() - {MANIFEST}
    for path, entry in listed.items():
        if path not in present:
            yield f"{path} : le fichier manque."
        elif digest_of_file(source, path) != entry["sha256"]:
            yield f"{path} : le fichier a été modifié."
    for path in sorted(present - set(listed)):
        yield f"{path} : le fichier n’est pas dans le manifeste."


def hash_of_event(event):
    """Return the hash that an event must carry."""
    content = {
        "actor": event["actor"],
        "at": event["at"],
        "chain": event["chain"],
        "data": event["data"],
        "detail": event["detail_hash"],
        "name": event["name"],
        "previous": event["previous_hash"],
        "sequence": event["sequence"],
    }
    return digest(canonical(content))


def fault_of_event(event, sequence, previous, chain):
    """Return what is wrong with one event, "" where nothing is."""
    if event["sequence"] != sequence or event["chain"] != chain:
        return "un événement manque ou n’est pas à sa place"
    if event["previous_hash"] != previous:
        return "il ne suit pas l’événement précédent"
    if hash_of_event(event) != event["hash"]:
        return "il a été modifié"
    detail = event.get("detail")
    if detail is not None:
        words = {"motive": detail["motive"], "names": detail["names"]}
        if digest(detail["salt"] + canonical(words)) != event["detail_hash"]:
            return "ses noms ou son motif ont été modifiés"
    return ""


def first_bad_event(events, told):
    """Return a sentence on the first event that does not fit, "" where the chain holds; `told` is the manifest's."""
    previous = ""
    for rank, event in enumerate(events, start=1):
        fault = fault_of_event(event, rank, previous, told["chain"])
        if fault:
            return f"événement nº {rank} ({event['name']}) : {fault}."
        previous = event["hash"]
    if len(events) != told["count"] or previous != told["last_hash"]:
        return f"événement nº {len(events) + 1} : la fin de la chaîne manque ou a changé."
    return ""


def problems_of(source, expected):
    """Return what is wrong with an archive, in French; nothing where it is intact."""
    if MANIFEST not in source.names():
        return [f"{MANIFEST} : le manifeste manque."]
    found = []
    say(f"Empreinte du manifeste\u00a0: {digest_of_file(source, MANIFEST)}")
    if expected and digest_of_file(source, MANIFEST) != expected.lower():
        found.append(f"{MANIFEST} : ce n’est pas le manifeste relevé sur le portail.")
    manifest = read_json(source, MANIFEST)
    found += bad_files(source, manifest)
    if manifest.get("events") and EVENTS in source.names():
        found.append(first_bad_event(read_json(source, EVENTS), manifest["events"]))
    return [sentence for sentence in found if sentence]


def main(arguments=None):
    """Verify the archive named, or the folder of this program; return the status to end with."""
    parser = argparse.ArgumentParser(description="Vérifie une archive du portail, hors ligne.")
    parser.add_argument("archive", nargs="?", default=str(Path(__file__).resolve().parent))
    parser.add_argument("--empreinte", default="", help="SHA-256 du manifeste, relevé sur le portail")
    options = parser.parse_args(arguments)
    path = Path(options.archive)
    try:
        problems = problems_of(Folder(path) if path.is_dir() else Archive(path), options.empreinte)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        say(f"L’archive ne peut pas être lue\u00a0: {type(error).__name__} {error}")
        return 2
    for problem in problems:
        say(f"ANOMALIE {problem}")
    say(f"{len(problems)} anomalie(s)." if problems else "Tout est intact.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
