"""What an expert gives of an invoice before typing it: its file to be read, or what a draft needs."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.expert_fields import DateField, PieceField
from applications.models import Invoice


class DepositForm(forms.Form):
    """An invoice whose data are read: a Factur-X PDF, or a PDF and the XML beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = PieceField(
            label="Fichier de la facture",
            extensions=("pdf",),
            help_text="PDF, 25 Mo au plus. Une facture Factur-X ou ZUGFeRD porte ses données en elle.",
        )
        self.fields["companion"] = PieceField(
            label="Données XML, si elles sont à part",
            extensions=("xml",),
            needed=False,
            help_text="UBL 2.1 ou CII, 5 Mo au plus. Vide pour une facture Factur-X.",
        )


class DraftForm(forms.Form):
    """The number and the date that the expert gives, and his word that amounts and regime are right."""

    number = forms.CharField(
        label="Numéro de facture",
        max_length=60,
        help_text="Celui qui suit dans votre numérotation\u00a0: vous en restez maître.",
    )
    issued_on = DateField(label="Datée du")
    acquitted_on = DateField(
        label="Acquittée le",
        needed=False,
        help_text="Seulement si l’entreprise vous a déjà payé\u00a0: la facture en porte alors la mention.",
    )
    confirmed = forms.BooleanField(
        label="Je confirme les montants et le régime de TVA",
        error_messages={"required": "Relisez les montants et le régime, puis confirmez-les."},
    )

    def __init__(self, *args: Any, addressee: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if addressee == Invoice.Addressee.BPIFRANCE:
            del self.fields["acquitted_on"]
