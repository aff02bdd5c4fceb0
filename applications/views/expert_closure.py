"""The closure of a mission: delivered lines, documents, invoices, and the sending of it all."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.expert_closure import (
    ClosureDocumentForm,
    DeliveredLines,
    InvoiceForm,
    SendForm,
    SignedQuoteForm,
)
from applications.forms.obstacles import put_on
from applications.models import DossierDocument, Invoice, Mission
from applications.services import closure, closure_checks, mission_work
from applications.services.contents import item_labels
from applications.services.settlement import contracted_amounts, quote_of, settlement_of
from applications.views.acts import conflict_page, perform
from applications.views.expert import read_mission, write
from applications.workflow.refusals import Obstacle, Refused, Stale, WrongState
from experts.models import VatRegime
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

FORM_METHODS = ["GET", "HEAD", "POST"]
Kind = DossierDocument.Kind
Addressee = Invoice.Addressee
SLUGS = {"rapport": Kind.FINAL_REPORT, "devis-signe": Kind.SIGNED_QUOTE}
ADDRESSEES = {"entreprise": Addressee.COMPANY, "bpifrance": Addressee.BPIFRANCE}
USUAL_RATE = Decimal("20.00")
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
    sending: forms.Form | None = None,
) -> HttpResponse:
    """Render the closure; the forms given are those that were refused, as they were typed."""
    bound = documents or {}
    settlement = settlement_of(mission)
    problems = _problems(mission, settlement)
    pieces = mission.documents.filter(replaced_at__isnull=True).select_related("document")
    by_kind = {piece.kind: piece for piece in pieces}
    editable = mission_work.stage_of(mission) in mission_work.CLOSING
    quote = quote_of(mission)
    context = {
        "mission": mission,
        "dossier": mission.dossier,
        "editable": editable,
        "lines": lines or delivered_form(mission),
        "seen": closure.delivered_fingerprint(mission),
        "lines_done": mission.delivered_lines.exists() and not problems["lines"],
        "delivered": _delivered_rows(mission, settlement),
        "report": by_kind.get(Kind.FINAL_REPORT),
        "signed_quote": by_kind.get(Kind.SIGNED_QUOTE),
        "report_form": bound.get("rapport") or document_form("rapport", mission),
        "quote_form": bound.get("devis-signe") or document_form("devis-signe", mission),
        "quote_version": quote.number if quote else 1,
        "problems": problems,
        "sums": sums_of(mission, settlement),
        "early": closure_checks.dated_before_contract(mission),
        "corrections": [
            {"label": TARGETS.get(item.get("target", ""), item.get("target")), "reason": item.get("reason")}
            for item in mission.corrections
        ],
        "sending": sending or SendForm(initial={"report_given_on": mission.report_given_on}),
        "address": closure_checks.BPIFRANCE_ADDRESS,
        "ready": not any(problems.values()),
    }
    return render(request, "expert/closure.html", context)


def delivered_form(mission: Mission, data: Any = None) -> DeliveredLines:
    """Return the forms of the delivered lines, one per item of the quote."""
    return DeliveredLines(
        contracted=contracted_amounts(quote_of(mission)),
        labels=item_labels(mission.dossier.edition),
        known={line.item: line for line in mission.delivered_lines.all()},
        audits=mission.dossier.volet == 5,
        data=data,
    )


def _problems(mission: Mission, settlement: dict[str, Any]) -> dict[str, list[Obstacle]]:
    """Return what is still wrong, told apart by part of the checklist."""
    documents = list(closure_checks.documents(mission))
    invoices = list(closure_checks.invoices(mission, settlement))
    return {
        "lines": list(closure_checks.delivered_lines(mission)),
        "report": [found for found in documents if found.field == Kind.FINAL_REPORT],
        "quote": [found for found in documents if found.field == Kind.SIGNED_QUOTE],
        "company": [found for found in invoices if found.field == Kind.COMPANY_INVOICE],
        "bpifrance": [found for found in invoices if found.field == Kind.BPIFRANCE_INVOICE],
    }


def _delivered_rows(mission: Mission, settlement: dict[str, Any]) -> list[dict[str, Any]]:
    labels = item_labels(mission.dossier.edition)
    eligible = {line["item"]: line for line in settlement["lines"]}
    return [
        {"line": line, "label": labels.get(line.item, line.item), **eligible.get(line.item, {})}
        for line in mission.delivered_lines.all()
    ]


def sums_of(mission: Mission, settlement: dict[str, Any]) -> list[dict[str, Any]]:
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
                "label": addressee.label,
                "expected": settlement[share],
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
                quote_number=getattr(form, "version", None),
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


# --- Invoices --------------------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_add(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Record an invoice to the company or to Bpifrance, the expected amounts filled in."""
    mission = read_closing(request, pk)
    if slug not in ADDRESSEES:
        raise Http404
    return _invoice(request, mission, slug, None)


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an invoice; the earlier entry is kept, marked as replaced."""
    invoice = read_invoice(request, pk)
    slug = next(slug for slug, addressee in ADDRESSEES.items() if addressee == invoice.addressee)
    return _invoice(request, read_closing(request, invoice.mission_id), slug, invoice)


def read_invoice(request: HttpRequest, pk: int) -> Invoice:
    """Return a current invoice of one of the person's missions, 404 for any other."""
    missions = Mission.objects.visible_to(request.user)
    current = Invoice.objects.filter(mission__in=missions, replaced_at__isnull=True)
    return get_object_or_404(current.select_related("document"), pk=pk)


def _invoice(request: HttpRequest, mission: Mission, slug: str, invoice: Invoice | None) -> HttpResponse:
    if mission_work.stage_of(mission) not in mission_work.CLOSING:
        messages.warning(request, "La clôture est envoyée\u00a0: ses factures ne se modifient plus.")
        return redirect(closure_of(mission))
    addressee = ADDRESSEES[slug]
    sums = next(row for row in sums_of(mission, settlement_of(mission)) if row["slug"] == slug)
    options: dict[str, Any] = {
        "addressee": addressee,
        "regime": mission.firm.vat_regime,
        "correcting": invoice is not None,
        "initial": _written(invoice) if invoice else _expected(mission, sums, addressee),
    }
    form = InvoiceForm(**options)
    if request.method == "POST":
        form = InvoiceForm(data=request.POST, files=request.FILES, **options)
        answer = _record(request, mission, form, addressee, invoice)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "mission": mission,
        "dossier": mission.dossier,
        "sums": sums,
        "invoice": invoice,
        "for_bpifrance": addressee == Addressee.BPIFRANCE,
        "address": closure_checks.BPIFRANCE_ADDRESS,
    }
    return render(request, "expert/invoice.html", context)


def _record(
    request: HttpRequest, mission: Mission, form: InvoiceForm, addressee: str, invoice: Invoice | None
) -> HttpResponse | None:
    """Return the answer to a right invoice, or None with the form's errors."""
    if form.is_valid():
        fields = {name: value for name, value in form.cleaned_data.items() if name != "file"}
        conflict = write(
            request,
            form,
            back=closure_of(mission),
            do=lambda: closure.add_invoice(
                mission,
                addressee=addressee,
                fields=fields,
                file=form.cleaned_data.get("file"),
                instead_of=invoice,
                actor=cast("User", request.user),
                now=clock.now(),
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return None
    messages.success(request, f"La facture {form.cleaned_data['number']} est enregistrée.")
    return redirect(closure_of(mission))


def _written(invoice: Invoice) -> dict[str, Any]:
    names = ("number", "issued_on", "ht", "vat_rate", "vat", "ttc", "acquitted_on", "addressed_to")
    return {name: getattr(invoice, name) for name in names}


def _expected(mission: Mission, sums: dict[str, Any], addressee: str) -> dict[str, Any]:
    """Return what the invoice should say: what is still to be invoiced, and the usual VAT."""
    ht = -sums["difference"]
    if ht <= 0:
        return {}
    rate = USUAL_RATE if mission.firm.vat_regime == VatRegime.STANDARD else Decimal("0.00")
    vat = (ht * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    expected = {"ht": ht, "vat_rate": rate, "vat": vat, "ttc": ht + vat}
    if addressee == Addressee.BPIFRANCE:
        expected["addressed_to"] = closure_checks.BPIFRANCE_ADDRESS
    return expected


@writes
@access(Role.EXPERT)
def invoice_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invoice out of the closure."""
    invoice = read_invoice(request, pk)
    back = closure_of(invoice.mission)
    try:
        closure.remove_invoice(invoice, actor=cast("User", request.user), now=clock.now())
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=back)
    messages.success(request, f"La facture {invoice.number} est retirée.")
    return redirect(back)


# --- Sending -----------------------------------------------------------------------------------------
@writes
@access(Role.EXPERT)
def closure_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the closure to Bpifrance."""
    mission = read_closing(request, pk)
    form = SendForm(data=request.POST)
    if not form.is_valid():
        return show_closure(request, mission, sending=form)

    def refused(obstacles: tuple[Obstacle, ...]) -> HttpResponse:
        put_on(form, obstacles)
        return show_closure(request, mission, sending=form)

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
