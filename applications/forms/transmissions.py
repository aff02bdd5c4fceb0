"""What an officer types about a parcel for a ministry: when it left, its receipt, its reminders."""

from __future__ import annotations

from django import forms

from applications.forms.officer_acts import CivilDayField


class SendForm(forms.Form):
    """The day on which a parcel left."""

    use_required_attribute = False

    sent_on = CivilDayField(label="Envoyé le")


class ReceiptForm(forms.Form):
    """The ministry's receipt."""

    use_required_attribute = False

    received_on = CivilDayField(label="Accusé reçu le")
    reference = forms.CharField(
        label="Référence de l’accusé",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    proof = forms.FileField(
        label="Preuve",
        required=False,
        help_text="Le courriel ou le courrier reçu\u00a0: PDF ou image, 25\u00a0Mo au plus.",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".pdf,.png,.jpg,.jpeg"}),
    )


class ReminderForm(forms.Form):
    """A reminder made to a ministry that has not answered."""

    use_required_attribute = False

    made_on = CivilDayField(label="Relancé le")
    note = forms.CharField(
        label="Comment et à qui",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="Par exemple\u00a0: par courriel, au bureau des dispositifs médicaux.",
    )
