"""What is typed in the mission room: minutes, the correction asked of them, the end of a phase."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from applications.forms.expert_fields import DateField, PieceField, long_text
from applications.models import MinutesVersion
from applications.services.mission.minutes import FILES, LONGEST, Told


class MinutesForm(forms.Form):
    """Minutes: a draft may lack anything; what is missing is told when it is proposed."""

    kind = forms.ChoiceField(label="Nature de la réunion", choices=MinutesVersion.Kind.choices)
    met_on = DateField(label="Date de la réunion", needed=False)
    present = long_text(
        "Personnes présentes",
        rows=3,
        needed=False,
        max_length=LONGEST,
        help_text="Une par ligne, avec sa fonction.",
    )
    decided = long_text(
        "Ce qui a été décidé",
        rows=8,
        needed=False,
        max_length=LONGEST,
        help_text="Ou joignez le compte rendu ci-dessous.",
    )
    next_steps = long_text(
        "Suites à donner (facultatif)",
        rows=4,
        needed=False,
        max_length=LONGEST,
        help_text="Qui fait quoi, pour quand.",
    )
    next_meeting_on = DateField(
        label="Prochaine réunion (facultatif)",
        needed=False,
        help_text="Une fois le compte rendu approuvé, elle s’ajoute aux agendas des deux parties.",
    )
    file = PieceField(label="Compte rendu joint (facultatif)", extensions=FILES, needed=False)
    drop_file = forms.BooleanField(label="Retirer le fichier joint", required=False)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, has_file: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_file:
            del self.fields["drop_file"]

    def said(self) -> Told:
        """Return what the minutes say."""
        names = ("kind", "met_on", "present", "decided", "next_steps", "next_meeting_on")
        return Told(**{name: self.cleaned_data[name] for name in names})


def shown(version: MinutesVersion) -> dict[str, Any]:
    """Return what the form of a draft shows."""
    return {
        "kind": version.kind,
        "met_on": version.met_on.isoformat() if version.met_on else "",
        "present": version.present,
        "decided": version.decided,
        "next_steps": version.next_steps,
        "next_meeting_on": version.next_meeting_on.isoformat() if version.next_meeting_on else "",
    }


class CorrectionForm(forms.Form):
    """Why minutes are not approved as they are."""

    reason = long_text(
        "Ce qui est à corriger",
        rows=4,
        max_length=LONGEST,
        error_messages={"required": "Dites en une phrase au moins ce qui est à corriger."},
    )


class PhaseForm(forms.Form):
    """The day on which a phase ended."""

    done_on = DateField(label="Phase terminée le")
