"""Puts what was typed of an invoice beside what its file says; pure, nothing is read nor written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from applications.services.invoices.comparing import Check, Said, Verdict
from portal.display import euros, short_date

COPIED = {
    "ht": "Montant HT",
    "vat": "Montant de TVA",
    "ttc": "Montant TTC",
    "number": "Numéro",
    "issued_on": "Date",
}
COPY_IT = "Recopiez ce que dit la facture, ou remplacez son fichier."


def differences(typed: Said, file: Said) -> list[Check]:
    """Return where what was typed is not what the file says.

    What can only be copied stands in the way: amounts, and the number and the date by which reused numbers and
    early invoices are found. The date of payment is to review, since a stamp may say more than the data.
    """
    found = []
    for name, label in COPIED.items():
        wrote, reads = getattr(typed, name), getattr(file, name)
        if reads not in {None, ""} and wrote is not None and wrote != reads:
            told = (_written(reads), _written(wrote))
            found.append(Check(f"typed_{name}", label, *told, Verdict.MEND, COPY_IT))
    wrote, reads = typed.acquitted_on, file.acquitted_on
    if wrote is not None and reads is not None and wrote != reads:
        told = (_written(reads), _written(wrote))
        found.append(Check("typed_acquitted_on", "Acquittée le", *told, Verdict.REVIEW, COPY_IT))
    return found


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return euros(value)
    return short_date(value) if isinstance(value, date) else str(value)
