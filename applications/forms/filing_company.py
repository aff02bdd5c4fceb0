"""The task « Entreprise »: the facts of the company and its shareholders, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from applications.forms.filing_fields import Json, StepForm, TriField, in_french, pick
from tariffs.forms import choices
from tariffs.forms.fields import DayField, FigureField

MAX_HOLDERS = 12
HOLDER_FIGURES = ("share", "headcount", "turnover", "balance_sheet")
# Regulation (EU) 651/2014, article 2, point 18, in plain words.
DIFFICULTY = (
    "pertes supérieures à la moitié du capital social et des primes d’émission "
    "(sociétés à responsabilité limitée : SAS, SARL, SA ; sauf PME de moins de trois ans) ;",
    "pertes supérieures à la moitié des fonds propres "
    "(sociétés dont des associés répondent des dettes ; sauf PME de moins de trois ans) ;",
    "procédure collective ouverte, ou conditions réunies pour qu’elle le soit à la demande des créanciers ;",
    "aide au sauvetage pas encore remboursée, ou plan de restructuration toujours en cours ;",
    "pour une entreprise qui n’est pas une PME : endettement supérieur à 7,5 fois les fonds propres et "
    "couverture des intérêts inférieure à 1, deux années de suite.",
)


class CompanyFactsForm(StepForm):
    """The company's facts, under the engine's names."""

    step = "entreprise"
    facts_fields = (
        "legal_form",
        "registered_in",
        "created_on",
        "headcount",
        "turnover",
        "balance_sheet",
        "equity",
        "subscribed_capital",
        "insolvency_proceedings",
        "in_difficulty",
        "tax_and_social_up_to_date",
    )
    figures = frozenset({"headcount", "turnover", "balance_sheet", "equity", "subscribed_capital"})

    legal_form = pick("Forme juridique", choices.LEGAL_FORMS)
    legal_form_code = forms.RegexField(
        r"^[0-9]{4}$",
        label="Code INSEE de la forme juridique",
        required=False,
        help_text="Si votre forme n’est pas dans la liste : 4 chiffres, sur votre avis de situation.",
        error_messages={"invalid": "Écrivez les 4 chiffres de la catégorie juridique, par exemple 5710."},
        widget=forms.TextInput(
            attrs={"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    registered_in = pick("Lieu d’immatriculation", choices.COUNTRIES)
    created_on = DayField(label="Date de création", help_text="Celle de l’immatriculation.")
    headcount = FigureField(
        label="Effectif",
        unit="personnes",
        decimals=15,
        example="12 ou 12,5",
        help_text="En équivalent temps plein, au dernier exercice clos.",
    )
    turnover = FigureField(
        label="Chiffre d’affaires",
        unit="€",
        help_text="Hors taxes, au dernier exercice clos. 0 s’il n’y en a pas.",
    )
    balance_sheet = FigureField(label="Total du bilan", unit="€", help_text="Au dernier exercice clos.")
    equity = FigureField(
        label="Capitaux propres",
        unit="€",
        negative=True,
        example="-12 500,50",
        help_text="Ligne DL de la liasse fiscale. Un montant négatif s’écrit avec le signe « - ».",
    )
    subscribed_capital = FigureField(
        label="Capital souscrit", unit="€", help_text="Primes d’émission comprises."
    )
    insolvency_proceedings = TriField(
        label="Une procédure collective est-elle ouverte ?",
        help_text="Sauvegarde, redressement ou liquidation judiciaire.",
    )
    in_difficulty = TriField(
        label="L’entreprise est-elle « en difficulté » au sens européen ?",
        help_text="Répondez « Oui » dès que l’un des cinq cas (a) à (e) vous concerne.",
    )
    tax_and_social_up_to_date = TriField(
        label="L’entreprise est-elle à jour de ses obligations fiscales et sociales ?"
    )
    has_holders = pick(
        "Des entreprises, fonds ou personnes détiennent-ils une part du capital à déclarer ?",
        [
            ("none", "Non : aucune entreprise ni aucun fonds au-delà de 25 %"),
            ("some", "Oui, je les indique ci-dessous"),
            ("", "Je ne sais pas encore"),
        ],
        radio=True,
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rows: int | None = None, **kwargs: Any
    ) -> None:
        """Add the fields of each shareholder's row; `rows` says how many, else what was sent or stored."""
        super().__init__(data, **kwargs)
        known = self.stored.get("shareholders") or []
        sent = _count(data) if data is not None else len(known)
        self.rows = max(0, min(MAX_HOLDERS, sent if rows is None else rows))
        sealed = not self.scope.allows(self.step, "shareholders")
        for row in range(self.rows):
            self._add_row(row, known[row] if row < len(known) else {}, sealed)
        self.fields["has_holders"].disabled = sealed

    def initial_of(self, stored: Json) -> Json:
        """Show a rare legal form by its code."""
        shown = super().initial_of(stored)
        code = stored.get("legal_form")
        if code and code not in _listed_forms():
            shown |= {"legal_form": choices.OTHER, "legal_form_code": code}
        holders = stored.get("shareholders")
        shown["has_holders"] = "" if holders is None else "some" if holders else "none"
        return shown

    def target_of(self, name: str) -> str:
        """Group the fields that answer one fact."""
        if name == "legal_form_code":
            return "legal_form"
        return "shareholders" if name.startswith("holder") or name == "has_holders" else name

    def _add_row(self, row: int, known: Json, sealed: bool) -> None:
        fields: dict[str, forms.Field] = {
            "name": forms.CharField(
                label="Nom",
                required=False,
                max_length=150,
                widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
            ),
            "kind": pick("Nature", choices.HOLDER_KINDS),
            "share": FigureField(label="Part du capital", unit="%", decimals=15, most=100, example="33,34"),
            "exempt_investor": forms.BooleanField(
                label="Investisseur exempté (capital-risque, université, investisseur institutionnel)",
                required=False,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            ),
            "headcount": FigureField(label="Effectif", unit="personnes", decimals=15, example="12 ou 12,5"),
            "turnover": FigureField(label="Chiffre d’affaires", unit="€"),
            "balance_sheet": FigureField(label="Total du bilan", unit="€"),
        }
        for fact, one in fields.items():
            value = known.get(fact)
            one.initial = in_french(value) if fact in HOLDER_FIGURES else value
            one.disabled = sealed
            self.fields[f"holder{row}_{fact}"] = one

    def holder_rows(self) -> Iterator[dict[str, Any]]:
        """Give each row's bound fields by fact, and its rank."""
        for row in range(self.rows):
            facts = ("name", "kind", "share", "exempt_investor", "headcount", "turnover", "balance_sheet")
            yield {"rank": row, **{fact: self[f"holder{row}_{fact}"] for fact in facts}}

    def clean(self) -> Json:
        """Check what takes two answers, and the days."""
        cleaned = super().clean() or {}
        if cleaned.get("legal_form") == choices.OTHER:
            code = cleaned.get("legal_form_code")
            if code:
                cleaned["legal_form"] = code
            elif "legal_form_code" not in self.errors:
                self.add_error(
                    "legal_form_code", "Écrivez les 4 chiffres de la catégorie juridique, par exemple 5710."
                )
                cleaned["legal_form"] = ""
        self.past("created_on")
        for row in range(self.rows):
            share = f"holder{row}_share"
            if self._is_told(row) and cleaned.get(share) is None and share not in self.errors:
                self.add_error(share, "Indiquez la part du capital de cet actionnaire, de 0 à 100.")
        return cleaned

    def _is_told(self, row: int) -> bool:
        told = ("name", "headcount", "turnover", "balance_sheet", "exempt_investor")
        return any(self.cleaned_data.get(f"holder{row}_{fact}") for fact in told)

    def facts(self) -> Json:
        """Return the facts with the shareholders: none declared is [], not known is absent."""
        merged = super().facts()
        if self.fields["has_holders"].disabled:
            return merged
        if any(name.startswith("holder") for name in self.errors):
            return merged
        merged.pop("shareholders", None)
        answer = self.cleaned_data.get("has_holders")
        rows = [row for number in range(self.rows) if (row := self._row(number))]
        if answer == "some" and rows:
            merged["shareholders"] = rows
        elif answer == "none":
            merged["shareholders"] = []
        return merged

    def _row(self, row: int) -> Json | None:
        if self.cleaned_data.get(f"holder{row}_share") is None:
            return None
        found: Json = {"exempt_investor": bool(self.cleaned_data.get(f"holder{row}_exempt_investor"))}
        for fact in ("name", "kind", *HOLDER_FIGURES):
            value = self.cleaned_data.get(f"holder{row}_{fact}")
            if value is not None and value != "":
                found[fact] = value
        return found


def _count(data: Mapping[str, Any]) -> int:
    """Return how many rows were sent."""
    rows = 0
    while rows < MAX_HOLDERS and f"holder{rows}_share" in data:
        rows += 1
    return rows


def _listed_forms() -> set[str]:
    listed: set[str] = set()
    for value, label in choices.LEGAL_FORMS:
        listed |= {code for code, _ in label} if isinstance(label, list) else {value}
    return listed - {choices.OTHER}
