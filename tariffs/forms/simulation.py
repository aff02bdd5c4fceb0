"""The simulator's form: every fact of a case as a field that is read from the address of the page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from tariffs.engine.editions import Edition, Item, UncoveredItem
from tariffs.forms import choices
from tariffs.forms.fields import DayField, FigureField, PickField, PicksField, YesNoField, is_sane
from tariffs.forms.rows import (
    HOLDER,
    HOLDER_FACTS,
    LINE,
    LINE_FACTS,
    count_rows,
    holder_fields,
    line_fields,
)

# What a page shows ticked before anything was answered.
FIRST_ANSWERS = {"registered_in": "FR"}


@dataclass(frozen=True, slots=True)
class Line:
    """The fields of one line of the quote, ready for a template."""

    item: Item | UncoveredItem
    amount: forms.BoundField
    complexity: forms.BoundField | None
    performed_by: forms.BoundField | None

    @property
    def is_used(self) -> bool:
        """Tell whether something was typed in the line, or must be mended."""
        fields = (self.amount, self.complexity, self.performed_by)
        return bool(self.amount.value()) or any(field and field.errors for field in fields)


class SimulationForm(forms.Form):
    """The questions of the simulator; none is required, an empty one is « not known »."""

    use_required_attribute = False

    volet = PickField(label="Volet demandé", radio=True)
    edition = PickField(label="Édition du cahier des charges")
    on = DayField(label="Date d’évaluation", help_text="Vide\u00a0: aujourd’hui.")

    device = PickField(label="Nature et classe du produit", choices=choices.DEVICES)
    digital_functions = YesNoField(label="Le produit a-t-il des fonctions numériques\u00a0?")
    hardware = YesNoField(label="Le produit comporte-t-il une partie matérielle\u00a0?")
    targets = PicksField(label="Référencement visé", choices=choices.TARGETS)
    ce_marking = PickField(label="Marquage CE", radio=True, choices=choices.CE_MARKINGS)
    audience = PickField(label="À qui la solution s’adresse-t-elle\u00a0?", choices=choices.AUDIENCES)
    purpose = PickField(label="Objet de la solution", choices=choices.PURPOSES)

    legal_form = PickField(label="Forme juridique", choices=choices.LEGAL_FORMS)
    legal_form_code = forms.RegexField(
        r"^[0-9]{4}$",
        label="Code INSEE de la forme juridique",
        required=False,
        help_text="Les 4 chiffres de la catégorie juridique, sur votre avis de situation.",
        error_messages={"invalid": "Écrivez les 4 chiffres de la catégorie juridique, par exemple 5710."},
        widget=forms.TextInput(
            attrs={"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    registered_in = PickField(label="Lieu d’immatriculation", choices=choices.COUNTRIES)
    created_on = DayField(label="Date de création")
    headcount = FigureField(
        label="Effectif",
        unit="personnes",
        decimals=15,
        example="12 ou 12,5",
        help_text="En équivalent temps plein.",
    )
    turnover = FigureField(label="Chiffre d’affaires", unit="€", help_text="Du dernier exercice clos.")
    balance_sheet = FigureField(label="Total du bilan", unit="€")
    equity = FigureField(label="Capitaux propres", unit="€", negative=True, example="-12\u00a0500,50")
    subscribed_capital = FigureField(
        label="Capital souscrit", unit="€", help_text="Primes d’émission comprises."
    )
    in_difficulty = YesNoField(
        label="L’entreprise est-elle en difficulté\u00a0?",
        help_text="Au sens du règlement (UE) n° 651/2014, article 2, point 18.",
    )
    insolvency_proceedings = YesNoField(label="Une procédure collective est-elle ouverte\u00a0?")
    tax_and_social_up_to_date = YesNoField(
        label="L’entreprise est-elle à jour de ses obligations fiscales et sociales\u00a0?"
    )
    volets_used = PicksField(label="Volets dont l’entreprise a déjà bénéficié", choices=choices.VOLETS_USED)
    holders = PickField(
        label="Une entreprise ou un fonds détient-il plus de 25\u00a0% du capital\u00a0?",
        radio=True,
        choices=choices.HOLDERS,
    )

    training_not_cumulated = YesNoField(label="La formation est-elle financée sans CPF ni OPCO\u00a0?")
    business_model_defined = YesNoField(
        label="Le modèle d’affaires et la stratégie d’accès au marché sont-ils définis\u00a0?"
    )
    medical_committee = YesNoField(label="Un comité d’experts médicaux du domaine est-il réuni\u00a0?")

    expert = PickField(label="Votre expert", choices=choices.EXPERTS)
    passi_from = DayField(label="Certificat PASSI valable du", help_text="Vide\u00a0: pas de certificat.")
    passi_until = DayField(label="au")
    passi_scopes = PicksField(label="Portées du certificat", choices=choices.SCOPES)

    quote_signed = YesNoField(label="Le devis est-il déjà signé\u00a0?")
    doc_quote = PickField(label="Devis de l’expert, non signé", choices=choices.PIECES)
    doc_regularity = PickField(label="Attestations de régularité fiscale et sociale", choices=choices.PIECES)
    doc_tax_on = DayField(label="Date de l’attestation fiscale", help_text="Celle des impôts.")
    doc_social_on = DayField(label="Date de l’attestation sociale", help_text="Celle de l’Urssaf.")
    doc_tax_return = PickField(label="Dernière liasse fiscale", choices=choices.PIECES)

    starts_on = DayField(
        label="Début du délai", help_text="Si vous le connaissez\u00a0: l’échéance est alors calculée."
    )
    work_ended_on = DayField(label="Fin des travaux", help_text="Donne la date limite du rapport final.")

    def __init__(self, data: QueryDict | None, *, editions: Iterable[Edition]) -> None:
        """Read `data` (None: nothing answered yet); the lists come from the editions, oldest first."""
        super().__init__(data, initial=FIRST_ANSWERS, auto_id="f_%s")
        self.catalogue = tuple(editions)
        newest = self.catalogue[-1]
        self._pick("volet").choices = [
            *((str(each.number), f"{each.number}. {each.label}") for each in newest.volets.values()),
            ("", "Je ne sais pas encore"),
        ]
        self._pick("edition").choices = [
            ("", "Édition en vigueur"),
            *((each.code, each.label) for each in reversed(self.catalogue)),
        ]
        self.covered: Mapping[str, Item] = {
            code: item for edition in self.catalogue for code, item in edition.items.items()
        }
        self.uncovered: Mapping[str, UncoveredItem] = {
            code: item for edition in self.catalogue for code, item in edition.uncovered_items.items()
        }
        self.holder_count = count_rows(data, HOLDER, least=1)
        self.line_count = count_rows(data, LINE, least=0)
        self._add_lines()
        self._add_rows()

    def _pick(self, name: str) -> forms.ChoiceField:
        """A field whose choices come from the editions."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} has no choices.")
        return field

    def _add_lines(self) -> None:
        """One line for each item of the editions, with what its rules read."""
        for code, item in self.covered.items():
            self.fields[f"amount_{code}"] = FigureField(label=item.label, unit="€")
            self.fields[f"by_{code}"] = PickField(
                label=f"Qui réalise «\u00a0{item.label}\u00a0»\u00a0?", choices=choices.PERFORMERS
            )
            if item.indicative:
                self.fields[f"complexity_{code}"] = PickField(
                    label=f"Complexité de «\u00a0{item.label}\u00a0»", choices=choices.COMPLEXITIES
                )
        for code, uncovered in self.uncovered.items():
            self.fields[f"amount_{code}"] = FigureField(label=uncovered.label, unit="€")

    def _add_rows(self) -> None:
        """The rows of the shareholders, and those of more lines."""
        for row in range(1, self.holder_count.shown + 1):
            self.fields.update(holder_fields(row))
        by_volet: dict[int, list[Item]] = {}
        for item in self.covered.values():
            by_volet.setdefault(item.volet, []).append(item)
        for row in range(1, self.line_count.shown + 1):
            self.fields.update(line_fields(row, by_volet, list(self.uncovered.values())))

    # --- What was typed ----------------------------------------------------------------------

    def typed(self, name: str) -> str:
        """The raw answer to a question, "" where there is none."""
        value = self[name].value()
        return value.strip() if isinstance(value, str) else ""

    def any_typed(self, names: Iterable[str]) -> bool:
        """Tell whether one of these questions has an answer, valid or not."""
        return any(self[name].value() for name in names)

    def clean(self) -> dict[str, Any]:
        """Check what takes two answers: the code of another legal form, both days of a certificate."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("legal_form") == choices.OTHER and not self.typed("legal_form_code"):
            self.add_error(
                "legal_form_code", "Écrivez les 4 chiffres de la catégorie juridique, par exemple 5710."
            )
        if cleaned.get("expert") and self.any_typed(("passi_from", "passi_until", "passi_scopes")):
            for name in ("passi_from", "passi_until"):
                if not self.typed(name):
                    self.add_error(name, "Indiquez cette date du certificat PASSI, ou videz l’autre.")
        self._check_rows()
        return cleaned

    def _check_rows(self) -> None:
        """Check that a row that says something says what the others hang on."""
        for row in range(1, self.holder_count.shown + 1):
            facts = [f"holder{row}_{fact}" for fact in ("exempt", "headcount", "turnover", "balance_sheet")]
            if not self.typed(f"holder{row}_share") and self.any_typed(facts):
                self.add_error(
                    f"holder{row}_share", "Indiquez la part du capital de cet actionnaire, de 0 à 100."
                )
        for row in range(1, self.line_count.shown + 1):
            item, amount = f"line{row}_item", f"line{row}_amount"
            if self.typed(amount) and not self.typed(item):
                self.add_error(item, "Choisissez la prestation de cette ligne, ou videz son montant.")
            elif self.typed(item) and not self.typed(amount):
                self.add_error(amount, "Indiquez le montant de cette ligne, ou retirez sa prestation.")

    def query(self) -> str:
        """The shortest query string that says the same, without blank answers nor unknown names."""
        return urlencode(list(self._answers()))

    def _answers(self) -> Iterator[tuple[str, str]]:
        """Each answer that says something, in the order of the questions."""
        data = self.data if isinstance(self.data, MultiValueDict) else MultiValueDict()
        for name in self.fields:
            multiple = isinstance(self.fields[name], forms.MultipleChoiceField)
            for value in data.getlist(name) if multiple else data.getlist(name)[-1:]:
                said = value.strip()
                if said and is_sane(said) and not self._goes_without_saying(name, said):
                    yield name, said

    @staticmethod
    def _goes_without_saying(name: str, said: str) -> bool:
        """Tell whether an answer is the one that its absence means."""
        performer = name.startswith("by_") or name.endswith("_by")
        return (performer and said == "expert") or (name.endswith("_kind") and said == "enterprise")

    # --- What is shown -----------------------------------------------------------------------

    def lines_of(self, volet: int) -> list[Line]:
        """The lines of the items of a volet."""
        return [
            Line(item, self[f"amount_{code}"], self._optional(f"complexity_{code}"), self[f"by_{code}"])
            for code, item in self.covered.items()
            if item.volet == volet
        ]

    def uncovered_lines(self) -> list[Line]:
        """The lines of what is never paid for."""
        return [Line(item, self[f"amount_{code}"], None, None) for code, item in self.uncovered.items()]

    def _optional(self, name: str) -> forms.BoundField | None:
        return self[name] if name in self.fields else None

    def holder_rows(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each shareholder's row, by fact."""
        return self._rows(HOLDER, self.holder_count.shown, HOLDER_FACTS)

    def line_rows(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each further line of the quote, by fact."""
        return self._rows(LINE, self.line_count.shown, LINE_FACTS)

    @property
    def next_holder(self) -> str:
        """The id of the field that one more shareholder starts with."""
        return f"f_{HOLDER}{self.holder_count.shown + 1}_{HOLDER_FACTS[0]}"

    @property
    def next_line(self) -> str:
        """The id of the field that one more line starts with."""
        return f"f_{LINE}{self.line_count.shown + 1}_{LINE_FACTS[0]}"

    def _rows(self, kind: str, shown: int, facts: Iterable[str]) -> list[dict[str, forms.BoundField]]:
        return [{fact: self[f"{kind}{row}_{fact}"] for fact in facts} for row in range(1, shown + 1)]
