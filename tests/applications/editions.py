"""Editions that no rulebook published, to see what a number of theirs does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from applications.services.editions.witness import remembered
from tariffs import catalogue
from tariffs.engine.editions import Editions
from tariffs.services.published import PublishedTexts


def with_edition(monkeypatch: pytest.MonkeyPatch, code: str = "2024", **changes: Any) -> None:
    """Have the catalogue hold the edition `code` with `changes`, for one test."""
    published = catalogue.editions()
    altered = tuple(
        replace(edition, **changes) if edition.code == code else edition for edition in published.all
    )
    monkeypatch.setattr(catalogue, "editions", lambda: Editions(altered))


def text_of(
    code: str, *changes: tuple[str, str], of: str = "2024", in_force_from: str, version: int = 0
) -> bytes:
    """The file of a published edition under another code and date, with `changes` (before, after) made everywhere.

    `version` makes it another text without changing what it says.
    """
    text = (catalogue.DIRECTORY / f"{of}.toml").read_text("utf-8")
    start = catalogue.get_edition(of).in_force_from.isoformat()
    heads = (
        (f'code = "{of}"', f'code = "{code}"'),
        (f"dition {of}", f"dition {code}"),
        (start, in_force_from),
    )
    for before, after in (*heads, *changes):
        assert before in text, before
        text = text.replace(before, after)
    return f"{text}# {version}\n".encode()


@contextmanager
def read_by_the_catalogue() -> Iterator[PublishedTexts]:
    """Have the catalogue read the published texts, at each call, as a process that just started does."""
    source = PublishedTexts(0.0, remembered)
    catalogue.use(source)
    try:
        yield source
    finally:
        catalogue.use(None)
