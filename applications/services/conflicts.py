"""What a constraint of the database refused, in the words of the person who acted."""

from __future__ import annotations

from django.db import IntegrityError

from applications.workflow.refusals import Obstacle


def conflict_of(error: IntegrityError) -> Obstacle:
    """Return what stands in the way of an act that the database refused."""
    text = str(error)
    if "dossier_one_live_per_volet" in text:
        return Obstacle("volet_taken", "Une autre demande de l’entreprise occupe déjà ce volet.")
    # SQLite names the column, PostgreSQL the constraint.
    if "payment_reference_once" in text or "payment.reference" in text:
        return Obstacle(
            "reference_used", "Cette référence de virement est déjà enregistrée.", field="reference"
        )
    return Obstacle(
        "conflict", "Cet acte contredit une écriture simultanée.", "Rien n’a été fait ; relisez le dossier."
    )
