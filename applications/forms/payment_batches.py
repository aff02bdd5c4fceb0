"""What controllers type about batches of transfers: what goes in, why something leaves, what the bank did."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.forms.officer_acts import CivilDayField, MotiveField

MAX_LIST = 1024 * 1024
WRONG_FILE = "Ce fichier n’est pas une liste en texte\u00a0: exportez-la de la banque au format CSV."


class BatchForm(forms.Form):
    """Which payments leave together, and when."""

    use_required_attribute = False

    execution_on = CivilDayField(label="Exécution demandée le")
    missions = forms.TypedMultipleChoiceField(
        label="Paiements",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Un des paiements choisis n’est plus à mettre dans un lot."},
    )

    def __init__(self, *args: Any, missions: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["missions"].choices = [(pk, str(pk)) for pk in missions]  # type: ignore[attr-defined]
        self.fields["missions"].initial = missions


class RemovalForm(forms.Form):
    """Why a batch is given up, or a transfer leaves its batch."""

    use_required_attribute = False

    motive = MotiveField(rows=3, help_text="Une phrase au moins. Le motif reste dans le journal du lot.")


class MatchForm(forms.Form):
    """The bank's list: a file, or references typed; and the date of the lines that bear none."""

    use_required_attribute = False

    file = forms.FileField(
        label="Liste de la banque (CSV)",
        required=False,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.txt"}),
        help_text="La référence du virement peut se trouver dans n’importe quelle colonne.",
    )
    typed = forms.CharField(
        label="Ou références, une par ligne",
        required=False,
        max_length=MAX_LIST,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 5, "spellcheck": "false"}),
    )
    executed_on = CivilDayField(label="Date d’exécution", help_text="Pour les lignes qui n’en portent pas.")

    def clean_file(self) -> str:
        """Return the file's text, whichever of the two usual encodings it is written in."""
        file = self.cleaned_data.get("file")
        if not file:
            return ""
        if file.size > MAX_LIST:
            raise forms.ValidationError("La liste dépasse 1 Mo\u00a0: envoyez-la en plusieurs fois.")
        content = file.read()
        if b"\x00" in content[:1000]:
            raise forms.ValidationError(WRONG_FILE)
        try:
            text: str = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        return text

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned.get("file") or cleaned.get("typed", "").strip()):
            self.add_error("typed", "Joignez la liste de la banque, ou recopiez au moins une référence.")
        return cleaned

    @property
    def text(self) -> str:
        """The list, typed or sent."""
        return "\n".join(filter(None, (self.cleaned_data["file"], self.cleaned_data["typed"])))
