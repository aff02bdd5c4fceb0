"""Reading the editions: all of them, one as tables, two side by side, the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.models import Rehearsal
from applications.services.editions import publishing
from applications.views.officer_requests import READERS, signed_in
from portal import clock
from portal.accounts.access import access
from portal.accounts.models import StaffRole, User
from tariffs import catalogue, editiontables, ratetables
from tariffs.engine.editions import Edition, EditionError
from tariffs.models import EditionText
from tariffs.services.published import trusted

Json = dict[str, Any]
State = EditionText.State
FORMER = 20
DELIVERED = "livrée avec le portail"


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition on a page: its address word, its tables (None where its text is refused), its row if it has one."""

    ref: str
    label: str
    code: str
    in_force_from: date
    edition: Edition | None
    text: EditionText | None
    refusal: str = ""

    def badge(self, today: date, current: Edition | None) -> tuple[str, str]:
        """Where it stands, and the tone of it."""
        if self.edition is None:
            return "Refusée", "danger"
        if self.text is not None and self.text.state != State.PUBLISHED:
            tones = {State.DRAFT: "info", State.WITHDRAWN: "neutral", State.REPLACED: "neutral"}
            return self.text.get_state_display(), tones[State(self.text.state)]
        if current is not None and self.code == current.code:
            return "En vigueur", "success"
        return ("À venir", "info") if self.in_force_from > today else ("Passée", "neutral")

    @property
    def is_draft(self) -> bool:
        """True while somebody still works on it."""
        return self.text is not None and self.text.state == State.DRAFT


def of_text(text: EditionText) -> Shown:
    """Return what a row shows; one whose text is refused shows why instead of tables."""
    if text.state == State.PUBLISHED and text.code in catalogue.editions().withheld:
        return _refused(text.code, text)
    try:
        edition, refusal = trusted(text), ""
    except EditionError as error:
        edition, refusal = None, str(error)
    return Shown(text.ref, text.label, text.code, text.in_force_from, edition, text, refusal)


def of_edition(edition: Edition, texts: dict[str, EditionText]) -> Shown:
    """Return what a published edition shows, with its row where it was published on the portal."""
    return Shown(
        edition.code, edition.label, edition.code, edition.in_force_from, edition, texts.get(edition.code)
    )


def text_of(ref: str) -> EditionText | None:
    """Return the row that an address names, None where it names a published edition; 404 where there is none."""
    number = ref.removeprefix(EditionText.ADDRESS)
    if number == ref:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404
    people = ("loaded_by", "published_by", "cancel_asked_by", "ended_by")
    text = EditionText.objects.select_related(*people).filter(pk=int(number)).first()
    if text is None:
        raise Http404
    return text


def shown_of(ref: str) -> Shown:
    """Return the edition that an address names; 404 where there is none."""
    text = text_of(ref)
    if text is not None:
        return of_text(text)
    try:
        edition = catalogue.get_edition(ref)
    except KeyError as error:
        raise Http404 from error
    except EditionError:
        return _refused(ref, None)
    # Only a code that is known reaches the database.
    people = ("loaded_by", "published_by", "cancel_asked_by")
    row = EditionText.objects.published().select_related(*people).filter(code=ref).first()
    return of_edition(edition, {ref: row} if row else {})


def _refused(code: str, text: EditionText | None) -> Shown:
    """Return what a withheld edition shows: why, and nothing of what its text says now."""
    since, reason = catalogue.editions().withheld[code]
    return Shown(code, f"Édition {code}", code, since, None, text, str(reason))


def is_manager(user: User) -> bool:
    """True for whoever loads, rehearses and publishes."""
    return user.staff_role == StaffRole.MANAGER


def _current(today: date) -> Edition | None:
    """Return the edition in force; None where it can't be trusted, which the page says."""
    try:
        return catalogue.edition_at(today)
    except EditionError:
        return None


def _published(texts: dict[str, EditionText]) -> list[Shown]:
    known = catalogue.editions()
    found = [of_edition(edition, texts) for edition in known]
    found = [one for one in found if one.code not in known.withheld]
    found += [_refused(code, texts.get(code)) for code in known.withheld]
    return sorted(found, key=lambda one: one.in_force_from, reverse=True)


@require_safe
@access(*READERS)
def edition_list(request: HttpRequest) -> HttpResponse:
    """List the published editions, the drafts, and the texts that were replaced or withdrawn."""
    today = clock.today()
    every = list(
        EditionText.objects.defer("text")
        .select_related("loaded_by", "published_by")
        .order_by("-loaded_at", "-pk")
    )
    texts = {text.code: text for text in every if text.state == State.PUBLISHED}
    drafts = [text for text in every if text.state == State.DRAFT]
    last = {one.edition_id: one for one in Rehearsal.objects.filter(edition__in=drafts).order_by("asked_at")}
    current = _current(today)
    context = {
        "published": [
            {"shown": one, "badge": dict(zip(("label", "tone"), one.badge(today, current), strict=True))}
            for one in _published(texts)
        ],
        "drafts": [{"text": text, "rehearsal": last.get(text.pk)} for text in drafts],
        "former": [text for text in every if text.ended_at is not None][:FORMER],
        "withheld": sorted(catalogue.editions().withheld),
        "delivered": DELIVERED,
        "may_act": is_manager(signed_in(request)),
    }
    return render(request, "editions/list.html", context)


@require_safe
@access(*READERS)
def edition_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """Show an edition as tables, where it stands, and what a manager may do with it."""
    shown, user, now = shown_of(ref), signed_in(request), clock.now()
    today = clock.civil_date(now)
    current = _current(today)
    label, tone = shown.badge(today, current)
    context = {
        "shown": shown,
        "text": shown.text,
        "badge": {"label": label, "tone": tone},
        "may_act": is_manager(user),
        "current": current,
        "delivered": DELIVERED,
        **(_tables(shown.edition) if shown.edition is not None else {}),
        **(_preparation(shown.text, user, now) if shown.text is not None else {}),
    }
    return render(request, "editions/detail.html", context)


def _tables(edition: Edition) -> Json:
    return {
        "edition": edition,
        "tables": ratetables.volet_tables(edition),
        "thresholds": editiontables.thresholds(edition),
        "money": editiontables.money(edition),
        "head": editiontables.head(edition),
        "rules": editiontables.rules(edition),
        "documents": editiontables.documents(edition),
        "start_event": ratetables.START_EVENTS[edition.term.starts_on_event],
        "terms": [
            (edition.volets[number], ratetables.months(duration))
            for number, duration in edition.term.months.items()
        ],
    }


def _preparation(text: EditionText, user: User, now: Any) -> Json:
    """Return how far a draft is, or whether a published edition may still be called off."""
    found: Json = {"may_be_called_off": publishing.may_be_called_off(text, now)}
    if text.state == State.DRAFT:
        last = Rehearsal.objects.filter(edition=text).select_related("asked_by").order_by("-asked_at").first()
        found |= {
            "rehearsal": last,
            "before": _rehearsed_before(text) if last is None else None,
            "obstacles": publishing.obstacles(text, user, now),
        }
    return found


def _rehearsed_before(text: EditionText) -> Rehearsal | None:
    """Return the rehearsal of an earlier version of this draft: it says nothing of this text."""
    earlier = Rehearsal.objects.done().filter(edition__code=text.code, asked_at__lt=text.loaded_at)
    return earlier.select_related("edition").order_by("-asked_at").first()


@require_safe
@access(*READERS)
def edition_comparison(request: HttpRequest) -> HttpResponse:
    """Show what differs between any two editions, drafts included; everything where it is asked."""
    choices = _choices()
    refs = [ref for ref, _ in choices]
    before = _chosen(request, "de", refs, refs[max(0, len(refs) - 2)])
    after = _chosen(request, "a", refs, refs[-1])
    everything = request.GET.get("tout") == "1"
    sides = shown_of(before), shown_of(after)
    themes = []
    if sides[0].edition is not None and sides[1].edition is not None:
        themes = editiontables.compared(sides[0].edition, sides[1].edition, everything=everything)
    context = {
        "choices": choices,
        "de": before,
        "a": after,
        "before": dict(choices)[before],
        "after": dict(choices)[after],
        "themes": themes,
        "everything": everything,
        "differing": sum(theme.differing for theme in themes),
        "refused": [side.refusal for side in sides if side.refusal],
    }
    return render(request, "editions/comparison.html", context)


def _choices() -> list[tuple[str, str]]:
    """Return the editions that can be compared, (address word, label), the oldest first and the drafts last."""
    texts = EditionText.objects.drafts().values_list("pk", "label", "version").order_by("loaded_at", "pk")
    drafts = [
        (f"{EditionText.ADDRESS}{pk}", f"{label}, brouillon n°\u00a0{version}")
        for pk, label, version in texts
    ]
    return [(edition.code, edition.label) for edition in catalogue.editions()] + drafts


def _chosen(request: HttpRequest, name: str, refs: list[str], default: str) -> str:
    given = request.GET.get(name, "")
    return given if given in refs else default


@require_safe
@access(*READERS)
def edition_file(_request: HttpRequest, ref: str) -> HttpResponse:
    """Give the file of an edition, byte for byte."""
    text = text_of(ref)
    try:
        content = text.text.encode("utf-8") if text is not None else catalogue.content_of(ref)
    except (KeyError, EditionError) as error:
        raise Http404 from error
    name = f"{text.code}-version-{text.version}" if text is not None else ref
    response = HttpResponse(content, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    return response
