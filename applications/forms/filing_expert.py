"""The task « Expert »: a firm of the pool, or one from outside with a request for derogation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from applications.forms.filing_fields import Json, LongField, StepForm, WordField, pick
from experts.models import ExpertFirm

OUTSIDE = "outside"
NONE_YET = ""


class ExpertForm(StepForm):
    """The firm chosen; for one outside the pool, who it is and why it is the right one."""

    step = "expert"

    firm = pick("Votre expert", [], radio=True)
    name = WordField(label="Raison sociale du cabinet", max_length=200)
    siren = WordField(label="SIREN", max_length=20, help_text="9 chiffres, avec ou sans espaces.")
    email = forms.EmailField(
        label="Adresse électronique du cabinet",
        required=False,
        help_text="Il sera invité à créer son espace sur le portail.",
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"invalid": "Cette adresse est incomplète : elle s’écrit comme nom@cabinet.fr."},
    )
    reason = LongField(
        label="Pourquoi cet expert ?",
        rows=4,
        max_length=3000,
        help_text="Compétence particulière, travaux antérieurs… Bpifrance décide sur ce motif.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        firms: list[ExpertFirm],
        current: ExpertFirm | None,
        derogation_allowed: bool,
        **kwargs: Any,
    ) -> None:
        """Offer the accredited firms; an outside firm already named is offered under its name."""
        self.firms, self.current, self.derogation_allowed = firms, current, derogation_allowed
        self.pool = {firm.pk for firm in firms}
        super().__init__(data, **kwargs)
        offered = [(str(firm.pk), firm.name) for firm in firms]
        if derogation_allowed:
            offered.append((OUTSIDE, "Un expert qui n’est pas dans la liste (demande de dérogation)"))
        self.fields["firm"].choices = [*offered, (NONE_YET, "Je n’ai pas encore choisi")]  # type: ignore[attr-defined]

    def initial_of(self, stored: Json) -> Json:
        """Show the firm chosen, in the pool or outside."""
        current = self.current
        outside = current is not None and current.pk not in self.pool
        return {
            "firm": OUTSIDE if outside else str(current.pk) if current else NONE_YET,
            "name": current.name if outside and current else "",
            "siren": current.siren if outside and current else "",
            "email": current.contact_email if outside and current else "",
            "reason": stored.get("reason") or "",
        }

    def target_of(self, name: str) -> str:
        """The identity of an outside firm goes with the choice of the firm."""
        return "reason" if name == "reason" else "firm"

    def unit_of(self, name: str) -> str:  # noqa: ARG002 the same for every field
        """A firm and the reason for it are one answer."""
        return "firm"

    def clean(self) -> Json:
        """Ask who an outside firm is, and why."""
        cleaned = super().clean() or {}
        if cleaned.get("firm") == OUTSIDE:
            for name, sentence in (
                ("name", "Indiquez la raison sociale du cabinet."),
                ("siren", "Indiquez le SIREN du cabinet : 9 chiffres."),
                ("email", "Indiquez l’adresse électronique du cabinet."),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
            if len((cleaned.get("reason") or "").strip()) < 20:
                self.add_error(
                    "reason", "Expliquez ce choix en une phrase au moins : la dérogation se décide dessus."
                )
        return cleaned

    @property
    def is_outside(self) -> bool:
        """Tell whether an outside firm is chosen."""
        return bool(self.cleaned_data.get("firm") == OUTSIDE)

    def siren_told(self) -> str:
        """Return the SIREN of the outside firm as it is compared."""
        return "".join(str(self.cleaned_data.get("siren") or "").split())

    def chosen(self) -> ExpertFirm | None:
        """Return the firm of the pool that is chosen."""
        key = self.cleaned_data.get("firm")
        return next((firm for firm in self.firms if str(firm.pk) == key), None)
