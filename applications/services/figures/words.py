"""The French words of what figures tell apart: months, rules, phases."""

from __future__ import annotations

from datetime import date

from applications.services.contents import item_labels
from applications.services.feedback import WHOLE
from applications.services.mission.phases import CODE as PLANNED
from portal.display import MONTHS
from tariffs import catalogue

__all__ = ["month_label", "of_month", "phase_label", "rule_label"]


def month_label(month: date) -> str:
    """Return a month in few letters, « mars 2026 »."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def of_month(month: date) -> str:
    """Return « de mars 2026 », « d’avril 2026 »."""
    label = month_label(month)
    return f"d’{label}" if label[0] in "ao" else f"de {label}"


def rule_label(rule: str) -> str:
    """Return the title of a rule, in the latest edition's words; its name where no edition has it."""
    editions = sorted(catalogue.editions(), key=lambda one: one.in_force_from, reverse=True)
    return next((one.title for edition in editions for one in edition.rules if one.name == rule), rule)


def phase_label(phase: str) -> str:
    """Return the words of a phase of satisfaction."""
    if phase == WHOLE:
        return "La mission dans son ensemble"
    if phase.startswith(PLANNED):
        return f"Phase {phase.removeprefix(PLANNED)} du planning"
    editions = sorted(catalogue.editions(), key=lambda one: one.in_force_from, reverse=True)
    return next((labels[phase] for one in editions if phase in (labels := item_labels(one.code))), phase)
