"""What the desk writes: messages and private notes."""

from __future__ import annotations

from django import forms

from applications.forms.talk import MessageForm
from applications.models import Message
from applications.services.talk import LONGEST
from tariffs.forms.fields import PickField


class _Text(forms.CharField):
    """A text of a few lines; the service says when it is empty."""

    def __init__(self, label: str) -> None:
        widget = forms.Textarea(attrs={"class": "form-control", "rows": 4})
        super().__init__(label=label, required=False, max_length=LONGEST, widget=widget)


class DeskMessageForm(MessageForm):
    """A message to the company or to the expert."""

    thread = PickField(
        label="À qui",
        choices=[(Message.Thread.COMPANY, "L’entreprise"), (Message.Thread.EXPERT, "L’expert")],
        required=True,
    )
    field_order = ["thread", "body", "attachments", "key"]


class NoteForm(forms.Form):
    """A note that only Bpifrance reads; `seen` is the last note that its author had before the eyes."""

    use_required_attribute = False

    body = _Text("Note")
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)
