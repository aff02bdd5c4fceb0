"""Fields that read figures, dates and answers as they are typed in France and keep what was typed."""

import re
from datetime import date
from typing import Any

from django import forms

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# « 12.500,50 »: a point between thousands can only be meant where a comma follows.
_POINTED = re.compile(r"(?<=[0-9])\.(?=[0-9]{3}(?:\.[0-9]{3})*,)")
_FRENCH_DATE = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_DIGITS = 15
_MOST_TYPED = 60


class FigureField(forms.CharField):
    """A figure typed the French way (« 12 500,50 »), given as the text that the engine reads ("12500.50")."""

    def __init__(
        self,
        *,
        unit: str = "",
        decimals: int = 2,
        negative: bool = False,
        most: int | None = None,
        example: str = "12\u00a0500,50",
        **kwargs: Any,
    ) -> None:
        self.unit = unit
        self.decimals = decimals
        self.negative = negative
        self.most = most
        self.example = example
        attrs = {"class": "form-control", "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str | None:
        """The figure with a decimal point and no space, or None where nothing was typed."""
        typed = super().clean(value)
        text = _SPACES.sub("", typed).removesuffix("€").removesuffix("%").replace("−", "-")
        text = _POINTED.sub("", text).replace(",", ".")
        if not text:
            return None
        if not _FIGURE.fullmatch(text):
            raise forms.ValidationError(f"Écrivez un nombre en chiffres, par exemple {self.example}.")
        return self._bounded(text)

    def _bounded(self, text: str) -> str:
        """The figure without useless zeros before it; ValidationError where it is out of its bounds."""
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        whole, _, fraction = digits.partition(".")
        whole = whole.lstrip("0") or "0"
        if sign and not self.negative and (whole + fraction).strip("0"):
            raise forms.ValidationError(
                "Ce nombre ne peut pas être négatif\u00a0: retirez le signe «\u00a0-\u00a0»."
            )
        if len(whole) > _MOST_DIGITS:
            raise forms.ValidationError(
                "Ce nombre est trop grand\u00a0: 15 chiffres au plus avant la virgule."
            )
        if len(fraction) > self.decimals:
            raise forms.ValidationError(
                f"{self.decimals} chiffre{'s' * (self.decimals > 1)} au plus après la virgule\u00a0: arrondissez."
            )
        if self.most is not None and (int(whole), fraction.strip("0")) > (self.most, ""):
            raise forms.ValidationError(f"Ce nombre va de 0 à {self.most}\u00a0: corrigez-le.")
        if not (whole + fraction).strip("0"):
            sign = ""
        return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


class _DateInput(forms.DateInput):
    """A date picker, or a plain text field where what was typed is no date, so that it stays visible."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The context of the picker."""
        context = super().get_context(name, value, attrs)
        if value and not _ISO_DATE.fullmatch(str(value)):
            context["widget"]["type"] = "text"
        return context


class DayField(forms.CharField):
    """A civil date picked or typed (31/08/2024), given as ISO text ("2024-08-31")."""

    def __init__(self, **kwargs: Any) -> None:
        widget = _DateInput(attrs={"class": "form-control", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """What the picker shows: ISO where the date is one, else what was typed."""
        return _iso(value) or value

    def clean(self, value: Any) -> str | None:
        """The date as ISO text, or None where nothing was typed."""
        typed = super().clean(value).strip()
        if not typed:
            return None
        found = _iso(typed)
        if found is None:
            raise forms.ValidationError(
                "Cette date n’existe pas\u00a0: écrivez-la JJ/MM/AAAA, par exemple 31/08/2024."
            )
        return found


def _iso(typed: Any) -> str | None:
    """The ISO text of a date typed in either order, or None where it is no date."""
    text = str(typed or "").strip()
    french = _FRENCH_DATE.fullmatch(text)
    if french is not None:
        text = f"{french[3]}-{french[2]:0>2}-{french[1]:0>2}"
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


class PickField(forms.ChoiceField):
    """One word of a list; "" is « not known »."""

    default_error_messages = {"invalid_choice": "Choisissez une réponse de la liste."}

    def __init__(self, *, radio: bool = False, **kwargs: Any) -> None:
        widget: forms.Widget = (
            forms.RadioSelect(attrs={"class": "form-check-input"})
            if radio
            else forms.Select(attrs={"class": "form-select"})
        )
        kwargs.setdefault("required", False)
        super().__init__(widget=widget, **kwargs)


class YesNoField(PickField):
    """A question answered by yes, no or « I don’t know »: True, False or None."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("oui", "Oui"), ("non", "Non"), ("", "Je ne sais pas")]
        super().__init__(radio=True, choices=choices, **kwargs)

    def clean(self, value: Any) -> bool | None:
        """The answer as the engine reads it."""
        return {"oui": True, "non": False}.get(super().clean(value))


class PicksField(forms.MultipleChoiceField):
    """Several words of a list, possibly none."""

    default_error_messages = {"invalid_choice": "Choisissez des réponses de la liste."}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
        super().__init__(required=False, widget=widget, **kwargs)


class TickField(forms.BooleanField):
    """A box to tick."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}), **kwargs
        )


def is_sane(typed: str) -> bool:
    """Tell whether a typed value can stand in an address without making it endless."""
    return len(typed) <= _MOST_TYPED and "\x00" not in typed
