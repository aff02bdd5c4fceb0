"""Editions that no rulebook published, to see what a number of theirs does."""

from dataclasses import replace
from typing import Any

import pytest

from tariffs import catalogue
from tariffs.engine.editions import Editions


def with_edition(monkeypatch: pytest.MonkeyPatch, code: str = "2024", **changes: Any) -> None:
    """Have the catalogue hold the edition `code` with `changes`, for one test."""
    published = catalogue.editions()
    altered = tuple(
        replace(edition, **changes) if edition.code == code else edition for edition in published.all
    )
    monkeypatch.setattr(catalogue, "editions", lambda: Editions(altered))
