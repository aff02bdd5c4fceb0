"""The extension of a term, where an edition allows one: by how much, and until when."""

from __future__ import annotations

from datetime import date

from applications.models import Dossier
from applications.services.evaluation import case_of, evaluate_case
from tariffs import catalogue
from tariffs.engine.terms import add_months


def months_allowed(dossier: Dossier) -> int:
    """Return the months by which the dossier's edition lets a term be extended: 0 where it allows none."""
    return catalogue.get_edition(dossier.edition).extension_months if dossier.edition else 0


def extended_term(dossier: Dossier) -> date | None:
    """Return what the term of a running dossier would be once extended; None where none can be.

    Counted in one step from the start, like the term itself: 31 August and 6 months more are not
    31 August, then February, then its last day.
    """
    months = months_allowed(dossier)
    if not months or dossier.due_on is None:
        return None
    term = evaluate_case(case_of(dossier, on=dossier.judged_on or dossier.due_on))["term"]
    if term["starts_on"] is None or term["months"] is None:
        return None
    return add_months(date.fromisoformat(term["starts_on"]), int(term["months"]) + months)
