"""What the filing forms share: tri-state answers, facts without half-typed values, sealed parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from applications.steps import Scope
from tariffs.forms.fields import PickField, YesNoField

Json = dict[str, Any]

YES_NO = [("oui", "Oui"), ("non", "Non"), ("", "Je ne sais pas encore")]
# Between two versions of an answer: one's own, or the one that somebody else wrote meanwhile.
MINE, THEIRS = "mine", "theirs"
# The field beside which one reads why an answer made of rows is asked again.
FIRST_OF = {"shareholders": "has_holders", "lines": "line0_item"}
FUTURE = "Cette date est à venir : indiquez une date passée ou celle du jour."


class TriField(YesNoField):
    """A question answered by yes, no or « je ne sais pas encore »: True, False or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = YES_NO

    def clean(self, value: Any) -> bool | None:
        """The answer; a sealed field gives the stored one as it is."""
        return value if isinstance(value, bool) else super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        """The word of the answer."""
        return {True: "oui", False: "non", None: ""}.get(value, value)


class LongField(forms.CharField):
    """A free text over a few rows."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 2000)
        super().__init__(widget=forms.Textarea(attrs={"class": "form-control", "rows": rows}), **kwargs)


class WordField(forms.CharField):
    """A short text."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        attrs = {"class": "form-control", "autocomplete": kwargs.pop("autocomplete", "off")}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)


def in_french(value: Any) -> Any:
    """Write a stored figure (« 12500.50 ») the way it is typed (« 12 500,50 »)."""
    if value is None:
        return None
    sign, digits = ("-", str(value)[1:]) if str(value).startswith("-") else ("", str(value))
    whole, point, cents = digits.partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u202f") if whole.isdecimal() else whole
    return f"{sign}{grouped}{',' if point else ''}{cents}"


class StepForm(forms.Form):
    """A task's form; what is wrong keeps what was stored, so that the rest can be saved all the same."""

    step = ""
    facts_fields: tuple[str, ...] = ()
    figures: frozenset[str] = frozenset()
    # True where an autosave left something for the button.
    awaits_button = False
    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        stored: Json,
        scope: Scope,
        today: date,
        asked: Mapping[str, list[str]] | None = None,
        entered: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """Start from the facts stored; fields that a completion leaves sealed are disabled.

        `asked` says, by target, why Bpifrance asks for an answer again ("" is for the whole step); `entered`,
        by target, from what Bpifrance entered it for the company.
        """
        self.stored = stored
        self.scope = scope
        self.today = today
        self.asked = asked or {}
        self.entered = entered or {}
        kwargs.setdefault("initial", self.initial_of(stored))
        kwargs.setdefault("auto_id", "f_%s")
        super().__init__(data, **kwargs)
        for name, bound in self.fields.items():
            if not scope.allows(self.step, self.target_of(name)):
                bound.disabled = True

    def initial_of(self, stored: Json) -> Json:
        """Return what the fields show at first."""
        return {
            name: in_french(stored.get(name)) if name in self.figures else stored.get(name)
            for name in self.facts_fields
        }

    def target_of(self, name: str) -> str:
        """Return the target of a completion that opens this field."""
        return name

    def unit_of(self, name: str) -> str:
        """Return the answer to which an input belongs: what is merged as one when two people write."""
        return self.target_of(name)

    def __getitem__(self, name: str) -> forms.BoundField:
        """Return the field with what is said of it: `asked` (why, each time), `accepted` and `entered`."""
        bound = super().__getitem__(name)
        target, sealed = self.target_of(name), self.fields[name].disabled
        first = name in {target, FIRST_OF.get(target)}
        bound.asked = self.asked.get(target, []) if first and not sealed else []  # type: ignore[attr-defined]
        bound.entered = self.entered.get(target, "") if first else ""  # type: ignore[attr-defined]
        mended = not self.scope.everything and self.scope.opens(self.step)
        bound.accepted = sealed and mended and name in self.base_fields  # type: ignore[attr-defined]
        return bound

    def forged(self) -> bool:
        """Tell whether a sealed field was sent with another value than its own: no page of ours does that."""
        return any(self._differs(name, one) for name, one in self.fields.items() if one.disabled)

    def _differs(self, name: str, sealed: forms.Field) -> bool:
        if name not in self.data:
            return False
        sent = sealed.widget.value_from_datadict(self.data, self.files, name)
        shown = sealed.prepare_value(self.get_initial_for_field(sealed, name))
        try:
            sealed.disabled = False
            return sealed.has_changed(shown, sent)
        finally:
            sealed.disabled = True

    def given_up(self) -> list[str]:
        """Return the answers for which the person prefers what somebody else wrote."""
        if "resolve" not in self.data:
            return []
        units = dict.fromkeys(self.unit_of(name) for name in self.fields)
        return [unit for unit in units if self.data.get(f"choice_{unit}") == THEIRS]

    def blame(self, refusals: Iterable[tuple[str, str]]) -> bool:
        """Show (field, sentence) refusals beside their fields; False when one belongs to no open field."""
        placed = True
        for name, sentence in refusals:
            known = name in self.fields and not self.fields[name].disabled
            self.add_error(name if known else None, sentence)
            placed = placed and known
        return placed

    def facts(self) -> Json:
        """Return the stored facts with every valid answer written over them; an emptied one is gone."""
        merged = dict(self.stored)
        for name in self.facts_fields:
            if name in self.errors or self.fields[name].disabled:
                continue
            value = self.cleaned_data.get(name)
            merged.pop(name, None)
            if value is not None and value != "":
                merged[name] = value
        return merged

    def past(self, name: str) -> None:
        """Refuse a day after today."""
        value = self.cleaned_data.get(name)
        if value and date.fromisoformat(value) > self.today:
            self.add_error(name, FUTURE)


def pick(label: str, choices: list[Any], **kwargs: Any) -> PickField:
    """Return a list to choose one word from."""
    return PickField(label=label, choices=choices, **kwargs)
