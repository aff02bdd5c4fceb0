"""The filters of the desk's lists, in the address and in French."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from applications.services import due_dates, worklist
from applications.services.directory import REGIONS as METROPOLITAN
from applications.services.figures import marks
from applications.services.worklist import AGES, AMOUNTS, SORTS, Wanted
from applications.workflow.states import State
from portal.accounts.models import StaffRole, User
from tariffs import catalogue

VERDICTS = [
    ("eligible", "Éligible"),
    ("needs_review", "À examiner"),
    ("incomplete", "À compléter"),
    ("ineligible", "Non éligible"),
]
DEVICES = [
    *((f"dm.{one}", f"DM {one}") for one in ("I", "IIa", "IIb", "III")),
    *((f"dmdiv.{one}", f"DMDIV {one}") for one in ("A", "B", "C", "D")),
    ("digital_solution.", "Solution numérique"),
]
# The directory's regions, and the places of the other registers.
REGIONS = sorted({*METROPOLITAN.values(), "Nouvelle-Calédonie", "Polynésie française"})
# What each filter of the address asks of the list, in the order shown.
ASKED = {
    "etat": "state",
    "volet": "volet",
    "classe": "device",
    "charge": "officer",
    "region": "region",
    "age": "age",
    "montant": "amount",
    "verdict": "verdict",
    "edition": "edition",
    "tri": "sort",
}
FILTERS = tuple(ASKED)
# What a saved view remembers of the address.
# Filters that figures lead to are shown in words, not as fields.
KEPT = ("vue", "q", *FILTERS, *marks.MARKS, "col")
COLUMNS = {
    "volet": "Volet",
    "etat": "État",
    "charge": "Chargé d’affaires",
    "montant": "Quote-part",
    "depuis": "Dans cet état depuis",
    "echeance": "Échéance",
    "dispositif": "Dispositif",
    "verdict": "Verdict",
    "region": "Région",
    "depot": "Déposé le",
    "edition": "Édition",
}
USUAL_COLUMNS = ("volet", "etat", "charge", "montant", "depuis", "echeance")
VOLETS = [(str(number), f"Volet {number}") for number in range(1, 6)]


class QuickSelect(forms.Select):
    """A select written without a template per option: a list has a hundred of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """Write the same markup as Django's."""
        chosen = set(self.format_value(value))
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        given = self.build_attrs(self.attrs, attrs)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(given), options)


def _pick(label: str, choices: Any, empty: str) -> forms.ChoiceField:
    widget = QuickSelect(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=[("", empty), *choices], required=False, widget=widget)


def list_query(query: str) -> str:
    """Return an address's filters, without its page nor anything that is not of the list."""
    asked, kept = QueryDict(query[:2000]), QueryDict(mutable=True)
    for name in KEPT:
        if values := [value for value in asked.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()


def _officer_choices(today: date | None = None) -> tuple[list[tuple[str, str]], list[User]]:
    people = list(worklist.officers(today))
    return [(str(officer.pk), str(officer)) for officer in people], people


class DossierFilterForm(forms.Form):
    """Filters, order and columns of the dossiers; one that is not of its list asks nothing."""

    q = forms.CharField(
        label="Numéro, entreprise, SIREN, expert, dispositif ou texte",
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search", "maxlength": 200}),
    )
    etat = _pick("État", [choice for choice in State.choices if choice[0] != State.DRAFT], "Tous")
    volet = _pick("Volet", VOLETS, "Tous")
    classe = _pick("Classe", DEVICES, "Toutes")
    charge = _pick("Chargé d’affaires", [], "Tous")
    region = _pick("Région", [(name, name) for name in REGIONS], "Toutes")
    age = _pick(
        "Dans cet état depuis", [(str(days), f"{days} jours ou plus") for days in AGES], "Peu importe"
    )
    montant = _pick("Quote-part", [(key, label) for key, (label, *_) in AMOUNTS.items()], "Toutes")
    verdict = _pick("Verdict", VERDICTS, "Tous")
    edition = _pick("Édition", [], "Toutes")
    tri = _pick("Tri", [(key, sort.label) for key, sort in SORTS.items() if key], SORTS[""].label)
    col = forms.MultipleChoiceField(label="Colonnes", required=False, choices=list(COLUMNS.items()))

    def __init__(self, asked: QueryDict, today: date | None = None) -> None:
        """Offer the officers and the editions; without columns, the usual ones are ticked.

        With a date the same query says who stands in for whom that day, which `absent_for` tells.
        """
        if not asked.getlist("col"):
            asked = asked.copy()
            asked.setlist("col", list(USUAL_COLUMNS))
        super().__init__(asked)
        self.marks = marks.known({name: asked.get(name, "") for name in marks.MARKS})
        offered, self.officers = _officer_choices(today)
        self.fields["charge"].choices = [("", "Tous"), *offered]  # type: ignore[attr-defined]
        known = sorted((one.code for one in catalogue.editions().all), reverse=True)
        self.fields["edition"].choices = [  # type: ignore[attr-defined]
            ("", "Toutes"),
            *((code, f"Édition {code}") for code in known),
        ]
        self.is_valid()

    @property
    def selects(self) -> list[forms.BoundField]:
        """The filters that are chosen in a list."""
        return [self[name] for name in FILTERS]

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked besides the words, by its name in the address."""
        fields = {name: value for name in FILTERS if (value := str(self.cleaned_data.get(name) or ""))}
        return fields | dict(self.marks)

    @property
    def is_open(self) -> bool:
        """True where a field or the columns say something: the fold is open then."""
        return bool(self.columns_asked) or any(name in FILTERS for name in self.chosen)

    def chips(self, base: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return what figures ask, in words, each with the address without it; `base` is the whole address."""
        asked = dict(self.marks)
        months = ("sur", "du", "au")
        chips = []
        for name, text in marks.told(asked.items()):
            without = months if name == "sur" else (name,)
            left = {key: value for key, value in base.items() if key not in without}
            chips.append({"text": text, "query": urlencode(left, doseq=True)})
        return chips

    def absent_for(self, user: User) -> dict[int, str]:
        """Return the names of the absent for whom a person stands in, by account."""
        return {one.pk: str(one) for one in self.officers if getattr(one, "covered_by", None) == user.pk}

    @property
    def columns(self) -> list[str]:
        """The columns to show, in the table's order: those chosen, or the usual ones."""
        chosen = self.cleaned_data.get("col") or USUAL_COLUMNS
        return [key for key in COLUMNS if key in chosen]

    @property
    def boxes(self) -> list[tuple[str, str, bool]]:
        """Each column (key, label) and whether it is shown."""
        return [(key, label, key in self.columns) for key, label in COLUMNS.items()]

    @property
    def columns_asked(self) -> list[str]:
        """The columns that the address names; empty where it leaves the usual ones."""
        return self.columns if tuple(self.columns) != USUAL_COLUMNS else []

    def wanted(self, *, tab: str, words: str, today: date) -> Wanted:
        """Return what the list is asked."""
        asked = {ASKED[name]: value for name, value in self.chosen.items() if name in ASKED}
        return Wanted(tab=tab, words=words, today=today, marks=self.marks, **asked)


class SavedViewForm(forms.Form):
    """The name of a view and whom it is for; its filters are those of the page it is kept from."""

    name = forms.CharField(label="Nom de la vue", max_length=60)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    is_shared = forms.BooleanField(label="Partager avec l’équipe", required=False)

    def clean_query(self) -> str:
        """Keep what is of the list."""
        return list_query(self.cleaned_data["query"])


class LookForm(forms.Form):
    """The version of a dossier that a page showed."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class DueFilterForm(forms.Form):
    """Filters of what falls due; an officer who chose nobody reads his own."""

    nature = _pick("Échéance", due_dates.KINDS.items(), "Toutes")
    charge = _pick("Chargé d’affaires", [], "Tous")
    periode = _pick("Période", [], "")

    def __init__(self, asked: QueryDict, user: User) -> None:
        """Offer the officers, and the periods where the address shows a list."""
        asked = asked.copy()
        if not asked.get("charge"):
            mine = user.staff_role == StaffRole.OFFICER
            asked["charge"] = str(user.pk) if mine else due_dates.EVERYONE
        if asked.get("periode") not in due_dates.PERIODS:
            asked["periode"] = due_dates.USUAL_PERIOD
        super().__init__(asked)
        self.fields["charge"].choices = [(due_dates.EVERYONE, "Tous"), *_officer_choices()[0]]  # type: ignore[attr-defined]
        self.fields["periode"].choices = list(due_dates.PERIODS.items())  # type: ignore[attr-defined]
        if asked.get("vue") == "mois":
            del self.fields["periode"]
        self.is_valid()

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked, by its name in the address; what is not of its list asks nothing."""
        return {name: str(value) for name in self.fields if (value := self.cleaned_data.get(name))}
