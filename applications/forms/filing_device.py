"""The task « Dispositif »: the product, its class and what it does; also in the company's own space."""

from __future__ import annotations

from typing import Any

from applications.forms.filing_fields import Json, LongField, StepForm, TriField, WordField, pick
from tariffs.engine.facts import DEVICE_CLASSES
from tariffs.forms import choices
from tariffs.forms.fields import PicksField

KINDS = [
    ("", "Pas encore choisi"),
    ("dm", "Dispositif médical (DM)"),
    ("dmdiv", "Dispositif médical de diagnostic in vitro (DMDIV)"),
    ("digital_solution", "Solution numérique en santé, qui n’est pas un dispositif médical"),
]
CLASSES = [
    ("", "Je ne sais pas encore"),
    ("DM – règlement (UE) 2017/745", [(one, f"Classe {one}") for one in DEVICE_CLASSES["dm"]]),
    ("DMDIV – règlement (UE) 2017/746", [(one, f"Classe {one}") for one in DEVICE_CLASSES["dmdiv"]]),
]
CE_MARKINGS = [
    ("obtained", "Obtenu"),
    ("in_progress", "En cours : dossier constitué, certificat attendu"),
    ("none", "Pas encore de dossier"),
    ("", "Je ne sais pas encore"),
]
NO_TARGET = "none"


class DeviceForm(StepForm):
    """The product's name and its facts, under the engine's names."""

    step = "dispositif"
    facts_fields = (
        "kind",
        "risk_class",
        "digital_functions",
        "hardware",
        "ce_marking",
        "audience",
        "purpose",
    )

    name = WordField(
        label="Nom du dispositif", max_length=150, help_text="Tel qu’il figurera dans le contrat."
    )
    description = LongField(
        label="À quoi sert-il ?",
        max_length=1000,
        help_text="Deux ou trois phrases : finalité, patients, usage.",
    )
    kind = pick("Nature du produit", KINDS, radio=True)
    risk_class = pick(
        "Classe de risque",
        CLASSES,
        help_text="Elle fixe les plafonds. Une solution numérique n’a pas de classe.",
    )
    digital_functions = TriField(
        label="A-t-il des fonctions numériques ?", help_text="Logiciel, connexion, traitement de données."
    )
    hardware = TriField(
        label="Comporte-t-il une partie matérielle ?", help_text="Autre chose qu’un logiciel seul."
    )
    targets = PicksField(label="Référencement visé", choices=choices.TARGETS)
    ce_marking = pick("Marquage CE", CE_MARKINGS, radio=True)
    audience = pick("À qui la solution s’adresse-t-elle ?", choices.AUDIENCES)
    purpose = pick("Objet de la solution", choices.PURPOSES)

    def initial_of(self, stored: Json) -> Json:
        """An empty list of targets was answered « aucun »."""
        shown = super().initial_of(stored)
        targets = stored.get("targets")
        shown["targets"] = [NO_TARGET] if targets == [] else targets
        return shown

    def clean(self) -> Json:
        """Check the class against the kind."""
        cleaned = super().clean() or {}
        kind, risk_class = cleaned.get("kind"), cleaned.get("risk_class")
        if kind == "digital_solution":
            cleaned["risk_class"] = ""
        elif risk_class and kind and risk_class not in DEVICE_CLASSES[kind]:
            self.add_error(
                "risk_class", "Cette classe n’existe pas pour ce produit : choisissez-en une de sa liste."
            )
        elif risk_class and not kind:
            self.add_error("kind", "Choisissez d’abord la nature du produit.")
        return cleaned

    def facts(self) -> Json:
        """Return the device's facts; the class goes with the kind."""
        merged = super().facts()
        if "kind" in self.errors or "risk_class" in self.errors:
            merged = {**merged, "kind": self.stored.get("kind"), "risk_class": self.stored.get("risk_class")}
        if not self.fields["targets"].disabled and "targets" not in self.errors:
            chosen = self.cleaned_data.get("targets")
            merged["targets"] = [one for one in chosen if one != NO_TARGET] if chosen else None
        return {key: value for key, value in merged.items() if value is not None}

    def identity(self) -> dict[str, Any]:
        """Return the name and description that may be written."""
        return {name: self.cleaned_data.get(name) or "" for name in ("name", "description")}
