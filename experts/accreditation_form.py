"""What a firm types and joins to ask for an accreditation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from experts.charter import CHARTER_VERSION
from experts.forms import PAPERS, VOLETS, ManyFiles, ManyFilesField, date_field, file_field
from experts.models import ExpertFirm
from experts.policy import TAX_CERTIFICATE_MONTHS
from experts.services import (
    Evidence,
    VoletStanding,
    gaps,
    insurance_of,
    known_cvs,
    refused_files,
    tax_certificate_of,
)
from experts.services.accreditations import REFERENCES_LENGTH
from experts.services.papers import NO_CV, NO_INSURANCE, NO_TAX

# What a request joins, and what stands for each where nothing was typed.
EVIDENCE: dict[str, Any] = {
    "cvs": (),
    "insurance": None,
    "insurer": "",
    "insurance_from": None,
    "insurance_until": None,
    "tax": None,
    "tax_issued_on": None,
}
REQUIRED = {
    "cvs": NO_CV,
    "insurance": NO_INSURANCE,
    "insurer": "Indiquez le nom de l’assureur.",
    "insurance_from": "Indiquez le début de l’assurance.",
    "insurance_until": "Indiquez la fin de l’assurance, qui suit son début.",
    "tax": NO_TAX,
    "tax_issued_on": "Indiquez la date de l’attestation, passée ou du jour.",
}


class AccreditationRequestForm(forms.Form):
    """What the firm asks to be accredited for, and the papers that support it."""

    volet = forms.TypedChoiceField(label="Volet demandé", coerce=int, choices=VOLETS)
    references = forms.CharField(
        label="Références",
        min_length=REFERENCES_LENGTH,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Deux ou trois missions comparables\u00a0: client ou secteur, année, ce qui a été livré.",
        error_messages={"min_length": "Décrivez au moins une mission comparable."},
    )
    cvs = ManyFilesField(
        label="CV des consultants",
        required=False,
        widget=ManyFiles(attrs={"class": "form-control", "accept": ".pdf,.docx"}),
        help_text="Un ou plusieurs fichiers PDF ou Word. Ceux de vos consultants qui travaillent sur ce volet "
        "sont repris sans que vous ayez à les joindre.",
    )
    insurance = file_field("Attestation d’assurance professionnelle", *PAPERS, required=False)
    insurer = forms.CharField(label="Assureur", max_length=150, required=False)
    insurance_from = date_field("Assurance valable du", required=False)
    insurance_until = date_field("Assurance valable jusqu’au", required=False)
    tax = file_field("Attestation fiscale et sociale", *PAPERS, required=False)
    tax_issued_on = date_field("Attestation fiscale et sociale datée du", required=False)
    charter = forms.BooleanField(
        label=f"Au nom du cabinet, j’accepte la charte éthique, version {CHARTER_VERSION}",
        error_messages={"required": "L’agrément suppose d’accepter la charte\u00a0: cochez la case."},
    )

    def __init__(
        self,
        *args: Any,
        firm: ExpertFirm,
        today: date,
        volets: Iterable[VoletStanding],
        **kwargs: Any,
    ) -> None:
        """Mark as required what the firm has not given yet."""
        super().__init__(*args, **kwargs)
        self.firm, self.today = firm, today
        insurance, tax = insurance_of(firm, today), tax_certificate_of(firm, today)
        names = dict(VOLETS)
        self.fields["volet"].choices = [  # type: ignore[attr-defined]
            (one.volet, names[one.volet] + (" (renouvellement)" if one.is_renewal else "")) for one in volets
        ]
        oldest = f"moins de {TAX_CERTIFICATE_MONTHS} mois"
        self.fields["insurance"].help_text = (
            f"Vide\u00a0: nous reprenons l’attestation transmise, valable jusqu’au {insurance.valid_until:%d/%m/%Y}."
            if insurance is not None
            else "PDF, PNG ou JPEG, 25\u00a0Mo au plus."
        )
        self.fields["tax"].help_text = (
            f"Vide\u00a0: nous reprenons l’attestation transmise, datée du {tax.issued_on:%d/%m/%Y}."
            if tax is not None
            else f"Celle de l’URSSAF ou de l’administration fiscale, de {oldest}."
        )
        lacking = {"cvs"} if not self._has_cv() else set()
        lacking |= (
            {"insurance", "insurer", "insurance_from", "insurance_until"} if insurance is None else set()
        )
        lacking |= {"tax", "tax_issued_on"} if tax is None else set()
        for name in lacking:
            self.fields[name].required = True
        for name, sentence in REQUIRED.items():
            self.fields[name].error_messages["required"] = sentence

    def _has_cv(self) -> bool:
        """Tell whether the volet that the page is about needs no CV any more."""
        volet = str(self["volet"].value() or "")
        return volet in {"1", "2", "3", "4", "5"} and bool(known_cvs(self.firm, int(volet)))

    def clean(self) -> dict[str, Any]:
        """Tell all that the papers lack at once, since files are lost with each attempt."""
        cleaned = super().clean() or {}
        if "volet" in cleaned:
            evidence = Evidence(**{name: cleaned.get(name) or default for name, default in EVIDENCE.items()})
            found = gaps(self.firm, cleaned["volet"], evidence, on=self.today)
            for name, sentence in {**found, **refused_files(evidence)}.items():
                if name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned

    def evidence(self) -> Evidence:
        """Return the papers joined, once the form is valid."""
        return Evidence(**{name: self.cleaned_data[name] for name in EVIDENCE})
