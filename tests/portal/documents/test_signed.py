"""Who signed a PDF, and whether it was changed since: judged in a process of its own, no authority taken for known."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter

from portal.documents import limited
from portal.documents.limited import run
from portal.seal import sealed
from tests.portal.documents.makers import written

SIGNED = Path(limited.__file__).with_name("signed.py")
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def told(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(SIGNED, "signatures", content, seconds=20.0, grace=10.0))
    return found


@pytest.fixture
def signed(settings: Any, tmp_path: Path) -> bytes:
    settings.VAR_DIR = tmp_path
    done = sealed(written(pages=[["Devis"]]), at=AT)
    assert done is not None
    return done[0]


def test_a_signature_is_told_with_its_name_and_authority(signed: bytes) -> None:
    found = told(signed)
    assert found["pages"] == 1
    (one,) = found["signatures"]
    assert one["state"] == "intact"
    assert one["trusted"] is False
    assert "TEST" in one["name"]
    assert one["issuer"] == one["name"]


def test_a_byte_changed_under_the_signature_breaks_it(signed: bytes) -> None:
    changed = signed.replace(b"%PDF-1.3", b"%PDF-1.4", 1)
    assert changed != signed
    assert told(changed)["signatures"][0]["state"] == "broken"


def test_a_page_changed_after_the_signature_is_told(signed: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = writer.root["/Pages"]["/Count"]
    writer.update_container(page)
    target = io.BytesIO()
    writer.write(target)
    assert told(target.getvalue())["signatures"][0]["state"] == "changed"


def test_a_pdf_without_signature_has_none() -> None:
    assert told(written(pages=[["Devis"], ["Suite"]])) == {"pages": 2, "signatures": []}


def test_a_copy_loses_the_signature_and_says_so(signed: bytes) -> None:
    writer, target = PdfWriter(), io.BytesIO()
    for page in PdfReader(io.BytesIO(signed)).pages:
        writer.add_page(page)
    writer.write(target)
    assert told(target.getvalue())["signatures"] == []
