"""A form with one field of each kind, as it is filled and as it comes back with errors."""

from django import forms


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Nom de l’entreprise", help_text="Tel qu’il figure sur l’extrait Kbis.")
    email = forms.EmailField(label="Adresse électronique")
    amount = forms.DecimalField(label="Montant du devis, HT", max_digits=9, decimal_places=2)
    started_on = forms.DateField(label="Date de création", widget=forms.DateInput(attrs={"type": "date"}))
    volet = forms.ChoiceField(label="Volet", choices=[("", "Choisissez"), ("1", "Stratégie réglementaire")])
    software = forms.ChoiceField(
        label="Le produit contient un logiciel",
        choices=[("yes", "Oui"), ("no", "Non")],
        widget=forms.RadioSelect,
    )
    summary = forms.CharField(label="Le projet en quelques lignes", widget=forms.Textarea(attrs={"rows": 3}))
    accuracy = forms.BooleanField(label="Les renseignements donnés sont exacts")

    def clean(self) -> None:
        """Refuse an answer that contradicts another one, so that the form has an error of no field."""
        if self.data.get(self.add_prefix("amount")) == "0":
            self.add_error(None, "Un devis sans montant ne peut pas être étudié.")


def filled(prefix: str) -> SampleForm:
    """Return the form before anything is sent; the prefix tells its fields from those of its neighbours."""
    initial = {"name": "Cardiolog", "amount": "12000", "software": "yes"}
    return SampleForm(prefix=prefix, initial=initial)


def mistaken(prefix: str) -> SampleForm:
    """Return the form as it comes back: fields left empty, an address that is none, an amount of zero."""
    sent = {"name": "", "email": "camille", "amount": "0", "started_on": "", "volet": "1"}
    form = SampleForm({f"{prefix}-{name}": value for name, value in sent.items()}, prefix=prefix)
    form.full_clean()
    return form
