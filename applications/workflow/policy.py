"""The delays and amounts of the life of a dossier that no rulebook gives: [decision], read from the settings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Policy:
    """Delays in calendar days (months where said), amounts in euros HT."""

    completion_days: int = 30
    completion_last_reminder_days: int = 5
    signature_days: int = 30
    signature_reminder_days: tuple[int, ...] = (10, 20, 27)
    term_reminder_days: tuple[int, ...] = (90, 30, 7)
    report_reminder_days: tuple[int, ...] = (-3, 1, 10, 30)
    lapse_notice_days: int = 30
    reopen_days: int = 60
    review_months: int = 2
    restitution_days: int = 10
    corrections_days: int = 60
    # From this share on, a manager approves with the officer.
    manager_share: Decimal = Decimal("25000.00")


@cache
def policy() -> Policy:
    """Return the policy in force; unknown names in `settings.WORKFLOW_POLICY` are errors."""
    chosen = dict(getattr(settings, "WORKFLOW_POLICY", {}))
    unknown = set(chosen) - {field.name for field in fields(Policy)}
    if unknown:
        raise ImproperlyConfigured(f"WORKFLOW_POLICY: unknown names {sorted(unknown)}.")
    return Policy(**chosen)
