"""The PDF of a letter: archivable, accessible, the same bytes each time, sealed once, broken by any change."""

import io
from typing import Any

import pypdf
import pytest

from applications.letters.render import letter_pdf, render_letter
from applications.models import Letter
from applications.views.letters import seal_shown
from portal import seal
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.applications.journeys import Journey
from tests.applications.letters.test_render import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt() -> Letter:
    return Journey().to("submitted").dossier.letters.get()


@pytest.fixture
def made(receipt: Letter) -> Letter:
    render_letter({"letter": receipt.pk})
    receipt.refresh_from_db()
    return receipt


def kept(letter: Letter) -> bytes:
    assert letter.document is not None
    with letter.document.file.open("rb") as file:
        content: bytes = file.read()
    return content


def root_of(pdf: bytes) -> Any:
    return pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]


def structure(node: Any) -> set[str]:
    """Return the names of the structure elements under a node."""
    found = {str(node["/S"])} if "/S" in node else set()
    children = node.get("/K", [])
    for one in children if isinstance(children, list) else [children]:
        child = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(child, dict):
            found |= structure(child)
    return found


def test_a_letter_declares_archive_and_accessibility(made: Letter) -> None:
    root = root_of(kept(made))
    told = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3" pdfaid:conformance="B"' in told
    assert 'pdfuaid:part="1"' in told
    # PDF/A wants a property that it does not know described.
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in told
    assert f"Accusé de dépôt – {made.dossier.number}" in told
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"


def test_a_letter_is_tagged_titled_and_in_french(made: Letter) -> None:
    reader = pypdf.PdfReader(io.BytesIO(kept(made)))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == f"Accusé de dépôt – {made.dossier.number}"
    tags = structure(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= tags
    assert all(page["/Tabs"] == "/S" for page in reader.pages)
    fonts = {name for page in reader.pages for name in page["/Resources"]["/Font"]}
    for page in reader.pages:
        for name in fonts & set(page["/Resources"]["/Font"]):
            font: Any = page["/Resources"]["/Font"][name]
            assert "/ToUnicode" in font, "each glyph can be read aloud"


def test_the_same_letter_gives_the_same_bytes_before_its_seal(receipt: Letter) -> None:
    assert letter_pdf(receipt) == letter_pdf(receipt)


def test_a_letter_is_sealed_and_says_so(made: Letter) -> None:
    assert made.sealed_by.startswith(seal.TEST_NAME)
    assert made.document is not None
    assert made.document.sealed_at == made.sealed_at
    shown = seal_shown(made)
    assert shown["state"] == "intact"


@pytest.mark.parametrize("change", ["byte", "page", "other"])
def test_a_file_changed_on_the_disk_is_shown_as_such(made: Letter, change: str) -> None:
    content = kept(made)
    if change == "byte":
        content = content.replace(b"/Lang (fr)", b"/Lang (en)", 1)
        assert content != kept(made)
    elif change == "page":
        writer = pypdf.PdfWriter(io.BytesIO(content), incremental=True)
        writer.add_blank_page()
        grown = io.BytesIO()
        writer.write(grown)
        content = grown.getvalue()
    else:
        # A good seal of ours on another letter: the register knows that it is not this one.
        done = seal.sealed(letter_pdf(made), at=made.sealed_at or made.created_at)
        assert done is not None
        content = done[0]
    assert made.document is not None
    with open(made.document.file.path, "wb") as file:  # noqa: PTH123 the storage gives a path
        file.write(content)
    assert seal_shown(made)["state"] == "broken"


def test_a_seal_that_fails_is_tried_again_and_nothing_is_sent_twice(
    receipt: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Outbox.objects.get(kind="render_letter")
    now = receipt.created_at

    def fails(*_: Any, **__: Any) -> None:
        raise seal.SealError("the key is away")

    with monkeypatch.context() as broken:
        broken.setattr("applications.letters.render.sealed", fails)
        assert not outbox.work(row.pk, now)
    receipt.refresh_from_db()
    row.refresh_from_db()
    assert (receipt.document_id, row.done_at, row.attempts) == (None, None, 1)
    assert "the key is away" in row.last_error
    assert row.locked_until is not None
    assert outbox.work(row.pk, row.locked_until)
    receipt.refresh_from_db()
    first = receipt.document_id
    assert first is not None
    assert receipt.sealed_at is not None
    render_letter(row.payload)
    receipt.refresh_from_db()
    assert receipt.document_id == first


def test_without_a_certificate_a_letter_leaves_unsealed_and_says_so(receipt: Letter, settings: Any) -> None:
    settings.PRODUCTION = True
    render_letter({"letter": receipt.pk})
    receipt.refresh_from_db()
    assert receipt.document is not None
    assert (receipt.sealed_by, receipt.sealed_at, receipt.document.sealed_at) == ("", None, None)
    assert seal_shown(receipt) == {"state": "none"}


def test_a_letter_ordered_before_sections_existed_still_renders() -> None:
    letter = Journey().to("rejected").dossier.letters.get(kind="rejection")
    told = text_of(letter_pdf(letter))
    del letter.context["sections"]
    assert text_of(letter_pdf(letter)) == told
