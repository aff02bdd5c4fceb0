"""Orders letters: a frozen content now, with what its author rewrote; a sealed PDF by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from applications.models import Dossier, Letter, LetterDraft
from applications.services.letter_words import ACTS_OF_KIND, with_words
from portal.documents.services import discard
from portal.notifications.outbox import enqueue

Json = dict[str, Any]
# The input of an act under which the sections rewritten of its letter are given: {section: text}.
INPUT = "letter"
# What says in the contract's own words what holds for this one only.
SPECIAL = "special"


def order(
    dossier: Dossier,
    *,
    kind: str,
    context: dict[str, Any],
    event_ref: str,
    now: datetime,
    texts: Mapping[str, str] | None = None,
) -> Letter:
    """Keep the content of a letter and have its PDF made after commit; once per event and kind.

    `texts` are the sections rewritten; without them those of the draft prepared for the act, if any. The
    draft is over. Raises Refused where a section can't leave as it is.
    """
    drafts = LetterDraft.objects.filter(dossier=dossier, act=ACTS_OF_KIND.get(kind, ""))
    mission = context.get("mission")
    drafts = drafts.filter(mission=mission) if mission else drafts.filter(mission__isnull=True)
    draft = drafts.select_related("preview").first() if kind in ACTS_OF_KIND else None
    if texts is None:
        texts = draft.texts if draft is not None else {}
    told, edits = with_words(kind, context, texts)
    letter, created = Letter.objects.get_or_create(
        event_ref=event_ref,
        kind=kind,
        defaults={"dossier": dossier, "context": told, "edits": edits, "created_at": now},
    )
    if draft is not None:
        forget(draft)
    if created:
        enqueue(
            kind="render_letter",
            dedup_key=f"letter:{event_ref}:{kind}",
            payload={"letter": letter.pk},
            due_at=now,
        )
    return letter


def forget(draft: LetterDraft) -> None:
    """Remove a draft and the PDF it was previewed as."""
    preview = draft.preview
    draft.delete()
    if preview is not None:
        discard(document=preview)


def special_terms(dossier: Dossier, terms: Json, texts: Mapping[str, str] | None) -> Json:
    """Return what the contract's terms gain of special ones: those given, else those of its draft."""
    if texts is None:
        draft = LetterDraft.objects.filter(dossier=dossier, act="sign_for_bpifrance").first()
        texts = draft.texts if draft is not None else {}
    told, _edits = with_words(Letter.Kind.CONTRACT, {"terms": terms}, texts)
    special = told["sections"][SPECIAL]
    return {"special_terms": special} if special else {}
