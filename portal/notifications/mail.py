"""Writes and sends one e-mail: text and HTML, French, one action link, an identifier that never changes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

OPEN = "Ouvrir dans le portail"
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message before it is written: to whom, about what, from which pair of templates.

    Messages with the same `thread` ("dossier:42") stand together in the reader's mail client.
    """

    to: str
    subject: str
    template: str
    context: dict[str, Any]
    thread: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def absolute(path: str) -> str:
    """Return the full address of a path of this portal ("" stays "")."""
    return urljoin(f"{settings.PORTAL_URL}/", path) if path else ""


def message_id(outbox_id: int, dedup_key: str) -> str:
    """Return the same Message-ID for the same duty, so that a double is recognised as one message."""
    digest = hashlib.sha256(dedup_key.encode()).hexdigest()[:16]
    return f"<outbox-{outbox_id}-{digest}@{_host()}>"


def thread_id(thread: str) -> str:
    """Return the identifier that every message about one subject refers to; no message bears it."""
    return f"<{thread.replace(':', '-')}@{_host()}>"


def _host() -> str:
    return urlsplit(settings.PORTAL_URL).hostname or "localhost"


def send(letter: Letter, *, message_id: str) -> None:
    """Send a letter; the mail server's refusals are raised."""
    subject = " ".join(letter.subject.split())
    values = {"portal_url": settings.PORTAL_URL, "subject": subject, **letter.context}
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", **letter.headers}
    if letter.thread:
        headers["In-Reply-To"] = headers["References"] = thread_id(letter.thread)
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{letter.template}.txt", values).strip() + "\n",
        to=[letter.to],
        headers=headers,
    )
    html = render_to_string(f"{letter.template}.html", values)
    message.attach_alternative(_INLINER.inline(html), "text/html")
    message.send()
