"""A published text is used as it was published or not at all; every process sees it; the commands say so."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.services.editions import witness
from portal import clock
from portal.audit.models import Event
from tariffs import catalogue
from tariffs.engine.editions import EditionError, Editions
from tariffs.models import EditionText
from tariffs.services.published import PublishedTexts
from tests.applications import factories as f
from tests.applications.editions import read_by_the_catalogue, text_of
from tests.applications.manager.test_editions import published
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Iterator[PublishedTexts]:
    with read_by_the_catalogue() as found:
        yield found


@pytest.fixture
def text(source: PublishedTexts) -> EditionText:
    return published(f.ManagerFactory(), f.ManagerFactory(), clock.now())


def rewritten(row: EditionText, **more: Any) -> None:
    EditionText.objects.filter(pk=row.pk).update(**more)


def another(text: EditionText) -> dict[str, Any]:
    content = text_of("2031", ("40000.00", "90000.00"), in_force_from=text.in_force_from.isoformat())
    return {"text": content.decode(), "digest": hashlib.sha256(content).hexdigest()}


TAMPERED: dict[str, Callable[[EditionText], None]] = {
    "the text alone": lambda one: rewritten(one, text=one.text.replace("40000.00", "90000.00")),
    "text and digest together": lambda one: rewritten(one, **another(one)),
    "the day": lambda one: rewritten(one, in_force_from=one.in_force_from + timedelta(days=900)),
    "the code": lambda one: rewritten(one, code="2032"),
    "the row removed": lambda one: (
        one.rehearsals.all().delete(),
        EditionText.objects.filter(pk=one.pk).delete(),
    ),
    "withdrawn by hand": lambda one: rewritten(
        one, state="withdrawn", ended_by=one.loaded_by, ended_at=clock.now()
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_edition_is_refused_loudly_and_none_takes_its_place(text: EditionText, how: str) -> None:
    day = text.in_force_from
    assert catalogue.edition_at(day).code == "2031"  # type: ignore[union-attr]
    TAMPERED[how](text)
    with read_by_the_catalogue():
        with pytest.raises(EditionError):
            catalogue.edition_at(day)
        with pytest.raises(EditionError):
            catalogue.get_edition("2031")
        # Until its day, and for what was filed before, nothing stops.
        assert catalogue.edition_at(day - timedelta(days=1)).code == "2024"  # type: ignore[union-attr]
        assert catalogue.get_edition("2024").code == "2024"
        assert witness.problems()
        desk = signed_in(f.OfficerFactory())
        assert "Refusée" in desk.get("/gestion/editions/").content.decode()
        page = desk.get("/gestion/editions/2031/").content.decode()
        assert "Ce texte est refusé" in page
        assert "Plafonds, en euros HT" not in page
        assert desk.get("/gestion/editions/2031/fichier/").status_code == 404
        out, err = io.StringIO(), io.StringIO()
        with pytest.raises(SystemExit) as status:
            call_command("check_editions", stdout=out, stderr=err)
        assert status.value.code == 1
        assert "2031" in err.getvalue()


def test_a_draft_made_published_by_hand_is_refused(source: PublishedTexts) -> None:
    one, two = f.ManagerFactory(), f.ManagerFactory()
    content = text_of("2031", in_force_from="2031-01-01").decode()
    EditionText.objects.create(
        code="2031", label="Édition 2031", file_name="x", text=content, in_force_from=date(2031, 1, 1),
        digest=hashlib.sha256(content.encode()).hexdigest(), state="published",
        loaded_by=one, loaded_at=clock.now(), published_by=two, published_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(EditionError, match="journal"):
        catalogue.get_edition("2031")


def test_the_page_of_the_service_says_it(text: EditionText, client: Client) -> None:
    TAMPERED["the text alone"](text)
    with read_by_the_catalogue():
        page = client.get("/etat/").content.decode()
    assert "L’édition 2031" in page
    assert "Tout fonctionne" not in page


def test_all_is_well_says_the_command(text: EditionText) -> None:
    out = io.StringIO()
    call_command("check_editions", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["2023", "2024", "2031", "2"]


# --- Every process -------------------------------------------------------------------------------
def test_a_process_looks_once_a_minute_and_reads_a_text_once(text: EditionText) -> None:
    process = PublishedTexts(60.0, witness.remembered)
    closed = catalogue.closed_editions()
    with CaptureQueriesContext(connection) as first:
        found = process.editions(closed)
    assert [one.code for one in found] == ["2023", "2024", "2031"]
    with CaptureQueriesContext(connection) as within:
        assert process.editions(closed) is found
    with CaptureQueriesContext(connection) as again:
        assert process.editions(closed, within=0.0) is found
    assert (len(first), len(within), len(again)) == (3, 0, 1)
    other = published(f.ManagerFactory(), f.ManagerFactory(), clock.now(), code="2032", days=60)
    assert "2032" not in process.editions(closed).by_code
    seen = process.editions(closed, within=0.0)
    assert seen.by_code["2032"].digest == other.digest
    assert seen.by_code["2031"] is found.by_code["2031"]


def test_while_the_database_is_silent_what_was_read_holds(
    text: EditionText, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = catalogue.closed_editions()
    knowing, fresh = PublishedTexts(0.0, witness.remembered), PublishedTexts(0.0, witness.remembered)
    found = knowing.editions(closed)

    def silent(*_args: Any) -> Any:
        raise DatabaseError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(EditionText.objects, "published", silent)
        assert knowing.editions(closed) is found
        assert fresh.editions(closed) is closed
    # Nothing was ever read: it does not wait for its minute.
    assert "2031" in fresh.editions(closed).by_code


def test_the_file_delivered_later_is_the_same_edition(text: EditionText, tmp_path: Path) -> None:
    edition = catalogue.get_edition("2031")
    closed = catalogue.closed_editions()
    delivered = Editions((*closed.all, edition))
    assert PublishedTexts(0.0, witness.remembered).editions(delivered).by_code["2031"] is edition
    assert catalogue.content_of("2031") == text.text.encode()


def test_the_journal_keeps_who_when_and_what(text: EditionText) -> None:
    event = Event.objects.get(chain=witness.CHAIN, name=witness.PUBLISHED)
    assert event.actor_ref == text.published_by_id
    assert event.data == {
        "code": "2031", "version": 1, "digest": text.digest, "in_force_from": text.in_force_from.isoformat()
    }  # fmt: skip


# --- The file's author ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text_of("2031", in_force_from="2031-01-01"), ""),
        (b"\xff\xfe", "n’est pas en UTF-8"),
        (text_of("2031", ("quote.benchmark", "quote.price"), in_force_from="2031-01-01"), "quote.price"),
        (b"code = ", "ce n’est plus du TOML, à la fin du texte"),
    ],
)
def test_check_edition_tells_the_author(tmp_path: Path, content: bytes, said: str) -> None:
    path, out, err = tmp_path / "2031.toml", io.StringIO(), io.StringIO()
    path.write_bytes(content)
    if not said:
        call_command("check_edition", str(path), stdout=out, stderr=err)
        assert out.getvalue().splitlines()[1].endswith("  2031.toml")
        return
    with pytest.raises(SystemExit) as status:
        call_command("check_edition", str(path), stdout=out, stderr=err)
    assert status.value.code == 1
    assert err.getvalue().startswith("2031.toml")
    assert said in err.getvalue()
