"""What managers and officers type about assignments: a rule, an absence, and whom many dossiers go to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from applications.forms.officer_acts import CivilDayField, MotiveField, OfficerField
from applications.forms.officer_list import REGIONS, VOLETS
from applications.models import Absence, AssignmentRule
from applications.services.assignment.team import absent_until
from portal.accounts.models import StaffRole, User
from portal.display import short_date

BY_RULES = "regles"
MISSING_DAY = "Indiquez la date."
MISSING_PERSON = "Choisissez une personne."


def _officers() -> Any:
    return User.objects.staff(StaffRole.OFFICER).order_by("full_name", "pk")


def _named(person: User, away: Mapping[int, date]) -> str:
    until = away.get(person.pk)
    return f"{person} (en absence jusqu’au {short_date(until)})" if until else str(person)


class _Boxes(forms.CheckboxSelectMultiple):
    """Boxes to tick, as the desk draws them."""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "form-check-input"})


class RuleForm(forms.Form):
    """A rule: which dossiers, which officers, up to how many each."""

    use_required_attribute = False

    name = forms.CharField(
        label="Nom de la règle",
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="Il paraît dans l’historique de chaque dossier qu’elle affecte.",
        error_messages={"required": "Donnez un nom à la règle."},
    )
    volets = forms.MultipleChoiceField(
        label="Volets (aucun coché\u00a0: tous)", choices=VOLETS, required=False, widget=_Boxes()
    )
    regions = forms.MultipleChoiceField(
        label="Régions de l’entreprise (aucune cochée\u00a0: toutes)",
        choices=[(one, one) for one in REGIONS],
        required=False,
        widget=_Boxes(),
    )
    officers = forms.MultipleChoiceField(
        label="Parmi ces personnes",
        widget=_Boxes(),
        error_messages={
            "required": "Cochez au moins une personne.",
            "invalid_choice": "Une de ces personnes n’est plus chargée d’affaires\u00a0: relisez votre choix.",
        },
    )
    ceiling = forms.IntegerField(
        label="Plafond de dossiers en cours par personne",
        required=False,
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        help_text="Facultatif. Au-delà, la règle ne donne plus rien à cette personne.",
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Le plafond est d’un dossier au moins.",
            "max_value": "Le plafond est de 9999 dossiers au plus.",
        },
    )

    def __init__(self, *args: Any, rule: AssignmentRule | None = None, today: date, **kwargs: Any) -> None:
        """Offer the officers at work; a rule to change is shown as it is."""
        if rule is not None:
            kwargs["initial"] = {
                "name": rule.name,
                "volets": [str(one) for one in rule.volets],
                "regions": rule.regions,
                "officers": [str(one.pk) for one in rule.officers.all()],
                "ceiling": rule.ceiling,
            }
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in _officers()}
        away = absent_until(today)
        offered = [(key, _named(one, away)) for key, one in self.people.items()]
        self.fields["officers"].choices = offered  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        typed = self.cleaned_data
        return {
            "name": typed["name"],
            "volets": [int(one) for one in typed["volets"]],
            "regions": typed["regions"],
            "officers": [self.people[key] for key in typed["officers"]],
            "ceiling": typed["ceiling"],
        }


class AbsenceForm(forms.Form):
    """From when to when somebody is away, and who stands in; an officer's own absence names nobody."""

    use_required_attribute = False

    person = OfficerField()
    since = CivilDayField(label="Du")
    until = CivilDayField(label="Au", help_text="Ce jour compris.")
    cover = OfficerField()

    def __init__(
        self, *args: Any, person: User | None, absence: Absence | None = None, **kwargs: Any
    ) -> None:
        """Ask whose absence it is unless `person` is known; show an absence to change as it is."""
        if absence is not None:
            kwargs["initial"] = {"since": absence.since, "until": absence.until, "cover": absence.cover}
        super().__init__(*args, **kwargs)
        self.known = person
        self.fields["person"].label = "Personne absente"
        self.fields["cover"].label = "Intérim assuré par"
        self.fields["cover"].help_text = (
            "Cette personne voit aussi les dossiers de l’absent et reçoit ses avis. "
            "Elle ne doit pas être absente ces jours-là."
        )
        if person is not None:
            del self.fields["person"]
            self.fields["cover"].queryset = _officers().exclude(pk=person.pk)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for each of the four."""
        cleaned = super().clean() or {}
        for name in self.fields:
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, MISSING_DAY if name in {"since", "until"} else MISSING_PERSON)
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what the service takes."""
        typed = {name: self.cleaned_data[name] for name in ("since", "until", "cover")}
        return {"person": self.known or self.cleaned_data["person"], **typed}


class ManyForm(forms.Form):
    """Whom many dossiers go to, and why."""

    use_required_attribute = False

    to = forms.ChoiceField(
        label="Confier ces dossiers à",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": "Choisissez une personne, ou les règles.",
            "invalid_choice": "Choisissez un chargé d’affaires en activité, ou les règles.",
        },
    )
    motive = MotiveField(
        rows=3,
        help_text="Une phrase au moins. Les personnes concernées la lisent, et elle reste dans chaque historique.",
    )

    def __init__(self, *args: Any, today: date, giver: str = "", **kwargs: Any) -> None:
        """Offer the rules, then the officers at work but the one whose dossiers they are."""
        super().__init__(*args, **kwargs)
        self.people = {key: one for one in _officers() if (key := str(one.pk)) != giver}
        away = absent_until(today)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", "Choisir"),
            (BY_RULES, "Selon les règles d’affectation"),
            *((key, _named(one, away)) for key, one in self.people.items()),
        ]

    @property
    def officer(self) -> User | None:
        """The person chosen; None for the rules."""
        return self.people.get(self.cleaned_data["to"])
