"""The engine of letters fetches nothing, and what was written is never code; each guard off, it would be."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pypdf
import pytest
import weasyprint
from django.template import Context, Template, engines

from applications.letters.render import letter_pdf
from applications.models import Letter
from applications.services import letter_words
from portal import pdf
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.letters.test_render import text_of
from tests.portal.documents.makers import picture

HEAD = '<!DOCTYPE html><html lang="fr"><head><title>Essai</title>{head}</head><body><p>Bonjour</p>{body}</body></html>'


class Listener(BaseHTTPRequestHandler):
    """Remembers what it is asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server of this machine, and what it was asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Listener,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join(5)
    server.server_close()


def pictures_in(content: bytes) -> int:
    """Return how many pictures the pages of a PDF hold."""
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def drawn(html: str) -> bytes:
    """Return the PDF of a document, b"" where the engine refuses the whole of it."""
    with suppress(ValueError):
        return pdf.pdf_of(html)
    return b""


def hostile(address: str) -> dict[str, str]:
    """Return documents that ask for something elsewhere, each in its own way."""
    return {
        "a picture": HEAD.format(head="", body=f'<img src="{address}/image.png" alt="">'),
        "a style sheet": HEAD.format(head=f'<link rel="stylesheet" href="{address}/style.css">', body=""),
        "an import": HEAD.format(head=f'<style>@import url("{address}/import.css")</style>', body=""),
        "a background": HEAD.format(
            head="", body=f"<div style=\"background: url('{address}/fond.png'); height: 9px\"></div>"
        ),
        "an attachment": HEAD.format(
            head="", body=f'<a rel="attachment" href="{address}/joint.txt">joint</a>'
        ),
    }


def kept_picture(folder: Path) -> str:
    """Return a document that shows a picture of the server's disk."""
    path = folder / "secret.png"
    path.write_bytes(picture())
    return HEAD.format(head="", body=f'<img src="{path.as_uri()}" alt="">')


def without_the_fetcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine fetch as it does by itself."""
    engine = weasyprint.HTML

    def fetching(*, string: str, url_fetcher: object) -> Any:
        return engine(string=string)

    monkeypatch.setattr(weasyprint, "HTML", fetching)


def test_the_engine_is_recent_enough() -> None:
    assert int(weasyprint.__version__.partition(".")[0]) >= 70


def test_a_document_asks_nobody_for_anything(listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listener
    for html in hostile(address).values():
        drawn(html)
    assert asked == []
    assert pictures_in(drawn(kept_picture(tmp_path))) == 0


@pytest.mark.twin
@pytest.mark.parametrize("how", ["a picture", "a style sheet"])
def test_without_the_fetcher_that_denies_it_asks_elsewhere(
    listener: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    address, asked = listener
    without_the_fetcher(monkeypatch)
    drawn(hostile(address)[how])
    assert len(asked) == 1


@pytest.mark.twin
def test_without_the_fetcher_that_denies_it_reads_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_the_fetcher(monkeypatch)
    assert pictures_in(drawn(kept_picture(tmp_path))) == 1


# --- Words are words -----------------------------------------------------------------------------
def by_template(text: str, values: Any) -> str:
    return Template(text).render(Context(dict(values)))


def by_format(text: str, values: Any) -> str:
    return text.format(**values)


@pytest.mark.twin
@pytest.mark.parametrize(
    ("parser", "typed", "read"),
    [(by_template, "{{ 7|add:1 }}", "8"), (by_format, "{entreprise.__class__}", "<class 'str'>")],
    ids=["a template engine", "str.format"],
)
def test_another_parser_would_run_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, parser: Callable[[str, Any], str], typed: str, read: str
) -> None:
    values = {"entreprise": "Cardiolog"}
    assert letter_words.filled(typed, values) == typed
    monkeypatch.setattr(letter_words, "filled", parser)
    assert letter_words.filled(typed, values) == read


@pytest.mark.twin
@pytest.mark.django_db
def test_without_the_escape_a_motive_would_be_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("under_review")
    journey.act("reject", journey.officer, rules=["company.autonomy"], motive=f"{MOTIVE} <b>gras</b>")
    letter = journey.dossier.letters.get(kind=Letter.Kind.REJECTION)
    assert "<b>gras</b>" in text_of(letter_pdf(letter))
    django: Any = engines["django"]
    monkeypatch.setattr(django.engine, "autoescape", False)
    assert "<b>gras</b>" not in text_of(letter_pdf(letter))
