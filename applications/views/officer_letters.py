"""A letter before its act: rewritten section by section with colleagues, previewed, then sent by doing the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.officer_registry import ACTS
from applications.letters.changes import changes
from applications.letters.render import draft_html
from applications.models import Dossier, Letter, LetterDraft, PendingApproval, Reason
from applications.services import letter_drafts
from applications.services.letter_words import (
    KIND_OF_ACT,
    PLACEHOLDERS,
    Section,
    changed_only,
    composed_text,
    filled,
    obstacles_of,
    sections_of,
    values_of,
    with_words,
)
from applications.services.letters import INPUT
from applications.views.acts import expected_version, perform
from applications.views.officer_requests import DESK, FORM_METHODS, signed_in, visible_dossier
from applications.workflow.refusals import Obstacle, Refused, Stale
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.access import access, writes

Json = dict[str, Any]
NOTICE = "give_notice"
FIELD, REASON, FIELD_ACTION = "text-", "reason-", "action"


@dataclass(slots=True)
class Written:
    """What stands in the fields of the page, and what is wrong with it; `theirs`: a colleague's, meanwhile."""

    texts: Mapping[str, str]
    obstacles: tuple[Obstacle, ...] = ()
    theirs: Mapping[str, str] = field(default_factory=dict)
    overtaken: str = ""


@require_http_methods(FORM_METHODS)
@access(*DESK)
def letter_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a letter that is being written; keep it, preview it, send it, or give it up."""
    draft = _draft(request, pk)
    if request.method != "POST":
        return _page(request, draft, Written(draft.texts))
    kind, context = letter_drafts.composed(draft, today=clock.today())
    texts = _typed(request, kind, context)
    if request.htmx and request.POST.get(FIELD_ACTION) == "show":  # type: ignore[attr-defined]
        return _sheet(request, kind, context, texts)
    if _pending(draft) is not None:
        messages.error(request, "Ce courrier attend sa confirmation : il ne change plus.")
        return redirect("letter_draft", pk=draft.pk)
    if request.POST.get(FIELD_ACTION) == "drop":
        letter_drafts.drop(draft)
        messages.success(request, "Vos changements sont abandonnés : le courrier partira tel que composé.")
        return redirect("officer_dossier", pk=draft.dossier_id)
    return _kept(request, draft, kind, context, texts)


def _kept(request: HttpRequest, draft: LetterDraft, kind: str, context: Json, texts: Json) -> HttpResponse:
    obstacles = tuple(obstacles_of(kind, context, changed_only(kind, context, texts)))
    if obstacles:
        return _page(request, draft, Written(texts, obstacles))
    author, typed = signed_in(request), request.POST.get("revision", "")
    revision = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    try:
        draft = letter_drafts.keep(draft, texts, revision=revision, author=author, now=clock.now())
    except Stale as refusal:
        fresh = LetterDraft.objects.select_related("dossier__company", "mission__firm", "author")
        there = fresh.filter(pk=draft.pk).first()
        if there is None:
            messages.error(request, "Ce courrier vient d’être envoyé ou abandonné par un collègue.")
            return redirect("officer_dossier", pk=draft.dossier_id)
        return _page(request, there, Written(texts, theirs=there.texts, overtaken=str(refusal)))
    action = request.POST.get(FIELD_ACTION, "")
    if action == "send" and draft.act != NOTICE:
        return _send(request, draft)
    if action == "preview":
        letter_drafts.ask_preview(draft, now=clock.now())
        return redirect(f"{reverse('letter_draft', args=[draft.pk])}#apercu")
    place, _, section = action.partition(":")
    anchor = f"#partie-{slug_of(section)}" if place in {"insert", "restore"} else ""
    if not anchor:
        messages.success(request, "Le courrier est enregistré.")
    return redirect(f"{reverse('letter_draft', args=[draft.pk])}{anchor}")


def _send(request: HttpRequest, draft: LetterDraft) -> HttpResponse:
    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        return _page(request, draft, Written(draft.texts, obstacles))

    return perform(
        request,
        draft.act,
        draft.dossier,
        mission=draft.mission,
        inputs={**draft.inputs, INPUT: draft.texts},
        success=ACTS[draft.act].success,
        back=reverse("officer_dossier", args=[draft.dossier_id]),
        refused=refused,
    )


def _draft(request: HttpRequest, pk: int) -> LetterDraft:
    drafts = LetterDraft.objects.filter(dossier__in=Dossier.objects.visible_to(request.user))
    return get_object_or_404(
        drafts.select_related(
            "dossier__company", "dossier__device", "dossier__officer", "dossier__firm", "mission__firm", "author",
            "preview",
        ),
        pk=pk,
    )  # fmt: skip


def _pending(draft: LetterDraft) -> PendingApproval | None:
    found = PendingApproval.objects.filter(
        dossier=draft.dossier_id, transition=draft.act, status=PendingApproval.Status.OPEN
    )
    return found.select_related("asked_by").first()


def _typed(request: HttpRequest, kind: str, context: Json) -> dict[str, str]:
    """Return the sections as typed, with the reason that was asked to be inserted, or the composed text."""
    place, _, wanted = request.POST.get(FIELD_ACTION, "").partition(":")
    texts = {}
    for section in sections_of(kind, context):
        text = request.POST.get(f"{FIELD}{section.key}")
        if text is None:
            continue
        text = text.replace("\r\n", "\n").replace("\x00", "")
        if section.key == wanted and place == "restore":
            text = section.words
        if section.key == wanted and place == "insert":
            text = _with_reason(text, request.POST.get(f"{REASON}{section.key}", ""))
        texts[section.key] = text
    return texts


def _with_reason(text: str, chosen: str) -> str:
    reason = (
        Reason.objects.in_force().filter(pk=chosen).first()
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
    return f"{text.rstrip()}\n\n{reason.text}".strip() if reason is not None else text  # type: ignore[attr-defined]


# --- What is shown ----------------------------------------------------------------------------------
def _page(request: HttpRequest, draft: LetterDraft, written: Written) -> HttpResponse:
    kind, context = letter_drafts.composed(draft, today=clock.today())
    pending = _pending(draft)
    if pending is not None:
        written = Written(pending.inputs.get(INPUT) or {})
    values, reasons = values_of(context), list(Reason.objects.in_force())
    asked = draft.preview_asked == draft.revision and draft.preview_revision != draft.revision
    shown = {
        "draft": draft,
        "dossier": draft.dossier,
        "title": Letter.Kind(kind).label,
        "act": TRANSITIONS[draft.act],
        "button": ACTS[draft.act].button or TRANSITIONS[draft.act].label if draft.act in ACTS else "",
        "parts": [_shown(section, written, values, reasons) for section in sections_of(kind, context)],
        "placeholders": [(f"{{{name}}}", PLACEHOLDERS[name], values[name]) for name in values],
        "sheet": _drawn(kind, context, written.texts),
        "obstacles": [one for one in written.obstacles if one.code != "letter_section"],
        "wrong": [
            {"slug": slug_of(one.field), "message": one.message}
            for one in written.obstacles
            if one.code == "letter_section"
        ],
        "overtaken": written.overtaken,
        "pending": pending,
        "preview": _preview(draft, asked),
        "back": reverse("officer_dossier", args=[draft.dossier_id]),
        "version": expected_version(request) if request.method == "POST" else draft.dossier.version,
        "act_url": _act_url(draft),
        "is_notice": draft.act == NOTICE,
    }
    return render(request, "officer/letters/draft.html", shown)


def _shown(section: Section, written: Written, values: Json, reasons: list[Reason]) -> Json:
    """Return one section of the page: its field, what was changed of it, and the reasons it may take."""
    text = written.texts.get(section.key, section.words)
    composed = composed_text(section, values)
    sent = filled(text, values) if section.key in written.texts else composed
    changed = sent.strip() != composed.strip()
    first = [one for one in reasons if section.rule and one.rule == section.rule]
    theirs = written.theirs.get(section.key, section.words) if written.overtaken else text
    return {
        "section": section,
        "slug": slug_of(section.key),
        "text": text,
        "rows": max(3, min(14, len(text) // 70 + text.count("\n") + 2)),
        "pieces": changes(composed, sent) if changed else [],
        "theirs": theirs if theirs.strip() != text.strip() else "",
        "reasons": first + [one for one in reasons if not (one.rule and section.rule)],
        "wrong": next((one.message for one in written.obstacles if one.field == section.key), ""),
    }


def _drawn(kind: str, context: Json, texts: Mapping[str, str]) -> str:
    """Return the letter as it would leave; "" while a section can't."""
    try:
        told, _edits = with_words(kind, context, changed_only(kind, context, texts))
    except Refused:
        return ""
    if kind == Letter.Kind.CONTRACT:
        told["terms"] = {**told["terms"], "special_terms": told["sections"]["special"]}
    return draft_html(kind, told)


def slug_of(key: str) -> str:
    """Return how a section is called in the page's addresses: "remedy:company.autonomy" has no colon there."""
    return key.replace(":", "-").replace(".", "-")


def _sheet(request: HttpRequest, kind: str, context: Json, texts: Mapping[str, str]) -> HttpResponse:
    return render(request, "officer/letters/_sheet.html", {"sheet": _drawn(kind, context, texts)})


def _preview(draft: LetterDraft, asked: bool) -> Json:
    """Return where the PDF stands: asked, ready for this text or for an earlier one."""
    return {
        "asked": asked,
        "document": draft.preview,
        "is_current": draft.preview is not None and draft.preview_revision == draft.revision,
    }


def _act_url(draft: LetterDraft) -> str:
    """Return the page of the act, where what it is given is typed; "" for the sweep's."""
    if draft.act not in ACTS:
        return ""
    if draft.mission_id is not None:
        return reverse("desk_mission_act", args=[draft.mission_id, draft.act])
    return reverse("desk_act", args=[draft.dossier_id, draft.act])


@require_safe
@access(*DESK)
def letter_preview_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where the PDF of a draft stands; the page asks for it while the worker draws. By hand, it is that page."""
    draft = _draft(request, pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('letter_draft', args=[draft.pk])}#apercu")
    asked = draft.preview_asked == draft.revision and draft.preview_revision != draft.revision
    looks = request.GET.get("essai", "0")
    context = {
        "draft": draft,
        "preview": _preview(draft, asked),
        "looks": min(int(looks), 60) + 1 if looks.isascii() and looks.isdigit() and len(looks) < 4 else 1,
    }
    return render(request, "officer/letters/_preview.html", context)


@writes
@access(*DESK)
def letter_notice_prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the draft of the notice that leaves by itself the day after the term."""
    dossier = visible_dossier(request, pk)
    if dossier.state not in letter_drafts.NOTICE_STATES or dossier.due_on is None:
        raise PermissionDenied("Aucune mise en demeure ne peut être préparée dans l’état de ce dossier.")
    draft = letter_drafts.draft_of(dossier, NOTICE)
    if draft is None:
        author = signed_in(request)
        draft = letter_drafts.begin(dossier, NOTICE, mission=None, inputs={}, author=author, now=clock.now())
    return redirect("letter_draft", pk=draft.pk)


def begin_draft(request: HttpRequest, act: str, dossier: Dossier, mission: Any, inputs: Json) -> HttpResponse:
    """Keep what an act's form was given, and go on to its letter."""
    if act not in KIND_OF_ACT:
        raise Http404
    author = signed_in(request)
    draft = letter_drafts.begin(dossier, act, mission=mission, inputs=inputs, author=author, now=clock.now())
    return redirect("letter_draft", pk=draft.pk)
