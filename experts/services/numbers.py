"""Official numbers as people type them, checked: SIREN, VAT number, IBAN and BIC."""

from __future__ import annotations

from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.eu import vat as vat_numbers
from stdnum.fr import siren as siren_numbers

from experts.services.refusals import Refused


def clean_siren(typed: str) -> str:
    """Return the nine digits of a SIREN whose checksum is right."""
    digits = "".join(typed.split())
    if not (digits.isascii() and siren_numbers.is_valid(digits)):
        raise Refused(
            "Ce SIREN n’est pas valable\u00a0: il compte neuf chiffres, dont le dernier contrôle les autres. "
            "Recopiez-le depuis votre extrait Kbis.",
            field="siren",
        )
    return str(siren_numbers.compact(digits))


def clean_vat_number(typed: str) -> str:
    """Return a European VAT number without spaces; an empty text stays empty."""
    compact = "".join(typed.split()).upper()
    if not compact:
        return ""
    if not (compact.isascii() and vat_numbers.is_valid(compact)):
        raise Refused(
            "Ce numéro de TVA n’est pas valable. En France\u00a0: FR, deux caractères, puis le SIREN.",
            field="vat_number",
        )
    return compact


def clean_iban(typed: str) -> str:
    """Return an IBAN without spaces, its length and checksum right for its country."""
    compact = "".join(typed.split()).upper()
    if not (compact.isascii() and iban_numbers.is_valid(compact)):
        raise Refused(
            "Cet IBAN n’est pas valable\u00a0: recopiez-le entièrement depuis votre relevé d’identité bancaire.",
            field="iban",
        )
    return compact


def clean_bic(typed: str) -> str:
    """Return a BIC of 8 or 11 characters; an empty text stays empty."""
    compact = "".join(typed.split()).upper()
    if not compact:
        return ""
    if not (compact.isascii() and bic_numbers.is_valid(compact)):
        raise Refused("Ce BIC n’est pas valable\u00a0: il compte 8 ou 11 caractères.", field="bic")
    return compact


def masked_iban(iban: str) -> str:
    """Return an IBAN of which only the country and the last four characters can be read."""
    return f"{iban[:2]}•• •••• {iban[-4:]}" if iban else ""
