"""The form of an offer: its lines, method, phases, dates and the choices of its clauses, as the firm types them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms

from applications.forms.expert_fields import AmountField, DateField
from applications.forms.filing_fields import LongField, WordField, in_french, pick
from applications.forms.offer_clauses import (
    IP_NAMES,
    WholeField,
    ip_fields,
    ip_initial,
    secret_fields,
    secret_initial,
)
from applications.models import OfferLine
from applications.services.offers import clauses
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.drafting import Line, Told
from applications.services.offers.planning import MOST_PHASES, MOST_WEEKS, Phase
from applications.services.offers.pricing import amount_of, are_half_days
from applications.services.offers.sending import interview_obstacle
from experts.models import Consultant
from tariffs.engine.editions import Edition
from tariffs.forms import choices
from tariffs.forms.fields import FigureField

Json = dict[str, Any]
MOST_LINES = 30
# Beyond it a line is a slip of the keyboard; the database and the engine hold their sums.
MOST_AMOUNT = Decimal(10**9)
PRICINGS = [(OfferLine.Pricing.FIXED.value, "Forfait"), (OfferLine.Pricing.DAYS.value, "Jours × tarif")]
LINE_FIELDS = ("item", "label", "consultant", "pricing", "days", "daily_rate", "amount", "complexity")
PHASE_FIELDS = ("label", "weeks", "until")
# What tells that a row was sent, whatever else it holds.
LINE_MARK, PHASE_MARK = "item", "label"
# What an offer is not sent without, some of it where another answer calls for it (services.offers.sending).
NEEDED = (
    {"line0_item", "method", "interview_confirmed_on", "valid_until", "phase0_label"}
    | set(IP_NAMES)
    | {f"other_{name}" for name in clauses.OTHER_RIGHTS}
    | {"secret_years", "secret_back", "secret_days"}
)


class LineRow(NamedTuple):
    """The bound fields of one line, its rank, and what it comes to where that can be read."""

    rank: int
    item: Any
    label: Any
    consultant: Any
    pricing: Any
    days: Any
    daily_rate: Any
    amount: Any
    complexity: Any


class PhaseRow(NamedTuple):
    """The bound fields of one phase, and its rank."""

    rank: int
    label: Any
    weeks: Any
    until: Any


class RightField(NamedTuple):
    """The modes of one right."""

    label: str
    modes: Any


class OfferForm(forms.Form):
    """All that an offer says; a line counts once it has an item, a phase once it has a name."""

    use_required_attribute = False

    method = LongField(
        label="Méthode",
        rows=6,
        max_length=6000,
        help_text="Comment vous travaillerez, avec qui, et ce que vous remettrez.",
    )
    interview_confirmed_on = DateField(
        label="Entretien de pré-qualification tenu le",
        needed=False,
        help_text="Le jour de votre échange avec l’entreprise, qui vous a contacté après sa demande.",
    )
    valid_until = DateField(label="Devis valable jusqu’au", needed=False, help_text="Ce jour compris.")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        told: Told,
        volet: int,
        edition: Edition,
        wanted: tuple[str, ...],
        consultants: list[Consultant],
        asked_on: date,
        today: date,
        rows: int | None = None,
        phases: int | None = None,
    ) -> None:
        """Show what is told, an empty line for each wanted item at first, and one empty phase."""
        self.volet, self.edition, self.consultants = volet, edition, consultants
        self.asked_on, self.today = asked_on, today
        self.has_benchmark = any(one.indicative for one in edition.items.values() if one.volet == volet)
        first = [_line_initial(line) for line in told.lines]
        first = first or [{"item": item, "pricing": "fixed"} for item in wanted] or [{"pricing": "fixed"}]
        first_phases = [_phase_initial(phase) for phase in told.planning] or [{}]
        super().__init__(
            data,
            auto_id="f_%s",
            initial={
                "method": told.method,
                "interview_confirmed_on": told.interview_confirmed_on,
                "valid_until": told.valid_until,
                **ip_initial(told.ip),
                **secret_initial(told.confidentiality),
            },
        )
        sent = _sent(data, "line", LINE_MARK, MOST_LINES) if data is not None else len(first)
        self.rows = max(1, min(MOST_LINES, sent if rows is None else rows))
        sent = _sent(data, "phase", PHASE_MARK, MOST_PHASES) if data is not None else len(first_phases)
        self.phases = max(1, min(MOST_PHASES, sent if phases is None else phases))
        for rank in range(self.rows):
            self._add_line(rank, first[rank] if rank < len(first) else {"pricing": "fixed"})
        for rank in range(self.phases):
            self._add_phase(rank, first_phases[rank] if rank < len(first_phases) else {})
        self.fields.update(ip_fields())
        self.fields.update(secret_fields())

    # --- Rows
    def item_choices(self) -> list[Any]:
        """Return the volet's items first, then what is never covered."""
        mine = [(code, one.label) for code, one in self.edition.items.items() if one.volet == self.volet]
        apart = [(code, one.label) for code, one in self.edition.uncovered_items.items()]
        return [
            ("", "Choisir le poste"),
            (f"Prestations du volet {self.volet}", mine),
            ("Jamais prises en charge", apart),
        ]

    def _add_line(self, rank: int, known: Json) -> None:
        people = [("", "Non précisé"), *((str(one.pk), one.full_name) for one in self.consultants)]
        fields: dict[str, forms.Field] = {
            "item": pick("Poste", self.item_choices()),
            "label": WordField(label="Libellé", max_length=200),
            "consultant": pick("Consultant", people),
            "pricing": pick("Prix", PRICINGS),
            "days": FigureField(label="Jours", decimals=1, most=999, example="2,5"),
            "daily_rate": AmountField(label="Tarif journalier HT", unit="€", needed=False),
            "amount": AmountField(label="Forfait HT", unit="€", needed=False),
            "complexity": pick("Complexité", choices.COMPLEXITIES),
        }
        if not self.has_benchmark:
            del fields["complexity"]
        for name, one in fields.items():
            one.initial = known.get(name)
            self.fields[f"line{rank}_{name}"] = one

    def _add_phase(self, rank: int, known: Json) -> None:
        fields: dict[str, forms.Field] = {
            "label": WordField(label="Phase", max_length=150),
            "weeks": WholeField(label="Fin, en semaines après la signature", most=MOST_WEEKS),
            "until": DateField(label="ou à une date", needed=False),
        }
        for name, one in fields.items():
            one.initial = known.get(name)
            self.fields[f"phase{rank}_{name}"] = one

    def __getitem__(self, name: str) -> forms.BoundField:
        """Return the field with the row it stands on, for where it is named away from it."""
        bound = super().__getitem__(name)
        bound.asked, bound.entered, bound.accepted = [], "", False  # type: ignore[attr-defined]
        bound.needed = name in NEEDED  # type: ignore[attr-defined]
        for prefix, word in (("line", "Ligne"), ("phase", "Phase")):
            row = name.removeprefix(prefix).partition("_")[0]
            if name.startswith(prefix) and row.isdecimal():
                bound.whole_label = f"{word} {int(row) + 1}, {bound.label}"  # type: ignore[attr-defined]
        return bound

    def line_rows(self) -> Iterator[LineRow]:
        """Give the bound fields line by line."""
        for rank in range(self.rows):
            names = [f"line{rank}_{name}" for name in LINE_FIELDS]
            yield LineRow(rank, *[self[name] if name in self.fields else None for name in names])

    def phase_rows(self) -> Iterator[PhaseRow]:
        """Give the bound fields phase by phase."""
        for rank in range(self.phases):
            yield PhaseRow(rank, *[self[f"phase{rank}_{name}"] for name in PHASE_FIELDS])

    def right_fields(self) -> Iterator[RightField]:
        """Give each right of the clause with its modes."""
        for right, (label, _modes) in clauses.RIGHTS.items():
            yield RightField(label, self[f"right_{right}"])

    def other_fields(self) -> list[Any]:
        """Return the fields of the other rights."""
        return [self[f"other_{name}"] for name in clauses.OTHER_RIGHTS]

    # --- What is told
    def clean(self) -> Json:
        """Check that each line that has something has an item and one price, and the day of the interview."""
        cleaned = super().clean() or {}
        day = cleaned.get("interview_confirmed_on")
        if day and (found := interview_obstacle(day, asked_on=self.asked_on, today=self.today)):
            self.add_error("interview_confirmed_on", f"{found.message} {found.remedy}")
        for rank in range(self.rows):
            self._check_line(rank, cleaned)
        return cleaned

    def _check_line(self, rank: int, cleaned: Json) -> None:
        told = {name: cleaned.get(f"line{rank}_{name}") for name in LINE_FIELDS}
        priced = [name for name in ("days", "daily_rate", "amount") if told[name] is not None]
        wrong = any(f"line{rank}_{name}" in self.errors for name in LINE_FIELDS)
        if wrong:
            return
        if not told["item"]:
            if priced or told["label"]:
                self.add_error(f"line{rank}_item", "Choisissez le poste de cette ligne.")
            return
        if told["pricing"] == "days" and told["days"] and not are_half_days(Decimal(told["days"])):
            self.add_error(f"line{rank}_days", "Comptez par demi-journées\u00a0: 2 ou 2,5 par exemple.")
            return
        line = self._line(rank)
        if line is not None and line.amount >= MOST_AMOUNT:
            field = "daily_rate" if line.pricing == "days" else "amount"
            self.add_error(f"line{rank}_{field}", "Ce montant dépasse ce qu’un devis peut porter.")

    def lines(self) -> tuple[Line, ...]:
        """Return the lines that have an item and a whole price, in order; the others wait in the form."""
        found = [self._line(rank) for rank in range(self.rows)]
        return tuple(line for line in found if line is not None)

    def unpriced(self) -> bool:
        """Tell whether a line has an item but no whole price yet."""
        return any(
            self.cleaned_data.get(f"line{rank}_item") and self._line(rank) is None
            for rank in range(self.rows)
        )

    def _line(self, rank: int) -> Line | None:
        told = {name: self.cleaned_data.get(f"line{rank}_{name}") for name in LINE_FIELDS}
        if not told["item"] or any(f"line{rank}_{name}" in self.errors for name in LINE_FIELDS):
            return None
        common: Json = {
            "item": told["item"],
            "label": told["label"] or "",
            "consultant": int(told["consultant"]) if told["consultant"] else None,
            "complexity": told["complexity"] or "",
        }
        if told["pricing"] != "days":
            return Line(amount=told["amount"], **common) if told["amount"] is not None else None
        days = Decimal(told["days"]) if told["days"] else Decimal(0)
        if days <= 0 or told["daily_rate"] is None:
            return None
        amount = amount_of(days=days, daily_rate=told["daily_rate"])
        return Line(amount=amount, pricing="days", days=days, daily_rate=told["daily_rate"], **common)

    def told(self) -> Told:
        """Return all that a valid form says."""
        say = self.cleaned_data
        rows = [
            {name: say.get(f"phase{rank}_{name}") for name in PHASE_FIELDS} for rank in range(self.phases)
        ]
        return Told(
            lines=self.lines(),
            method=say["method"],
            planning=tuple(
                Phase(row["label"] or "", row["until"], row["weeks"])
                for row in rows
                if row["label"] or row["until"] or row["weeks"] is not None
            ),
            interview_confirmed_on=say["interview_confirmed_on"],
            valid_until=say["valid_until"],
            ip=IpChoices.read(
                {
                    **{name: say.get(name) for name in IP_NAMES},
                    "rights": {right: say.get(f"right_{right}") for right in clauses.RIGHTS},
                    "others": {name: say.get(f"other_{name}") for name in clauses.OTHER_RIGHTS},
                }
            ),
            confidentiality=ConfidentialityChoices.read(
                {name: say.get(f"secret_{name}") for name in ("years", "back", "days", "exceptions")}
            ),
        )


def _sent(data: Mapping[str, Any], prefix: str, mark: str, most: int) -> int:
    rows = 0
    while rows < most and f"{prefix}{rows}_{mark}" in data:
        rows += 1
    return rows


def _line_initial(line: Line) -> Json:
    fixed = line.pricing != "days"
    return {
        "item": line.item,
        "label": line.label,
        "consultant": str(line.consultant or ""),
        "pricing": line.pricing,
        "days": in_french(_plain(line.days)) if line.days is not None else None,
        "daily_rate": line.daily_rate,
        "amount": line.amount if fixed else None,
        "complexity": line.complexity,
    }


def _plain(days: Decimal) -> str:
    """Return days without a useless zero: 3 rather than 3.0."""
    return format(days.quantize(Decimal(1)) if days == days.to_integral_value() else days, "f")


def _phase_initial(phase: Phase) -> Json:
    return {"label": phase.label, "weeks": phase.weeks, "until": phase.until}


class ChangeForm(forms.Form):
    """What the company would like otherwise."""

    message = LongField(
        label="Ce que vous souhaitez voir changé",
        rows=3,
        max_length=1000,
        required=True,
        help_text="Le cabinet ne sait pas qui vous êtes\u00a0: n’écrivez ni nom, ni coordonnées.",
        error_messages={"required": "Dites en une phrase ce que vous souhaitez voir changé."},
    )
