"""The closure of a mission: delivered lines, documents, invoices, and the sending of it all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.forms.expert_closure import (
    AnswerForm,
    ClosureDocumentForm,
    DeliveredLines,
    SendForm,
    SignedQuoteForm,
)
from applications.forms.obstacles import put_on
from applications.models import DossierDocument, Invoice, InvoiceDraft, Mission
from applications.services import closure, closure_checks, mission_work, preflight
from applications.services.contents import item_labels
from applications.services.deadlines import corrections_due_on
from applications.services.invoices import depositing
from applications.services.settlement import contracted_amounts, quote_of
from applications.views.acts import conflict_page, perform, write
from applications.views.expert import read_mission
from applications.workflow.refusals import Obstacle, Refused, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

Kind = DossierDocument.Kind
Addressee = Invoice.Addressee
SLUGS = {"rapport": Kind.FINAL_REPORT, "devis-signe": Kind.SIGNED_QUOTE}
ANCHORS = {
    "lignes": "lignes",
    "rapport": "rapport",
    "devis": "devis",
    "entreprise": "factures-entreprise",
    "bpifrance": "factures-bpifrance",
}
TARGETS = {
    **dict(Kind.choices),
    "delivered_lines": "Lignes livrées",
    "report_given_on": "Date de remise du rapport",
    "": "Ensemble de la clôture",
}


def closure_of(mission: Mission) -> str:
    """Return the address of the mission's closure."""
    return reverse("mission_closure", args=[mission.pk])


def read_closing(request: HttpRequest, pk: int) -> Mission:
    """Return a mission whose work is done; 404 before, since there is no closure yet."""
    mission = read_mission(request, pk)
    if mission.work_ended_on is None:
        raise Http404
    return mission


@require_safe
@access(Role.EXPERT)
def mission_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the checklist of the closure, and what is still wrong before it is sent."""
    return show_closure(request, read_closing(request, pk))


def show_closure(
    request: HttpRequest,
    mission: Mission,
    *,
    lines: DeliveredLines | None = None,
    documents: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    """Render the closure; the forms given are those that were refused, as they were typed."""
    bound = documents or {}
    found = preflight.examine(mission)
    pieces = mission.documents.filter(replaced_at__isnull=True).select_related("document")
    by_kind = {piece.kind: piece for piece in pieces}
    quote = quote_of(mission)
    context = {
        "mission": mission,
        "dossier": mission.dossier,
        "editable": is_editable(mission),
        "lines": lines or delivered_form(mission),
        "seen": closure.delivered_fingerprint(mission),
        "delivered": _delivered_rows(mission, found.settlement),
        "report": by_kind.get(Kind.FINAL_REPORT),
        "signed_quote": by_kind.get(Kind.SIGNED_QUOTE),
        "report_form": bound.get("rapport") or document_form("rapport", mission),
        "quote_form": bound.get("devis-signe") or document_form("devis-signe", mission),
        "quote_version": quote.number if quote else 1,
        "parts": {part.slug: part for part in found.parts},
        "sums": sums_of(mission, found.settlement),
        "deposits": depositing.waiting_of(mission),
        "drafts": drafts_of(mission),
        "early": closure_checks.dated_before_contract(mission),
        "corrections": corrections_of(mission),
        "corrections_due_on": corrections_due_on(mission),
        "address": closure_checks.BPIFRANCE_ADDRESS,
        "ready": found.ready,
    }
    return render(request, "expert/closure.html", context)


def is_editable(mission: Mission) -> bool:
    """Tell whether the closure is still to be sent."""
    return mission_work.stage_of(mission) in mission_work.CLOSING


def corrections_of(mission: Mission) -> list[dict[str, str | None]]:
    """Return what Bpifrance asked to mend, each with the part it is about."""
    labels = item_labels(mission.dossier.edition) | TARGETS
    return [
        {
            "label": labels.get(item.get("target", ""), item.get("target")),
            "reason": item.get("reason"),
            "answer": item.get("answer", ""),
        }
        for item in mission.corrections
    ]


def drafts_of(mission: Mission) -> list[InvoiceDraft]:
    """Return the latest invoice drafted for each addressee, and not taken into the closure yet."""
    latest: dict[str, InvoiceDraft] = {}
    drafts = InvoiceDraft.objects.filter(mission=mission, document__piece__isnull=True)
    for draft in drafts.select_related("document"):
        latest.setdefault(draft.addressee, draft)
    return list(latest.values())


def delivered_form(mission: Mission, data: Any = None) -> DeliveredLines:
    """Return the forms of the delivered lines, one per item of the quote."""
    return DeliveredLines(
        contracted=contracted_amounts(quote_of(mission)),
        labels=item_labels(mission.dossier.edition),
        known={line.item: line for line in mission.delivered_lines.all()},
        audits=mission.dossier.volet == 5,
        data=data,
    )


def _delivered_rows(mission: Mission, settlement: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = item_labels(mission.dossier.edition)
    eligible = {line["item"]: line for line in settlement["lines"]}
    return [
        {"line": line, "label": labels.get(line.item, line.item), **eligible.get(line.item, {})}
        for line in mission.delivered_lines.all()
    ]


def sums_of(mission: Mission, settlement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return, per addressee, the invoices beside what is expected: HT amounts and their difference."""
    current = list(mission.invoices.filter(replaced_at__isnull=True).select_related("document"))
    rows = []
    for slug, addressee, share in (
        ("entreprise", Addressee.COMPANY, "company_share"),
        ("bpifrance", Addressee.BPIFRANCE, "bpifrance_share"),
    ):
        invoices = [invoice for invoice in current if invoice.addressee == addressee]
        invoiced = sum((invoice.ht for invoice in invoices), Decimal("0.00"))
        rows.append(
            {
                "slug": slug,
                "addressee": addressee.value,
                "label": addressee.label,
                "expected": settlement[share],
                # A share is known once it is told what was delivered.
                "known": bool(settlement["lines"]),
                "invoiced": invoiced,
                "difference": invoiced - settlement[share],
                "invoices": invoices,
                "may_add": addressee == Addressee.COMPANY or not invoices,
            }
        )
    return rows


# --- Lines and documents -------------------------------------------------------------------------
@writes
@access(Role.EXPERT)
def closure_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was delivered of each item."""
    mission = read_closing(request, pk)
    lines = delivered_form(mission, request.POST)
    if not lines.is_valid():
        return show_closure(request, mission, lines=lines)
    try:
        closure.save_delivered_lines(
            mission,
            lines=lines.lines,
            seen=request.POST.get("seen", ""),
            actor=cast("User", request.user),
            now=clock.now(),
        )
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=closure_of(mission))
    except Refused as refusal:
        for obstacle in refusal.obstacles:
            lines.refuse(obstacle.field, obstacle.sentence)
        return show_closure(request, mission, lines=lines)
    messages.success(
        request, "Les lignes livrées sont enregistrées\u00a0; les montants attendus sont à jour."
    )
    return redirect(closure_of(mission))


def document_form(slug: str, mission: Mission, **data: Any) -> ClosureDocumentForm:
    """Return the form of the report or of the signed quote."""
    kind = SLUGS[slug]
    if kind == Kind.FINAL_REPORT:
        return ClosureDocumentForm(kind=kind, auto_id="report_%s", **data)
    quote = quote_of(mission)
    version = quote.number if quote else 1
    return SignedQuoteForm(kind=kind, version=version, auto_id="quote_%s", **data)


@writes
@access(Role.EXPERT)
def closure_document(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Put the final report or the signed quote in place."""
    mission = read_closing(request, pk)
    if slug not in SLUGS:
        raise Http404
    form = document_form(slug, mission, data=request.POST, files=request.FILES)
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=closure_of(mission),
            do=lambda: closure.add_closure_document(
                mission,
                kind=SLUGS[slug],
                file=form.cleaned_data["file"],
                issued_on=form.cleaned_data.get("issued_on"),
                quote_number=form.cleaned_data.get("quote_number"),
                actor=cast("User", request.user),
                now=clock.now(),
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return show_closure(request, mission, documents={slug: form})
    messages.success(request, f"«\u00a0{SLUGS[slug].label}\u00a0» est déposé.")
    return redirect(closure_of(mission))


# --- Verification and sending ------------------------------------------------------------------------
@require_safe
@access(Role.EXPERT)
def closure_preflight(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the verification before sending: every part, what is wrong in it, and where to mend it."""
    return show_preflight(request, read_closing(request, pk))


def show_preflight(
    request: HttpRequest,
    mission: Mission,
    sending: forms.Form | None = None,
    answers: Mapping[str, forms.Form] | None = None,
) -> HttpResponse:
    """Render the verification; `sending` and `answers`, by target, are the forms that were refused."""
    found = preflight.examine(mission)
    context = {
        "mission": mission,
        "dossier": mission.dossier,
        "editable": is_editable(mission),
        "parts": [
            {
                "part": part,
                "anchor": ANCHORS[part.slug],
                "answers": _answer_forms(mission, part, answers or {}),
            }
            for part in found.parts
        ],
        "early": closure_checks.dated_before_contract(mission),
        "corrections": corrections_of(mission),
        "corrections_due_on": corrections_due_on(mission),
        "remarks": sum(len(part.remarks) for part in found.parts),
        "obstacles": sum(len(part.obstacles) for part in found.parts),
        "ready": found.ready,
        "sending": sending or SendForm(initial={"report_given_on": mission.report_given_on}),
    }
    return render(request, "expert/preflight.html", context)


def _answer_forms(
    mission: Mission, part: preflight.Part, refused: Mapping[str, forms.Form]
) -> list[dict[str, Any]]:
    """Return, for each correction of a part that nothing mended, the form that says why nothing changes."""
    reasons = {item.get("target", ""): item.get("reason") for item in mission.corrections}
    return [
        {
            "target": one.field,
            "reason": reasons[one.field],
            "form": refused.get(one.field) or AnswerForm(auto_id=f"answer_{one.field}_%s"),
        }
        for one in part.obstacles
        if one.code.startswith("uncorrected:") and is_editable(mission)
    ]


@writes
@access(Role.EXPERT)
def closure_answer(request: HttpRequest, pk: int, target: str) -> HttpResponse:
    """Say why nothing changes in what Bpifrance asked to mend."""
    mission = read_closing(request, pk)
    form, back = AnswerForm(data=request.POST, auto_id=f"answer_{target}_%s"), preflight_of(mission)
    if form.is_valid():

        def keep() -> None:
            closure.answer_correction(
                mission,
                target=target,
                answer=form.cleaned_data["answer"],
                actor=cast("User", request.user),
                now=clock.now(),
            )

        conflict = write(request, form, back=back, do=keep)
        if conflict is not None:
            return conflict
    if form.errors:
        return show_preflight(request, mission, answers={target: form})
    messages.success(request, "Votre réponse est enregistrée\u00a0; Bpifrance la lira avec la clôture.")
    return redirect(back)


def preflight_of(mission: Mission) -> str:
    """Return the address of the closure's verification."""
    return reverse("closure_preflight", args=[mission.pk])


@writes
@access(Role.EXPERT)
def closure_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the closure to Bpifrance."""
    mission = read_closing(request, pk)
    form = SendForm(data=request.POST)
    if not form.is_valid():
        return show_preflight(request, mission, form)

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        # The page lists what its parts lack by itself; the form keeps what is about the date.
        put_on(form, tuple(one for one in obstacles if one.field in form.fields))
        return show_preflight(request, mission, form)

    return perform(
        request,
        "submit_closure",
        mission.dossier,
        mission=mission,
        inputs=form.cleaned_data,
        success="La clôture est envoyée à Bpifrance, qui la contrôle avant de payer.",
        back=reverse("mission_detail", args=[mission.pk]),
        refused=refused,
    )
