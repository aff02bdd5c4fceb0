"""The dossier on one page: verdict and findings, money, missions, documents, history, exchanges, and the acts open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.forms.officer_acts import ConfirmForm
from applications.forms.officer_list import list_query
from applications.forms.officer_registry import ACTS
from applications.forms.officer_talk import DeskMessageForm, NoteForm
from applications.models import Dossier, DossierDocument, Letter, MinutesVersion, Mission, PendingApproval
from applications.services import dossier_file
from applications.services.contents import item_labels
from applications.services.dossier_file import DossierFile, MissionFile
from applications.services.facts import DossierFacts
from applications.services.feedback import WHOLE
from applications.services.letter_drafts import NOTICE_STATES
from applications.services.letter_words import KIND_OF_ACT
from applications.services.letters import INPUT
from applications.services.mission_work import stage_of
from applications.services.page_facts import PageFacts
from applications.services.transitions import Offer, available
from applications.steps import BY_SLUG
from applications.views.differences import shown_differences
from applications.views.officer_facts import declared, entry_told, letters_shown, told
from applications.views.officer_findings import findings_shown, sources_shown
from applications.views.officer_list import confirmable_by, device_label
from applications.views.officer_opinions import opinions_shown
from applications.views.officer_requests import READERS, is_auditor, signed_in
from applications.workflow.states import MissionState, State
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.access import access
from portal.accounts.models import StaffRole, User
from tariffs import catalogue

Json = dict[str, Any]
# Obstacles that mean there is nothing to act on: the act is not shown at all.
NOTHING_TO_DO = frozenset(
    {"no_derogation", "no_amendment", "no_payment", "restitution_done", "signed_already"}
)
PENDING_DATES = {"work_ended_on": "Fin déclarée", "paid_on": "Payé le"}
MISSION_TONES = {
    MissionState.PAYMENT_APPROVED: "success",
    MissionState.PAID: "success",
    MissionState.ENDED: "neutral",
    MissionState.CLOSURE_INCOMPLETE: "warning",
}


@dataclass(frozen=True, slots=True)
class ActLink:
    """An act offered on a page: its address, and what stands in its way."""

    label: str
    url: str
    obstacles: tuple[str, ...]
    danger: bool
    forward: bool


def act_links(offers: Iterable[Offer], dossier: Dossier, mission: Mission | None = None) -> list[ActLink]:
    """Return the acts to show; one that waits for its second person stands apart, findings are judged in place."""
    links = []
    for offer in offers:
        name = offer.transition.name
        if name not in ACTS or name == "decide_finding" or offer.pending is not None:
            continue
        if any(obstacle.code in NOTHING_TO_DO for obstacle in offer.obstacles):
            continue
        url = (
            reverse("desk_mission_act", args=[mission.pk, name])
            if mission is not None
            else reverse("desk_act", args=[dossier.pk, name])
        )
        links.append(
            ActLink(
                offer.transition.label,
                url,
                tuple(obstacle.sentence for obstacle in offer.obstacles),
                offer.transition.danger,
                offer.transition.target is not None and not offer.transition.danger,
            )
        )
    return sorted(links, key=lambda link: (link.danger, not link.forward))


@require_safe
@access(*READERS)
def officer_dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one submitted dossier whole."""
    user, today = signed_in(request), clock.today()
    try:
        file = dossier_file.read(user, pk, today=today)
    except Dossier.DoesNotExist as error:
        raise Http404 from error
    now = clock.now()
    facts = PageFacts(file, today=today, now=now)
    offers = [] if is_auditor(user) else available(file.dossier, user, now=now, facts=facts)
    listed = list_query(request.GET.urlencode())
    completions = _completions(file)
    context = {
        "file": file,
        "dossier": file.dossier,
        **_edition(file.dossier),
        **_findings(file, offers),
        "acts": _acts(file, offers, user),
        "sources": sources_shown(file),
        "opinions": opinions_shown(file, today),
        "may_ask": user.staff_role in {StaffRole.OFFICER, StaffRole.MANAGER},
        "may_read_journal": user.staff_role in {StaffRole.MANAGER, StaffRole.AUDITOR},
        "listed": f"?{listed}" if listed else "",
        "head": file.events[0].sequence if file.events else 0,
        "last_note": max((note.pk for note in file.notes), default=0),
        "declared": declared(file.dossier),
        "entry": entry_told(file.dossier, file.events),
        "deadlines": _deadlines(file, today),
        "missions": [_mission(one, user, facts) for one in file.missions],
        **_letters(file, user),
        "completions": completions,
        "answered": next((one for one in completions if one["rows"]), None),
        "history": told(file.events),
        "pending": pending_shown(file.pending, user),
        "message_form": DeskMessageForm(),
        "note_form": NoteForm(),
        "may_write": not is_auditor(user),
        "may_look_back": user.staff_role in {StaffRole.AUDITOR, StaffRole.MANAGER},
    }
    return render(request, "officer/dossier.html", context)


def _edition(dossier: Dossier) -> Json:
    """Return the words of the dossier's edition: its volet, its items, whom the report goes to."""
    edition = catalogue.get_edition(dossier.edition)
    return {
        "device": device_label(dossier),
        "edition": edition,
        "volet_label": edition.volets[dossier.volet].label,
        "recipients": {one.code: one.label for one in edition.report_recipients},
        "labels": item_labels(dossier.edition),
    }


def _findings(file: DossierFile, offers: list[Offer]) -> Json:
    """Return the findings that ask for something, those that passed, and how many are still to judge."""
    pressing, passed = findings_shown(file, offers)
    return {
        "pressing": pressing,
        "passed": passed,
        "to_judge": sum(row["waiting"] for row in pressing),
    }


def _letters(file: DossierFile, user: User) -> Json:
    """Return the letters sent, those being written, and whether a notice may be prepared."""
    return {
        "letters": letters_shown(file.letters),
        "drafts": [(one, Letter.Kind(KIND_OF_ACT[one.act]).label) for one in file.letter_drafts],
        "may_prepare_notice": _may_prepare_notice(file, user),
    }


def _may_prepare_notice(file: DossierFile, user: User) -> bool:
    """Tell whether the notice that follows the term may be written beforehand by this person."""
    dossier = file.dossier
    begun = any(draft.act == "give_notice" for draft in file.letter_drafts)
    waits = dossier.state in NOTICE_STATES and dossier.due_on is not None
    return waits and not begun and user.staff_role in {StaffRole.OFFICER, StaffRole.MANAGER}


def _deadlines(file: DossierFile, today: date) -> list[Json]:
    rows = [
        {"deadline": one, "late": one.closed_on is None and one.due_on < today, "open": one.closed_on is None}
        for one in file.deadlines
    ]
    return sorted(rows, key=lambda row: not row["open"])


def _acts(file: DossierFile, offers: list[Offer], user: User) -> list[ActLink]:
    """Return the dossier's acts and those of its current mission, the main ones first."""
    links = act_links((o for o in offers if not o.transition.on_mission), file.dossier)
    for one in file.missions:
        if one.mission.is_current:
            links += mission_acts(one, offers, user)
    return sorted(links, key=lambda link: (link.danger, not link.forward))


def _mission(file: MissionFile, user: User, facts: DossierFacts) -> Json:
    """A replaced mission bears its own acts; those of the current one stand with the dossier's."""
    acts = [] if file.mission.is_current else mission_acts(file, [], user)
    return mission_shown(file, facts) | {"acts": acts}


def _remarks(mission: Mission, facts: DossierFacts) -> list[str]:
    """Return what the verification of a closure only points out, while it waits for who checks and approves it."""
    if stage_of(mission) != State.CLOSURE_SUBMITTED:
        return []
    # What to do is told to the expert; of a signature it says what the portal could not verify.
    return [
        one.sentence if part.slug == "devis" else one.message
        for part in facts.preflight(mission).parts
        for one in part.remarks
    ]


def mission_acts(file: MissionFile, offers: list[Offer], user: User) -> list[ActLink]:
    """Return the acts open on one mission; `offers` are the dossier's, which are those of its current one."""
    mission = file.mission
    if is_auditor(user):
        return []
    if not mission.is_current:
        if mission.state == MissionState.ENDED:
            return []
        offers = available(mission.dossier, user, now=clock.now(), mission=mission)
    on_mission = [offer for offer in offers if offer.transition.on_mission]
    if not file.open_holds:
        on_mission = [offer for offer in on_mission if offer.transition.name != "lift_hold"]
    return act_links(on_mission, mission.dossier, mission)


def mission_shown(file: MissionFile, facts: DossierFacts) -> Json:
    """Return what a page shows of a mission: its lines as settled, its invoices by addressee, its papers."""
    labels = item_labels(file.mission.dossier.edition)
    delivered = {line.item: line for line in file.delivered}
    settled = {line["item"]: line for line in file.settlement["lines"]} if file.settlement else {}
    lines = [
        {
            "label": labels.get(item, item),
            "contracted": file.contracted.get(item),
            "delivered": delivered.get(item),
            "eligible": settled[item]["eligible"] if item in settled else None,
            "ceiling": settled[item]["ceiling"] if item in settled else None,
        }
        for item in dict.fromkeys([*file.contracted, *delivered])
    ]
    current = [invoice for invoice in file.invoices if invoice.replaced_at is None]
    to_company = [invoice for invoice in current if invoice.addressee == "company"]
    to_bpifrance = [invoice for invoice in current if invoice.addressee == "bpifrance"]
    return {
        "file": file,
        "mission": file.mission,
        "tone": MISSION_TONES.get(MissionState(file.mission.state), "info"),
        "lines": lines,
        "sides": _sides(file, to_company, to_bpifrance) if file.settlement or current else [],
        "papers": [piece for piece in file.documents if piece.replaced_at is None],
        "replaced_papers": [piece for piece in file.documents if piece.replaced_at is not None],
        "phases": [{"phase": one, "late": one.is_late(clock.today())} for one in file.phases],
        "phases_done": sum(one.done_on is not None for one in file.phases),
        "minutes": _last_versions(file),
        "satisfactions": _satisfactions(file, labels),
        "corrections": _corrections(file.mission, labels),
        "remarks": _remarks(file.mission, facts),
    }


def _last_versions(file: MissionFile) -> list[MinutesVersion]:
    """Return the last version proposed of each minutes, the latest meeting first."""
    last: dict[int, MinutesVersion] = {}
    for version in sorted(file.minutes, key=lambda one: one.number):
        last[version.minutes_id] = version
    return sorted(last.values(), key=lambda one: (one.met_on or date.max, one.pk), reverse=True)


def _satisfactions(file: MissionFile, labels: dict[str, str]) -> list[Json]:
    """Return the company's answers under the names of the phases, as it read them."""
    named = {**labels, WHOLE: "La mission dans son ensemble", **{one.code: one.label for one in file.phases}}
    return [
        {"label": named.get(one.phase, one.phase), "score": one.score, "comment": one.comment}
        for one in file.satisfactions
    ]


def _sides(file: MissionFile, to_company: list[Any], to_bpifrance: list[Any]) -> list[Json]:
    """Return, per addressee, what is invoiced beside what the settlement says, and the difference."""
    sides = []
    for title, invoices, share in (
        ("Quote-part de Bpifrance", to_bpifrance, "bpifrance_share"),
        ("Quote-part de l’entreprise", to_company, "company_share"),
    ):
        settled = file.settlement[share] if file.settlement else None
        total = sum((invoice.ht for invoice in invoices), Decimal(0))
        gap = total - settled if settled is not None else None
        sides.append({"title": title, "invoices": invoices, "settled": settled, "total": total, "gap": gap})
    return sides


def _corrections(mission: Mission, labels: dict[str, str]) -> list[Json]:
    kinds = dict(DossierDocument.Kind.choices) | {"report_given_on": "Date de remise du rapport"}
    return [
        {
            "label": labels.get(one["target"]) or kinds.get(one["target"], one["target"]),
            "reason": one["reason"],
            "answer": one.get("answer", ""),
        }
        for one in mission.corrections
    ]


def _completions(file: DossierFile) -> list[Json]:
    found = []
    for request in file.completions:
        items = []
        for item in request.items.all():
            step = BY_SLUG.get(item.step)
            where = step.targets.get(item.target, "") if step else item.target
            items.append({"where": where or (step.label if step else item.step), "reason": item.reason})
        rows = shown_differences(request.differences, request.items.all(), edition=file.dossier.edition)
        found.append({"request": request, "items": items, "rows": rows if request.answered_at else []})
    return found


def pending_shown(
    pending: PendingApproval | None, user: User, form: ConfirmForm | None = None
) -> Json | None:
    """Return what a page shows of an act that waits for its second person; None where none does."""
    if pending is None:
        return None
    inputs, transition = pending.inputs, TRANSITIONS[pending.transition]
    roles = transition.actors | (transition.second.actors if transition.second else frozenset())
    return {
        "pending": pending,
        "label": transition.label,
        "motive": inputs.get("motive") or "",
        "dates": [
            (label, date.fromisoformat(inputs[name]))
            for name, label in PENDING_DATES.items()
            if inputs.get(name)
        ],
        "rules": inputs.get("rules") or [],
        "rewritten": bool(inputs.get(INPUT)),
        "form": form or ConfirmForm(auto_id="confirm_%s"),
        "may_confirm": confirmable_by(pending, user),
        "may_drop": user.staff_role in {actor.value for actor in roles},
        "danger": transition.danger,
    }
