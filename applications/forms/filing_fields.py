"""What the filing forms share: tri-state answers, facts without half-typed values, sealed parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from applications.steps import Scope
from tariffs.forms.fields import PickField, YesNoField

Json = dict[str, Any]

YES_NO = [("oui", "Oui"), ("non", "Non"), ("", "Je ne sais pas encore")]
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
        self, data: Mapping[str, Any] | None = None, *, stored: Json, scope: Scope, today: date, **kwargs: Any
    ) -> None:
        """Start from the facts stored; fields that a completion leaves sealed are disabled."""
        self.stored = stored
        self.scope = scope
        self.today = today
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
