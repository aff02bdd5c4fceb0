"""The table of rules: terms to the day, every place of a dossier's content known, one source for every page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from applications import models as m
from applications.services.retention.holdings import EMPTIED, GONE, OF_DOSSIER, SHARED
from applications.services.retention.rules import RULES, last_start, months_of
from tariffs.engine.terms import add_months

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "retention.md"
TEXTS = (models.CharField, models.TextField, models.JSONField)
# What a kept row goes on saying: codes, states and numbers that the portal gave.
CODES = {
    m.Dossier: {"number", "edition", "device_kind", "device_class", "verdict", "state"},
    m.Mission: {"state", "settled_lines"},
    m.Satisfaction: {"phase"},
    m.FindingDecision: {"rule", "outcome"},
    # The reference is replaced by the payment's own number.
    m.Payment: {"reference", "reversal_reason"},
    m.Commitment: set(),
    m.Transmission: {"recipient"},
    m.ParcelItem: {"recipient"},
    # Names and words are written anew by services.listing.
    m.Listing: {
        *("state", "turn", "edition", "device", "region", "verdict", "next_kind", "names", "words", "marks"),
    },
}


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_a_term_is_over_on_its_very_day(code: str) -> None:
    months = months_of(code)
    for offset in range(800):
        today = date(2028, 1, 1) + timedelta(days=offset)
        start = last_start(code, today)
        assert add_months(start, months) <= today < add_months(start + timedelta(days=1), months)


def test_the_durations_are_those_that_were_promised() -> None:
    promised = {"draft": 3, "ended": 24, "paid": 120, "log": 12}
    assert {code: months_of(code) for code in promised} == promised


def test_every_page_reads_the_same_table() -> None:
    assert import_string(settings.RETENTION_RULES) is RULES


def test_the_documentation_tells_the_same_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]+\| (\d+) \|", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [(code, int(months)) for code, months in rows] == [(rule.code, rule.months) for rule in RULES]


def leading_to_a_dossier() -> set[type[Any]]:
    """Return every model of the scheme that a chain of foreign keys leads from to a dossier."""
    found: set[type[Any]] = {m.Dossier}
    while True:
        more = {
            model
            for model in apps.get_app_config("applications").get_models()
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in found
        }
        if more <= found:
            return found
        found |= more


def test_the_table_names_every_model_that_leads_to_a_dossier() -> None:
    named = {model for model, _ in GONE} | {model for model, _, _ in EMPTIED} | set(SHARED) | {m.Dossier}
    assert leading_to_a_dossier() <= named, "a new model must say what retention does of it"


def test_every_text_of_a_kept_row_is_emptied_or_a_code() -> None:
    kept = {model: set(emptied) for model, _, emptied in EMPTIED} | {m.Dossier: set(OF_DOSSIER)}
    for model, emptied in kept.items():
        texts = {one.name for one in model._meta.concrete_fields if isinstance(one, TEXTS)}
        assert texts <= emptied | CODES[model], model
