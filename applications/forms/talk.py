"""What is typed to write to somebody in a dossier: the text, its files, and the key that makes it one message."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from applications.services.talk import LONGEST, MOST_FILES
from portal.documents.checks import ALLOWED


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """No file, one or several; each is checked by the service."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the list of the files sent."""
        sent = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(_FilesField, self).clean(one, initial) for one in sent]


class MessageForm(forms.Form):
    """A message to Bpifrance."""

    body = forms.CharField(
        label="Votre message",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": f"Votre message dépasse {LONGEST} caractères\u00a0: raccourcissez-le ou joignez un fichier.",
        },
    )
    attachments = _FilesField(
        label="Fichiers joints (facultatif)",
        required=False,
        max_length=255,
        widget=_ManyFiles(attrs={"accept": ",".join(f".{one}" for one in ALLOWED)}),
        help_text=f"{MOST_FILES} au plus, de 25\u00a0Mo chacun\u00a0: PDF, Word, Excel, PowerPoint, PNG ou JPEG.",
        error_messages={"empty": "Ce fichier est vide\u00a0: vérifiez-le, puis joignez-le de nouveau."},
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)


class ReadForm(forms.Form):
    """The last message that was in view."""

    last = forms.IntegerField(min_value=1, max_value=2**63 - 1)
