"""The archive is verified without the portal: what the events sealed, the seals, the daily record and its time stamp.

Each tampering rewrites the manifest too, so that only the check meant for it can tell; with that check off it
passes unseen (its twin).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from applications.exports import archive, signatures, verifier
from portal import clock
from portal.audit import heads, services, stamps
from portal.notifications import outbox
from tests.applications.exports.test_archive import verified
from tests.applications.journeys import Journey
from tests.portal.audit.authority import NAME, Authority, listening

pytestmark = pytest.mark.django_db
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def authority(settings: Any) -> Iterator[Authority]:
    settings.TSA_TRUST = ""
    with listening() as found:
        settings.TSA_URL = found.url
        yield found


def unpack(journey: Journey, place: Path) -> Path:
    """Write the archive of a journey's dossier and unpack it."""
    file = BytesIO()
    archive.write(file, journey.dossier, now=clock.now(), step=lambda _done: None)
    ZipFile(file).extractall(place)
    return place


def record() -> None:
    """Keep today's record out of the database, and have it stamped."""
    services.record_heads(day=clock.today())
    heads.keep_new(now=clock.now())
    outbox.drain(clock.now() + timedelta(minutes=5))


# --- Changes ---------------------------------------------------------------------------------------
def rewrite(path: Path, name: str, content: bytes) -> None:
    """Change a file, and its hash in the manifest."""
    (path / name).parent.mkdir(exist_ok=True)
    (path / name).write_bytes(content)
    manifest = json.loads((path / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["path"] == name:
            entry["sha256"] = hashlib.sha256(content).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest))


def entry(path: Path, kind: str) -> Json:
    """Return the manifest's first line of a kind."""
    manifest = json.loads((path / "manifest.json").read_text())
    return next(one for one in manifest["files"] if one.get("kind") == kind)


def change_json(path: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change what a JSON file says."""
    told = json.loads((path / name).read_text())
    change(told)
    rewrite(path, name, json.dumps(told).encode())


def change_piece(path: Path) -> None:
    """Put another final report in its place."""
    rewrite(path, entry(path, "final_report")["path"], b"%PDF-1.4 un autre rapport")


def change_letter(path: Path) -> None:
    """Change one byte of a sealed letter."""
    name = entry(path, "approval")["path"]
    content = (path / name).read_bytes()
    rewrite(path, name, content[:200] + bytes([content[200] ^ 1]) + content[201:])


def add(path: Path, name: str, **told: Any) -> None:
    """Add a file, with its line in the manifest."""
    (path / name).parent.mkdir(exist_ok=True)
    (path / name).write_bytes(b"faux")
    manifest = json.loads((path / "manifest.json").read_text())
    line = {"path": name, "sha256": hashlib.sha256(b"faux").hexdigest(), "size": 4, **told}
    manifest["files"].append(line)
    (path / "manifest.json").write_text(json.dumps(manifest))


def rehash(path: Path) -> None:
    """Change an event, and hash the whole chain anew: events and manifest agree."""
    events = json.loads((path / "evenements.json").read_text())
    events[1]["at"] = events[0]["at"].replace("2026", "2025")
    previous = ""
    for event in events:
        event["previous_hash"] = previous
        previous = event["hash"] = verifier.hash_of_event(event)
    rewrite(path, "evenements.json", json.dumps(events).encode())
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["events"]["last_hash"] = previous
    (path / "manifest.json").write_text(json.dumps(manifest))


def change_token(path: Path) -> None:
    """Change the signature of the time stamp."""
    name = entry(path, "time_stamp")["path"]
    content = (path / name).read_bytes()
    rewrite(path, name, content[:-1] + bytes([content[-1] ^ 1]))


def foreign_token(path: Path) -> None:
    """Put the time stamp of something else in its place."""
    rewrite(path, entry(path, "time_stamp")["path"], stamps.asked("ab" * 32))


@dataclass(frozen=True)
class Tampering:
    """What is changed, the sentence that names it, and the check that finds it."""

    change: Callable[[Path], Any]
    sentence: str
    check: str


TAMPERINGS: dict[str, Tampering] = {
    "a snapshot": Tampering(
        lambda path: change_json(
            path, "instantanes/02-decision.json", lambda told: told["evaluation"].update(verdict="ineligible")
        ),
        "instantanes/02-decision.json : ce n’est pas l’instantané que l’événement nº",
        "bad_snapshots",
    ),
    "the edition": Tampering(
        lambda path: rewrite(path, "edition/2024.toml", b"x"),
        "edition/2024.toml : ce n’est pas le texte sous lequel",
        "bad_snapshots",
    ),
    "a piece": Tampering(change_piece, "ce n’est pas le fichier que l’événement nº", "bad_pieces"),
    "minutes": Tampering(
        lambda path: add(path, "comptes-rendus/01.json", kind="minutes"),
        "comptes-rendus/01.json : aucun événement n’a approuvé ce compte rendu.",
        "bad_minutes",
    ),
    "a letter": Tampering(change_letter, "le sceau n’est pas celui de ce fichier", "bad_letters"),
    "a letter that no event ordered": Tampering(
        lambda path: add(path, "courriers/faux.pdf", kind="approval", event="dossier:1:999"),
        "courriers/faux.pdf : aucun événement n’a ordonné ce courrier.",
        "bad_letters",
    ),
    "the whole chain": Tampering(rehash, "événement nº 2 : ce n’est pas celui que le relevé du", "bad_head"),
    "the daily record": Tampering(
        lambda path: change_json(
            path, entry(path, "head")["path"], lambda told: told.update(previous_digest="0" * 64)
        ),
        "le relevé quotidien a été modifié",
        "bad_head",
    ),
    "the time stamp": Tampering(change_token, "le jeton d’horodatage n’est pas celui", "token_fault"),
    "another time stamp": Tampering(foreign_token, "le jeton d’horodatage n’est pas celui", "token_fault"),
}


def test_an_archive_proves_itself_and_each_tampering_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    journey = Journey(volet=5).to("paid")
    outbox.drain(clock.now() + timedelta(minutes=5))
    record()
    whole = unpack(journey, tmp_path / "archive")
    status, told = verified(whole)
    assert status == 0, told
    journey.dossier.refresh_from_db()
    sealed = journey.dossier.letters.filter(sealed_at__isnull=False)
    assert f"a vu la chaîne jusqu’à l’événement nº {journey.dossier.version}." in told
    assert f"par « {NAME} », certificat " in told
    assert told.count("scellé au nom de « CERTIFICAT DE TEST") == sealed.count() > 2
    for name, tampering in TAMPERINGS.items():
        place = tmp_path / name
        shutil.copytree(whole, place)
        tampering.change(place)
        status, told = verified(place)
        assert (status, name) == (1, name), told
        assert tampering.sentence in told, (name, told)
        assert told.count("ANOMALIE") == 1, (name, told)
        # Its twin.
        with monkeypatch.context() as off:
            off.setattr(verifier, tampering.check, lambda *_: [])
            assert verifier.main([str(place)]) == 0, name
    capfdbinary.readouterr()


def test_an_archive_before_its_first_record_and_a_local_record_are_said(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    settings.TSA_URL = ""
    journey = Journey(volet=1).to("submitted")
    status, told = verified(unpack(journey, tmp_path / "first"))
    assert (status, "Aucun relevé quotidien ne couvre encore cette chaîne." in told) == (0, True)
    record()
    place = unpack(journey, tmp_path / "second")
    status, told = verified(place)
    assert (status, "Ce relevé est local" in told) == (0, True)
    # The program alone, without the one that reads signatures, says what it left out.
    monkeypatch.setattr(verifier, "SIGNATURES", place / "absent.py")
    assert verifier.main([str(place)]) == 0
    assert "signatures.py manque" in capfdbinary.readouterr().out.decode()


def test_a_signature_of_either_kind_holds_for_its_content_alone(authority: Authority) -> None:
    """RSA in the token; the curves against what the cryptography library signs."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    token, stamped, _, holds = signatures.token_of(stamps.asked("cd" * 32))
    assert (stamped, holds, authority.asked) == ("cd" * 32, True, 1)
    assert token.is_of(b"other") is False
    for curve, oid in ((ec.SECP256R1(), "1.2.840.10045.3.1.7"), (ec.SECP384R1(), "1.3.132.0.34")):
        key = ec.generate_private_key(curve)
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        parts = signatures.Node(key.sign(b"lettre", ec.ECDSA(hashes.SHA256()))).parts
        good, bad = (hashlib.sha256(text).digest() for text in (b"lettre", b"autre"))
        assert signatures.ec_holds(signatures.CURVES[oid], point, parts, good)
        assert not signatures.ec_holds(signatures.CURVES[oid], point, parts, bad)


@pytest.mark.parametrize("noise", [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x00", b"%PDF-1.4 rien"])
def test_noise_is_no_signature(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        signatures.token_of(noise)
    assert signatures.pdf_seal(noise) == (None, None)
