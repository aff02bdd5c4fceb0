"""Vérifie une archive du portail, hors ligne : chaque fichier, la chaîne des événements et ce qu’elle scelle.

    python3 verifier.py                      (dans le dossier décompressé)
    python3 verifier.py archive.zip
    python3 verifier.py archive.zip --empreinte 3f5a…   (celle du manifeste, relevée sur le portail)

Seule la bibliothèque standard de Python 3.9 ou plus récent est nécessaire. Le programme nomme chaque fichier
qui n’est plus celui du manifeste, le premier événement qui ne suit plus sa chaîne, puis ce qui n’est plus ce
que les événements ont scellé : instantanés, pièces, comptes rendus, courriers, édition ; enfin il compare la fin
de la chaîne au relevé quotidien et à son jeton d’horodatage. Les sceaux et les jetons sont lus par signatures.py,
à côté de lui. Il se termine par 0 quand tout est intact, par 1 sinon, par 2 quand l’archive ne peut pas être lue.
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import zipfile
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"
EVENTS = "evenements.json"
SIGNATURES = Path(__file__).with_name("signatures.py")
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


# --- What the events sealed ------------------------------------------------------------------------
def told_by(events, what):
    """Give (event, what it told) for each thing of a kind that the acts left in their events."""
    for event in events:
        for told in event["data"].get("kept", {}).get("told", []):
            if told["what"] == what:
                yield event, told


def seal_of_snapshot(snapshot):
    """Return the SHA-256 that the event of a snapshot keeps."""
    names = ("moment", "edition", "edition_sha256", "case", "evaluation")
    return digest(canonical({name: snapshot[name] for name in names}))


def bad_snapshots(source, files, events):
    """Give a sentence for each snapshot that is not the one sealed, or that judged under another text."""
    entries = [entry for entry in files if entry.get("kind") == "snapshot"]
    read = {entry["path"]: read_json(source, entry["path"]) for entry in entries}
    seals = {path: seal_of_snapshot(snapshot) for path, snapshot in read.items()}
    sealed = list(told_by(events, "snapshot"))
    for event, told in sealed:
        if told["sha256"] not in seals.values():
            named = [entry["path"] for entry in entries if entry.get("snapshot") == told["id"]]
            what = named[0] if named else f"instantané nº {told['id']}"
            yield f"{what} : ce n’est pas l’instantané que l’événement nº {event['sequence']} a scellé."
    since = [datetime.fromisoformat(one["at"]) for one in events if "kept" in one["data"]]
    known = {told["id"] for _, told in sealed}
    for entry in entries:
        path, snapshot = entry["path"], read[entry["path"]]
        late = since and datetime.fromisoformat(snapshot["taken_at"]) >= min(since)
        if late and entry.get("snapshot") not in known:
            yield f"{path} : aucun événement n’a scellé cet instantané."
    yield from bad_editions(files, read)


def bad_editions(files, snapshots):
    """Give a sentence where the edition's text is not the one under which a snapshot judged."""
    for entry in files:
        judged = [
            path
            for path, snapshot in snapshots.items()
            if entry["path"] == f"edition/{snapshot['edition']}.toml"
            and entry["sha256"] != snapshot["edition_sha256"]
        ]
        if judged:
            yield f"{entry['path']} : ce n’est pas le texte sous lequel {judged[0]} a été jugé."


def bad_pieces(files, events):
    """Give a sentence for each file that is not, or no longer, the one that an event sealed."""
    for event, told in told_by(events, "pieces"):
        for piece, sha256 in told["sha256"].items():
            named = [entry for entry in files if str(entry.get("piece")) == piece]
            if all(entry["sha256"] != sha256 for entry in named or files):
                what = named[0]["path"] if named else f"pièce nº {piece}"
                yield f"{what} : ce n’est pas le fichier que l’événement nº {event['sequence']} a scellé."


def bad_minutes(files, events):
    """Give a sentence for each set of minutes that no event approved."""
    approved = {one["data"].get("sha256") for one in events if one["name"] == "minutes_approved"}
    for entry in files:
        if entry.get("kind") == "minutes" and entry["sha256"] not in approved:
            yield f"{entry['path']} : aucun événement n’a approuvé ce compte rendu."


def bad_letters(source, files, events, signatures):
    """Give a sentence for each letter that no event ordered, or whose seal is not that of its file."""
    ordered = {f"{one['chain']}:{one['sequence']}": one["data"].get("kept") for one in events}
    for entry in files:
        reference = entry.get("event")
        if not reference:
            continue
        kept = ordered.get(reference)
        if reference not in ordered or (kept is not None and entry["kind"] not in kept.get("letters", [])):
            yield f"{entry['path']} : aucun événement n’a ordonné ce courrier."
        elif entry.get("sealed") and signatures is not None:
            yield seal_fault(source, entry["path"], signatures)


def seal_fault(source, path, signatures):
    """Return what is wrong with the seal of a letter, "" where it holds."""
    with source.open(path) as file:
        content = file.read()
    try:
        seal, holds = signatures.pdf_seal(content)
    except (ValueError, IndexError, KeyError):
        seal, holds = None, False
    if holds is None and seal is not None:
        say(f"{path} : sceau d’une sorte que ce programme ne sait pas vérifier.")
        return ""
    if not holds:
        return f"{path} : le sceau n’est pas celui de ce fichier."
    say(f"{path} : scellé au nom de « {seal.certificate.name} », certificat {seal.certificate.fingerprint}.")
    return ""


# --- The daily record that proves the end of the chain -----------------------------------------------
def bad_head(source, manifest, events, signatures):
    """Give a sentence where the daily record is not whole, or did not see these events."""
    path = manifest.get("head")
    if not path:
        say("Aucun relevé quotidien ne couvre encore cette chaîne.")
        return
    head, chain = read_json(source, path), manifest["events"]["chain"]
    computed = {"day": head["day"], "hashes": head["hashes"], "previous": head["previous_digest"]}
    if digest(canonical(computed)) != head["digest"]:
        yield f"{path} : le relevé quotidien a été modifié."
        return
    first, seen = head["hashes"].get(chain, [1, []])
    for rank, sha256 in enumerate(seen, start=first):
        if rank > len(events) or events[rank - 1]["hash"] != sha256:
            yield f"événement nº {rank} : ce n’est pas celui que le relevé du {head['day']} a vu."
            return
    say(f"Le relevé du {head['day']} a vu la chaîne jusqu’à l’événement nº {first + len(seen) - 1}.")
    yield token_fault(source, path.replace(".json", ".tst"), head["digest"], signatures)


def token_fault(source, path, stamped, signatures):
    """Return what is wrong with the time stamp of a record, "" where it holds or there is none."""
    if path not in source.names():
        say("Ce relevé est local : aucun service d’horodatage n’en prouve la date.")
        return ""
    if signatures is None:
        return ""
    with source.open(path) as file:
        content = file.read()
    try:
        token, digest_stamped, when, holds = signatures.token_of(content)
    except (ValueError, IndexError, KeyError):
        return f"{path} : le jeton d’horodatage ne peut pas être lu."
    if digest_stamped != stamped or holds is False:
        return f"{path} : le jeton d’horodatage n’est pas celui de ce relevé."
    if holds is None:
        say(f"{path} : jeton d’une sorte que ce programme ne sait pas vérifier.")
        return ""
    say(f"Horodaté le {when} par « {token.certificate.name} », certificat {token.certificate.fingerprint}.")
    return ""


def signatures_beside():
    """Return the program that reads seals and time stamps, None where it is not beside this one."""
    if not SIGNATURES.exists():
        say("signatures.py manque : les sceaux et les jetons d’horodatage ne sont pas vérifiés.")
        return None
    # Nothing is added to the archive that is verified.
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("signatures", SIGNATURES)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bad_contents(source, manifest, events):
    """Give a sentence for each thing that is not what the events, the record or a signature say."""
    present = source.names()
    files = [entry for entry in manifest["files"] if entry["path"] in present]
    signatures = signatures_beside()
    yield from bad_snapshots(source, files, events)
    yield from bad_pieces(files, events)
    yield from bad_minutes(files, events)
    yield from bad_letters(source, files, events, signatures)
    yield from bad_head(source, manifest, events, signatures)


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
        events = read_json(source, EVENTS)
        found.append(first_bad_event(events, manifest["events"]))
        # Read by its words: what is not whole was named above.
        if not any(found):
            found += bad_contents(source, manifest, events)
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
