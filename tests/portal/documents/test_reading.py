"""What a file says of itself: its date where it says so plainly, its signature, never beyond its time."""

import json
import subprocess
import sys
from datetime import date

import pytest

from portal.documents import limited, reading
from portal.documents.checks import check
from portal.documents.dates import issue_date
from tests.portal.documents.makers import SOUND, written

TODAY = date(2026, 11, 20)

PLAIN = [
    ("Fait à Lyon, le 14 mars 2026", date(2026, 3, 14)),
    ("FAIT LE 14 MARS 2026", date(2026, 3, 14)),
    ("fait le 1er août 2026", date(2026, 8, 1)),
    ("Fait a Lyon le 1 fevrier 2026", date(2026, 2, 1)),
    ("Attestation délivrée le 14/03/2026", date(2026, 3, 14)),
    ("Document édité par le service le 14.03.2026", date(2026, 3, 14)),
    ("Date d’édition : 14-03-2026", date(2026, 3, 14)),
    ("Date du devis : 3 novembre 2026", date(2026, 11, 3)),
    ("Devis n° D-2026-12 du 3 nov. 2026", date(2026, 11, 3)),
    ("à jour de ses cotisations à la date du 31/10/2026", date(2026, 10, 31)),
    ("Montreuil, le 14 mars 2026", date(2026, 3, 14)),
    ("Date : 2026-03-14", date(2026, 3, 14)),
    ("fait\u00a0le\r\n14\u202fmars\u00a02026", date(2026, 3, 14)),
    ("fait le 20 novembre 2026", TODAY),
]


@pytest.mark.parametrize(("text", "on"), PLAIN)
def test_a_date_said_plainly_is_read(text, on):
    found = issue_date(["", text], today=TODAY)
    assert (found.on, found.page) == (on, 2)
    assert found.excerpt


NOT_PLAIN = [
    "",
    "14 mars 2026",
    "Valable jusqu’au 14 mars 2027",
    "Né le 14 mars 1970 à Lyon",
    "fait le 31 février 2026",
    "fait le 14/13/2026",
    "fait le 21 novembre 2026",
    "fait le 14 mars 1999",
    "fait le 14/03-2026",
    "fait le 14/03/20261",
    "Fait à Lyon le 14 mars 2026. Fait à Paris le 15 mars 2026.",
]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_a_date_that_may_be_another_is_not(text):
    assert issue_date([text], today=TODAY) is None


def test_the_surest_words_win_over_the_situation_they_describe():
    text = "à jour à la date du 31/10/2026. Fait à Montreuil, le 14/11/2026. Lyon, le 2 mai 2026"
    assert issue_date([text], today=TODAY).on == date(2026, 11, 14)


def test_the_same_day_said_twice_is_said_once():
    assert issue_date(["Fait le 14/03/2026", "fait le 14 mars 2026"], today=TODAY).page == 1


@pytest.mark.parametrize("text", ["fait à " * 3000, "a, le " * 3500, "devis n° " * 2200, "é" * 20_000])
def test_no_text_makes_the_search_run_away(text, within_seconds):
    with within_seconds(1):
        issue_date([text, text, text], today=TODAY)


def test_a_pdf_tells_its_date_page_and_words():
    content = written(pages=[["Attestation"], ["Fait à Lyon, le 14 mars 2026"]])
    said = reading.read(content, "pdf", today=TODAY)
    assert said.as_fields() == {
        "date_read": date(2026, 3, 14),
        "date_page": 2,
        "date_words": "Fait à Lyon, le 14 mars 2026",
        "is_signed": False,
        "page_count": 2,
    }


@pytest.mark.parametrize(("signed", "told"), [(True, True), ("field", False), (False, False)])
def test_a_signature_is_seen_and_a_field_that_waits_for_one_is_none(signed, told):
    assert reading.read(written("Devis", signed=signed), "pdf", today=TODAY).is_signed is told


def test_a_signed_pdf_comes_through_the_checks(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(written("Devis", signed=True))
    with path.open("rb") as file:
        assert check(file, "devis.pdf").extension == "pdf"


@pytest.mark.parametrize("kind", ["png", "jpg", "docx"])
def test_nothing_is_read_of_other_kinds(kind):
    assert reading.read(SOUND[kind], kind, today=TODAY) == reading.Reading()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", SOUND["png"], SOUND["pdf"][:200]])
def test_what_cannot_be_read_tells_nothing(content):
    assert reading.read(content, "pdf", today=TODAY) == reading.Reading()


def test_reading_stops_on_time(monkeypatch, within_seconds):
    monkeypatch.setattr(limited, "READ_SECONDS", 0.02)
    with within_seconds(1):
        assert reading.read(written("Fait le 14 mars 2026"), "pdf", today=TODAY) == reading.Reading()


def test_the_process_that_reads_has_little_memory_no_files_and_no_portal():
    told = subprocess.run(
        [sys.executable, "-I", "-c", SPY, str(limited.LAUNCHER), str(limited.DRAWING)],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    memory, file_size, sees_django, environment = json.loads(told.stdout)
    assert memory == 1024**3
    assert file_size == 0
    assert not sees_django
    assert environment <= 2


SPY = """
import json, os, resource, runpy, sys
launcher = runpy.run_path(sys.argv[1])
launcher["limit"](5)
runpy.run_path(sys.argv[2])["JOBS"]
limits = [resource.getrlimit(one)[0] for one in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]
print(json.dumps([*limits, "django" in sys.modules, len(os.environ)]))
"""
