"""The twin of the escape: without it each of these texts reaches a spreadsheet as a formula."""

from __future__ import annotations

import pytest

from applications.exports import columns
from tests.applications.exports import test_files as files
from tests.applications.exports.test_files import DANGEROUS, as_csv, ods_rows, written, xlsx_cells


@pytest.mark.twin
@pytest.mark.parametrize("text", DANGEROUS)
def test_without_the_escape_a_text_is_a_formula(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "DANGEROUS", frozenset())
    row = (text, 1, None, None, None, text)
    first = (
        as_csv([row])[1][0],
        "".join(xlsx_cells(written("xlsx", [row]))[6].itertext()),
        "".join(ods_rows(written("ods", [row]))[1][0].itertext()),
    )
    assert not any(cell.startswith("'") for cell in first)
    assert first[0] == text
    with pytest.raises(AssertionError):
        files.test_no_text_is_taken_for_a_formula(text)
