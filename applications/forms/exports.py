"""What is chosen of an export: its columns and its format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from applications.models import Export

FORMATS = [
    (Export.Format.XLSX.value, "Excel (XLSX)"),
    (Export.Format.ODS.value, "LibreOffice (ODS)"),
    (Export.Format.CSV.value, "CSV, pour un autre logiciel"),
]
COLUMNS_MISSING = "Cochez au moins une colonne."
NOT_OPEN = "Une des colonnes demandées n’est pas ouverte à votre fonction\u00a0: relisez votre choix."


class ExportForm(forms.Form):
    """The columns of a list, among those that the reader's role may have, and the format of the file."""

    use_required_attribute = False

    columns = forms.MultipleChoiceField(
        label="Colonnes",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": COLUMNS_MISSING, "invalid_choice": NOT_OPEN, "invalid_list": NOT_OPEN},
    )
    format = forms.ChoiceField(
        label="Format",
        choices=FORMATS,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": "Choisissez le format.",
            "invalid_choice": "Choisissez un des formats proposés.",
        },
    )

    def __init__(self, *args: Any, columns: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these columns, as (key, label)."""
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = list(columns)  # type: ignore[attr-defined]
