"""The archive of a dossier: whole, verified offline by its own program, and every tampering named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import transaction
from django.urls import reverse

from applications.exports import archive, verifier
from applications.exports.packing import ChangedFileError, Pack
from applications.models import Export
from portal import clock
from portal.audit import hashing
from portal.audit.models import Event
from portal.documents import services as documents
from portal.notifications import outbox
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
Change = Callable[[Path], Any]


@pytest.fixture(scope="module")
def packed(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """Make one archive for all the tests that look into it, and take its dossier away."""
    file = BytesIO()
    with django_db_blocker.unblock(), transaction.atomic():
        journey = Journey(volet=5).to("paid")
        outbox.drain(clock.now() + timedelta(minutes=5))
        archive.write(file, journey.dossier, now=clock.now(), step=lambda _done: None)
        transaction.set_rollback(True)
    return file.getvalue()


@pytest.fixture
def unpacked(packed: bytes, tmp_path: Path) -> Path:
    ZipFile(BytesIO(packed)).extractall(tmp_path)
    return tmp_path


def verified(path: Path, *options: str) -> tuple[int, str]:
    """Run the program of the archive itself, alone: no Django, no settings, no network."""
    done = subprocess.run(
        [sys.executable, "-I", str(path / "verifier.py"), str(path), *options],
        capture_output=True,
        check=False,
        env={},
    )
    return done.returncode, done.stdout.decode()


def events(path: Path, change: Callable[[list[Any]], Any]) -> None:
    """Change the events and the manifest's hash of their file: only the chain can tell then."""
    file = path / "evenements.json"
    rows = json.loads(file.read_text())
    change(rows)
    file.write_text(json.dumps(rows))
    manifest = json.loads((path / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["path"] == "evenements.json":
            entry["sha256"] = hashing.hashlib.sha256(file.read_bytes()).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_an_archive_is_whole_and_verifies_alone(unpacked: Path) -> None:
    assert verified(unpacked)[0] == 0
    assert "Tout est intact." in verified(unpacked)[1]
    paths = {path.relative_to(unpacked).parts[0] for path in unpacked.rglob("*") if path.is_file()}
    assert paths == {
        "LISEZMOI.txt",
        "courriers",
        "edition",
        "evenements.json",
        "instantanes",
        "manifest.json",
        "pieces",
        "signatures.py",
        "verifier.py",
    }
    manifest = json.loads((unpacked / "manifest.json").read_text())
    kinds = {entry.get("kind") for entry in manifest["files"]}
    assert {
        "final_report",
        "quote",
        "signed_quote",
        "events",
        "snapshot",
        "edition",
        "receipt",
        "approval",
    } <= kinds
    assert [path.name for path in sorted((unpacked / "instantanes").iterdir())] == [
        "01-submission.json",
        "02-decision.json",
        "03-closure.json",
    ]
    edition = next(entry for entry in manifest["files"] if entry.get("kind") == "edition")
    snapshot = json.loads((unpacked / "instantanes/01-submission.json").read_text())
    assert snapshot["edition_sha256"] == edition["sha256"]


CHANGES: dict[str, tuple[Change, str]] = {
    "a document changed": (
        lambda path: next((path / "pieces").iterdir()).write_bytes(b"x"),
        "le fichier a été modifié",
    ),
    "a snapshot changed": (
        lambda path: (path / "instantanes/02-decision.json").write_text("{}"),
        "instantanes/02-decision.json : le fichier a été modifié",
    ),
    "a letter removed": (
        lambda path: next((path / "courriers").iterdir()).unlink(),
        "le fichier manque",
    ),
    "a file added": (
        lambda path: (path / "pieces/ajout.pdf").write_bytes(b"x"),
        "pieces/ajout.pdf : le fichier n’est pas dans le manifeste",
    ),
    "the edition changed": (
        lambda path: (path / "edition/2024.toml").write_text(""),
        "edition/2024.toml : le fichier a été modifié",
    ),
    "the manifest removed": (lambda path: (path / "manifest.json").unlink(), "le manifeste manque"),
    "an event changed": (
        lambda path: events(path, lambda rows: rows[2]["data"].update(share="1.00")),
        "événement nº 3",
    ),
    "an event removed": (lambda path: events(path, lambda rows: rows.pop(3)), "événement nº 4"),
    "the last event removed": (lambda path: events(path, lambda rows: rows.pop()), "la fin de la chaîne"),
    "an event inserted": (
        lambda path: events(path, lambda rows: rows.insert(1, dict(rows[0]))),
        "événement nº 2",
    ),
    "two events swapped": (
        lambda path: events(path, lambda rows: rows.__setitem__(slice(1, 3), [rows[2], rows[1]])),
        "événement nº 2",
    ),
    "a name changed": (
        lambda path: events(path, lambda rows: rows[0]["detail"]["names"].update(actor="Un autre")),
        "ses noms ou son motif",
    ),
    "an event rehashed": (
        lambda path: events(path, lambda rows: rows[1].update(name="x", hash=_rehashed(rows[1]))),
        "événement nº 3",
    ),
}


def _rehashed(event: dict[str, Any]) -> str:
    return verifier.hash_of_event({**event, "name": "x"})


@pytest.mark.parametrize("what", CHANGES)
def test_each_tampering_is_named(unpacked: Path, what: str) -> None:
    change, sentence = CHANGES[what]
    change(unpacked)
    status, told = verified(unpacked)
    assert status == 1, told
    assert sentence in told


def test_a_manifest_rewritten_with_its_files_is_told_by_the_portals_journal(unpacked: Path) -> None:
    true = hashing.hashlib.sha256((unpacked / "manifest.json").read_bytes()).hexdigest()
    assert verified(unpacked, "--empreinte", true)[0] == 0
    events(unpacked, lambda rows: None)
    status, told = verified(unpacked, "--empreinte", true)
    assert status == 1
    assert "ce n’est pas le manifeste relevé sur le portail" in told


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert verifier.main([str(tmp_path / "x.zip")]) == 2
    assert verifier.main([str(tmp_path / "absent.zip")]) == 2


def test_the_verifier_hashes_as_the_journal_does() -> None:
    Journey().to("submitted")
    event = Event.objects.select_related("detail").first()
    assert event is not None
    assert verifier.hash_of_event(archive._event(event)) == event.hash


def test_erased_names_leave_the_chain_valid(tmp_path: Path) -> None:
    from portal.audit.services import erase_detail

    journey = Journey().to("submitted")
    for event in Event.objects.filter(chain=journey.dossier.chain):
        erase_detail(event, now=clock.now())
    file = BytesIO()
    archive.write(file, journey.dossier, now=clock.now(), step=lambda _done: None)
    ZipFile(file).extractall(tmp_path)
    assert verified(tmp_path)[0] == 0
    assert journey.owner.full_name not in (tmp_path / "evenements.json").read_text()


def test_a_kept_file_that_changed_stops_the_archive() -> None:
    kept = documents.store_bytes(content=b"un", name="a.pdf", kind="x", now=clock.now())
    kept.sha256 = "0" * 64
    with pytest.raises(ChangedFileError), Pack(BytesIO(), step=lambda: None) as pack:
        pack.add_document("pieces", kept)


def test_two_files_of_one_name_stay_two() -> None:
    file = BytesIO()
    pack = Pack(file, step=lambda: None)
    for content in (b"un", b"deux"):
        pack.add_document(
            "pieces", documents.store_bytes(content=content, name="A.pdf", kind="x", now=clock.now())
        )
    pack.close()
    assert ZipFile(file).namelist() == ["pieces/A.pdf", "pieces/A (2).pdf", "manifest.json"]


def test_it_is_asked_on_the_dossiers_page_and_each_taking_is_in_its_journal() -> None:
    journey = Journey(volet=5).to("paid")
    client = signed_in(journey.officer)
    page = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    address = reverse("dossier_archive", args=[journey.dossier.pk])
    assert address in page
    assert client.post(address).status_code == 302
    outbox.drain(clock.now() + timedelta(minutes=5))
    export = Export.objects.get()
    assert export.stage == "ready"
    made = Event.objects.get(chain=journey.dossier.chain, name="archive_made")
    answer = client.get(reverse("document_download", args=[export.document_id]))
    content = ZipFile(BytesIO(b"".join(answer.streaming_content)))
    manifest = hashing.hashlib.sha256(content.read("manifest.json")).hexdigest()
    assert made.data == {"export": str(export.pk), "files": export.done, "manifest": manifest}
    read = Event.objects.filter(chain=journey.dossier.chain, name="document_read")
    assert [event.actor_ref for event in read] == [journey.officer.pk]
    # The journal went on, the page shown before still acts: a reading is no change.
    journey.dossier.refresh_from_db()
    journey.act("forward_report", journey.officer, recipients=["economie"], sent_on=journey.today)
    assert signed_in(journey.owner).post(address).status_code == 403
