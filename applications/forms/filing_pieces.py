"""The forms of the task « Pièces » and of the final filing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from applications.forms.filing_fields import FUTURE, LongField
from applications.models import DossierDocument
from applications.services.filing_pieces import ALLOWED
from tariffs.forms.fields import DayField, PicksField

COVERS = [("tax", "Obligations fiscales"), ("social", "Obligations sociales")]
ENGAGEMENTS = {
    "accuracy": "J’atteste que les informations de cette demande sont exactes et complètes.",
    "no_early_start": "La prestation ne commencera pas, et le devis ne sera pas signé, avant le contrat.",
    "availability": "La direction de l’entreprise se rend disponible pour l’expert pendant la prestation.",
    "transmission": "J’accepte que le rapport final soit transmis aux ministères concernés.",
}


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files at once; each is checked by the documents' own checks."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the list of the files sent."""
        files = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(ManyFilesField, self).clean(one, initial) for one in files]


class DatedForm(forms.Form):
    """The date of a piece, and what a certificate covers."""

    issued_on = DayField(label="Daté du")
    covers = PicksField(label="L’attestation porte sur", choices=COVERS)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Remember the day; inputs are named after `prefix`."""
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_issued_on(self) -> date | None:
        """Return the day, which is past."""
        value = self.cleaned_data.get("issued_on")
        found = date.fromisoformat(value) if value else None
        if found and found > self.today:
            raise forms.ValidationError(FUTURE)
        return found


class UploadForm(DatedForm):
    """Files for one kind of piece, or of kinds to be guessed."""

    # Empty: each file's kind is guessed from its name.
    kind = forms.ChoiceField(
        required=False, choices=[("", ""), *((kind, DossierDocument.Kind(kind).label) for kind in ALLOWED)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the files here: `files` also names what a form was sent."""
        super().__init__(*args, **kwargs)
        self.fields["files"] = ManyFilesField(
            label="Fichiers",
            error_messages={"required": "Choisissez au moins un fichier.", "empty": "Ce fichier est vide."},
        )


class AbsenceForm(forms.Form):
    """Why a piece cannot be given."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in ALLOWED])
    absent_because = LongField(label="Je ne peux pas fournir cette pièce parce que…", rows=2, max_length=1000)


class SubmitForm(forms.Form):
    """What is ticked at the end, with the version and revision of what was read over."""

    version = forms.IntegerField(min_value=0)
    revision = forms.IntegerField(min_value=0)
    file_anyway = forms.BooleanField(required=False)
    accuracy = forms.BooleanField(required=False)
    no_early_start = forms.BooleanField(required=False)
    availability = forms.BooleanField(required=False)
    transmission = forms.BooleanField(required=False)

    def inputs(self) -> dict[str, Any]:
        """Return the inputs of the act."""
        ticked = {name: self.cleaned_data[name] for name in (*ENGAGEMENTS, "file_anyway")}
        return {"expected_revision": self.cleaned_data["revision"], **ticked}
