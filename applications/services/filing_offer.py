"""The offer that a request's quote carries: its lines stay as they are until the company types its own quote."""

from __future__ import annotations

from datetime import date

from applications.models import Dossier, Offer
from applications.services.filing import editing, require_open
from applications.steps import edited_quote
from portal.accounts.models import User


def taken_offer(dossier: Dossier) -> Offer | None:
    """Return the offer whose lines the request's quote carries as they are; None where the company typed its own."""
    quote = edited_quote(dossier)
    return None if quote is None else Offer.objects.select_related("invitation").filter(quote=quote).first()


def leave_offer(dossier: Dossier, *, actor: User, expected_revision: int, today: date) -> Dossier:
    """Let the company type its own quote: what was taken from an offer stays, but is no longer that offer's."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        require_open(scope, "devis", "lines")
        release_quote(locked)
    return locked


def release_quote(dossier: Dossier) -> None:
    """Part the quote under writing from the offer it came from, in the caller's transaction."""
    if (quote := edited_quote(dossier)) is not None:
        Offer.objects.filter(quote=quote).update(quote=None)
