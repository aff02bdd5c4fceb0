"""Makes the PDF of a letter from its frozen content, the same bytes however often, and seals it; shows it on a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from applications.models import Contract, Letter, LetterDraft, Mission
from applications.services.letter_drafts import composed
from applications.services.letter_words import with_words
from portal import clock
from portal.accounts.models import Organisation
from portal.clock import PARIS, civil_date
from portal.documents.services import discard, store_bytes
from portal.pdf import pdf_of
from portal.seal import sealed

Json = dict[str, Any]
PAPER, SCREEN = "letters/_base.html", "letters/_screen.html"


def render_pdf(template: str, context: Json) -> bytes:
    """Return a PDF/A-3b and PDF/UA-1 of a template of this room."""
    return pdf_of(render_to_string(template, {"frame": PAPER, **context}))


def letter_pdf(letter: Letter) -> bytes:
    """Return the PDF of a letter, without its seal."""
    return render_pdf(f"letters/{letter.kind}.html", _context(letter.kind, letter.context, letter.created_at))


def letter_html(letter: Letter) -> SafeString:
    """Return a letter as a page of the portal shows it."""
    context = _context(letter.kind, letter.context, letter.created_at)
    return render_to_string(f"letters/{letter.kind}.html", {"frame": SCREEN, **context})


def draft_html(kind: str, told: Json) -> SafeString:
    """Return the content of a letter that is not sent yet as a page of the portal shows it."""
    return render_to_string(f"letters/{kind}.html", {"frame": SCREEN, **_context(kind, told, None)})


def _context(kind: str, content: Json, written_at: datetime | None) -> Json:
    # Letters ordered before sections could be rewritten hold none: theirs are the composed ones.
    told = content if "sections" in content else with_words(kind, content, {})[0]
    at = written_at.astimezone(PARIS).isoformat(timespec="seconds") if written_at else ""
    number = (told.get("terms") or told)["number"]
    return {**told, "number": number, "title": Letter.Kind(kind).label, "written_at": at}


def render_letter(payload: Json, **_: object) -> None:
    """Outbox handler: make the PDF of a letter and seal it, once; the contract gets its document.

    A seal that fails is tried again with the whole duty: a letter never goes unsealed by accident, nor twice.
    """
    letter = Letter.objects.select_related("dossier__company").get(pk=payload["letter"])
    if letter.document_id is not None:
        return
    content, at = letter_pdf(letter), clock.now()
    done = sealed(content, at=at)
    with transaction.atomic():
        locked = Letter.objects.select_for_update().get(pk=letter.pk)
        if locked.document_id is not None:
            return
        if done is not None:
            content, seal = done
            locked.sealed_by, locked.sealed_at = seal.name[:200], at
        locked.document = store_bytes(
            content=content,
            name=f"{letter.dossier.number}-{letter.kind.replace('_', '-')}.pdf",
            kind=letter.kind,
            organisation=_addressee(letter),
            issued_on=civil_date(letter.created_at),
            sealed_at=locked.sealed_at,
            now=letter.created_at,
        )
        locked.save(update_fields=["document", "sealed_by", "sealed_at"])
        if letter.kind in {Letter.Kind.CONTRACT, Letter.Kind.SIGNED_CONTRACT}:
            Contract.objects.filter(dossier=letter.dossier).update(document=locked.document)


def _addressee(letter: Letter) -> Organisation:
    """Return whose letter it is: the expert's for the corrections of his closure, else the company's."""
    if letter.kind == Letter.Kind.CORRECTIONS:
        return (
            Mission.objects.select_related("firm__organisation")
            .get(pk=letter.context["mission"])
            .firm.organisation
        )
    return letter.dossier.company.organisation


def preview_letter(payload: Json, **_: object) -> None:
    """Outbox handler: draw a draft as it stands, marked as not sent and without a seal; an older one gives way."""
    drafts = LetterDraft.objects.select_related("dossier__company", "mission__firm", "preview")
    draft = drafts.filter(pk=payload["draft"], revision=payload["revision"]).first()
    if draft is None:
        return
    now = clock.now()
    kind, context = composed(draft, today=civil_date(now))
    told, _edits = with_words(kind, context, draft.texts)
    content = render_pdf(f"letters/{kind}.html", {**_context(kind, told, None), "is_preview": True})
    name = f"{draft.dossier.number}-{kind.replace('_', '-')}-apercu.pdf"
    with transaction.atomic():
        document = store_bytes(content=content, name=name, kind="letter_preview", now=now)
        kept = LetterDraft.objects.filter(pk=draft.pk).update(
            preview=document, preview_revision=draft.revision
        )
        for old in [draft.preview] if kept else [document]:
            if old is not None:
                discard(document=old)
