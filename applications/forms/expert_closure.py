"""What an expert types in a closure: delivered lines, documents, invoices, the date of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from applications.forms.expert_fields import AmountField, DateField, PieceField, long_text
from applications.models import DeliveredLine, Invoice
from applications.services.closure import ALLOWED
from applications.services.closure_checks import BPIFRANCE_ADDRESS, VAT_RATES
from experts.models import VatRegime


class DeliveredLineForm(forms.Form):
    """What was delivered of one item of the quote."""

    delivered = AmountField(label="Livré, HT")
    report_reference = forms.CharField(
        label="Où le rapport en rend compte",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": ""}),
        help_text="Section ou pages.",
    )
    shortfall_reason = long_text(
        "Pourquoi moins que prévu",
        rows=2,
        needed=False,
        help_text="À remplir si le montant livré est inférieur au devis.",
    )
    audited_from = DateField(label="Audit commencé le", needed=False)
    audited_until = DateField(label="Audit terminé le", needed=False)

    def __init__(
        self, *args: Any, item: str, label: str, contracted: Decimal, audit: bool, **kwargs: Any
    ) -> None:
        kwargs["prefix"] = item
        super().__init__(*args, **kwargs)
        self.item, self.item_label, self.contracted = item, label, contracted
        if not audit:
            del self.fields["audited_from"], self.fields["audited_until"]


class DeliveredLines:
    """The forms of every item of the quote, read and refused together."""

    def __init__(
        self,
        *,
        contracted: Mapping[str, Decimal],
        labels: Mapping[str, str],
        known: Mapping[str, DeliveredLine],
        audits: bool,
        data: Any = None,
    ) -> None:
        self.forms = [
            DeliveredLineForm(
                data,
                item=item,
                label=labels.get(item, item),
                contracted=amount,
                audit=audits,
                initial=_initial(known.get(item), amount),
            )
            for item, amount in contracted.items()
        ]

    def __iter__(self) -> Iterator[DeliveredLineForm]:
        return iter(self.forms)

    def is_valid(self) -> bool:
        """True when every line can be read; each form then holds its own errors."""
        valid = [form.is_valid() for form in self.forms]
        return all(valid)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines as `closure.save_delivered_lines` takes them."""
        return [{"item": form.item, **form.cleaned_data} for form in self.forms]

    def refuse(self, field: str, sentence: str) -> None:
        """Put a refusal on the line and the field that it names, « code_audit-delivered » for instance."""
        item, _, name = field.partition("-")
        form = next((form for form in self.forms if form.item == item), self.forms[0])
        form.add_error(name if name in form.fields else None, sentence)


def _initial(line: DeliveredLine | None, contracted: Decimal) -> dict[str, Any]:
    names = ("delivered", "report_reference", "shortfall_reason", "audited_from", "audited_until")
    return {name: getattr(line, name) for name in names} if line else {"delivered": contracted}


class ClosureDocumentForm(forms.Form):
    """The final report."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = PieceField(label="Fichier", extensions=ALLOWED[kind])


class SignedQuoteForm(ClosureDocumentForm):
    """The signed quote, which is that of the accepted version."""

    issued_on = DateField(label="Signé le")
    same_lines = forms.BooleanField(
        error_messages={"required": "Déposez le devis dont les lignes ont été acceptées, signé."}
    )
    # The version that the page named: another may be accepted before the answer comes.
    quote_number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("file", "issued_on", "same_lines", "quote_number")

    def __init__(self, *args: Any, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quote_number"].initial = version
        self.fields[
            "same_lines"
        ].label = f"Ses lignes sont celles de la version {version}, acceptée par Bpifrance"
        self.order_fields(self.field_order)


class InvoiceForm(forms.Form):
    """One invoice, as it is printed."""

    number = forms.CharField(label="Numéro de facture", max_length=60)
    issued_on = DateField(label="Datée du")
    ht = AmountField(label="Montant HT", negative=True)
    vat_rate = AmountField(label="Taux de TVA (%)", most=max(VAT_RATES[VatRegime.STANDARD]), example="20")
    vat = AmountField(label="TVA", negative=True)
    ttc = AmountField(label="Montant TTC", negative=True)
    acquitted_on = DateField(
        label="Acquittée le", needed=False, help_text="La date à laquelle l’entreprise vous a payé."
    )
    addressed_to = forms.CharField(
        label="Adressée à",
        max_length=250,
        required=False,
        help_text=f"Telle qu’imprimée sur la facture\u00a0: {BPIFRANCE_ADDRESS}.",
    )

    def __init__(
        self, *args: Any, addressee: str, regime: str, correcting: bool, with_file: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for_bpifrance = addressee == Invoice.Addressee.BPIFRANCE
        del self.fields["acquitted_on" if for_bpifrance else "addressed_to"]
        if not for_bpifrance:
            self.fields["acquitted_on"].required = True
            self.fields["ht"].help_text = "Un avoir s’écrit avec des montants négatifs."
        if with_file:
            self.fields["file"] = PieceField(
                label="Facture en PDF",
                extensions=("pdf",),
                needed=not correcting,
                help_text="PDF, 25 Mo au plus. Vide\u00a0: le fichier déjà joint est gardé."
                if correcting
                else "PDF, 25 Mo au plus.",
            )
        if regime != VatRegime.STANDARD:
            self.fields["vat_rate"].initial = self.fields["vat"].initial = "0"
            self.fields["vat_rate"].help_text = "Votre cabinet ne facture pas de TVA."


class SendForm(forms.Form):
    """The date on which the company was given the report, and the act of sending."""

    report_given_on = DateField(label="Rapport final remis à l’entreprise le")


class AnswerForm(forms.Form):
    """Why nothing changes in what Bpifrance asked to mend."""

    answer = long_text("Pourquoi rien ne change", rows=2)
