"""The invoices of a closure: deposited and read, typed, corrected, or drafted from the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications.forms.expert_closure import InvoiceForm
from applications.forms.expert_invoices import DepositForm, DraftForm
from applications.models import ClosureReading, Invoice, InvoiceDraft, Mission
from applications.services import closure, closure_checks, preflight
from applications.services.cash import usual_rate
from applications.services.invoices import comparing, depositing, drafting
from applications.services.settlement import settlement_of
from applications.views.acts import conflict_page, write
from applications.views.expert_closure import closure_of, is_editable, read_closing, sums_of
from applications.workflow.refusals import Refused, Stale, WrongState
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User

FORM_METHODS = ["GET", "HEAD", "POST"]
Addressee = Invoice.Addressee
ADDRESSEES = {"entreprise": Addressee.COMPANY, "bpifrance": Addressee.BPIFRANCE}
SLUG_OF = {addressee: slug for slug, addressee in ADDRESSEES.items()}
# How often the page looks again for a reading under way, before it leaves that to the person.
MOST_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Case:
    """What is before the expert: an invoice to this addressee, recorded or deposited where it is one of these."""

    mission: Mission
    addressee: Addressee
    invoice: Invoice | None = None
    deposit: ClosureReading | None = None


# --- What one may see ------------------------------------------------------------------------------
def read_invoice(request: HttpRequest, pk: int) -> Invoice:
    """Return a current invoice of one of the person's missions, 404 for any other."""
    missions = Mission.objects.visible_to(request.user)
    current = Invoice.objects.filter(mission__in=missions, replaced_at__isnull=True)
    return get_object_or_404(current.select_related("document"), pk=pk)


def read_deposit(request: HttpRequest, pk: int) -> ClosureReading:
    """Return an invoice deposited for one of the person's missions and not confirmed yet, 404 for any other."""
    found = ClosureReading.objects.unconfirmed().filter(mission__in=Mission.objects.visible_to(request.user))
    return get_object_or_404(found.select_related("document"), pk=pk)


def _addressee(slug: str) -> Addressee:
    if slug not in ADDRESSEES:
        raise Http404
    return ADDRESSEES[slug]


def _sent(request: HttpRequest, mission: Mission) -> HttpResponse | None:
    """Return to the closure where it is sent already; None while its invoices may change."""
    if is_editable(mission):
        return None
    messages.warning(request, "La clôture est envoyée\u00a0: ses factures ne se modifient plus.")
    return redirect(closure_of(mission))


# --- Typed by hand -----------------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_add(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Record an invoice to the company or to Bpifrance, the expected amounts filled in."""
    mission = read_closing(request, pk)
    return _sent(request, mission) or _invoice(request, Case(mission, _addressee(slug)))


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an invoice; the earlier entry is kept, marked as replaced."""
    invoice = read_invoice(request, pk)
    mission = read_closing(request, invoice.mission_id)
    case = Case(mission, Addressee(invoice.addressee), invoice=invoice)
    return _sent(request, mission) or _invoice(request, case)


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm an invoice that was deposited: what was read of it is proposed, beside its pages."""
    deposit = read_deposit(request, pk)
    mission = read_closing(request, deposit.mission_id)
    case = Case(mission, Addressee(deposit.addressee), deposit=deposit)
    return _sent(request, mission) or _invoice(request, case)


def _invoice(request: HttpRequest, case: Case, *, depositing_form: DepositForm | None = None) -> HttpResponse:
    mission, invoice, deposit = case.mission, case.invoice, case.deposit
    settlement = settlement_of(mission)
    sums = next(row for row in sums_of(mission, settlement) if row["slug"] == SLUG_OF[case.addressee])
    options: dict[str, Any] = {
        "addressee": case.addressee,
        "regime": mission.firm.vat_regime,
        "correcting": invoice is not None,
        "with_file": deposit is None,
        "initial": _initial(case, sums),
    }
    form = InvoiceForm(**options)
    if request.method == "POST" and depositing_form is None:
        form = InvoiceForm(data=request.POST, files=request.FILES, **options)
        answer = _record(request, form, case)
        if answer is not None:
            return answer
    document = deposit.document if deposit else invoice.document if invoice else None
    looks = _looks(request)
    context = {
        "form": form,
        "mission": mission,
        "dossier": mission.dossier,
        "sums": sums,
        "invoice": invoice,
        "deposit": deposit,
        "document": document,
        "pages": list(document.page_previews.all()) if document is not None and document.has_preview else [],
        "deposit_form": depositing_form or DepositForm(auto_id="deposit_%s"),
        "checks": [one for one in _checks(case, settlement, sums) if sums["known"] or one.code != "ht"],
        "looks": looks,
        "most_looks": MOST_LOOKS,
        "looks_again": looks <= MOST_LOOKS and not form.is_bound and _is_waiting(deposit),
        "for_bpifrance": case.addressee == Addressee.BPIFRANCE,
        "slug": SLUG_OF[case.addressee],
        "address": closure_checks.BPIFRANCE_ADDRESS,
    }
    return render(request, "expert/invoice.html", context)


def _looks(request: HttpRequest) -> int:
    typed = request.GET.get("essai", "")
    return min(int(typed), MOST_LOOKS) + 1 if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 1


def _is_waiting(deposit: ClosureReading | None) -> bool:
    return deposit is not None and deposit.state == ClosureReading.State.WAITING


def _checks(case: Case, settlement: dict[str, Any], sums: dict[str, Any]) -> list[comparing.Check]:
    """Return the comparison with the contract: of what was confirmed, or of what was read."""
    invoice, deposit = case.invoice, case.deposit
    if invoice is None and (deposit is None or not deposit.is_read):
        return []
    read = comparing.said_of(deposit.facts) if deposit else comparing.Said()
    number = invoice.number if invoice else read.number
    expected = preflight.expected_of(
        case.mission,
        case.addressee,
        settlement,
        others=sums["invoices"],
        but=invoice,
        seen=preflight.seen_elsewhere(case.mission, [number]),
        number=number,
    )
    if invoice is not None:
        reading = ClosureReading.objects.filter(document=invoice.document_id).first()
        return preflight.compared(invoice, expected, reading)
    assert deposit is not None
    return comparing.compare(read, expected, comparing.data_of(deposit.facts))


def _record(request: HttpRequest, form: InvoiceForm, case: Case) -> HttpResponse | None:
    """Return the answer to a right invoice, or None with the form's errors."""
    if form.is_valid():
        fields = {name: value for name, value in form.cleaned_data.items() if name != "file"}
        conflict = write(
            request,
            form,
            back=closure_of(case.mission),
            do=lambda: closure.add_invoice(
                case.mission,
                addressee=case.addressee,
                fields=fields,
                file=form.cleaned_data.get("file"),
                instead_of=case.invoice,
                deposit=case.deposit,
                actor=cast("User", request.user),
                now=clock.now(),
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return None
    messages.success(request, f"La facture {form.cleaned_data['number']} est enregistrée.")
    return redirect(closure_of(case.mission))


def _initial(case: Case, sums: dict[str, Any]) -> dict[str, Any]:
    """Return what the form proposes: what was recorded, what was read of the file, else what is expected."""
    deposit = case.deposit
    if case.invoice is not None:
        return _fields(preflight.said_by(case.invoice))
    if deposit is not None and deposit.is_read:
        return _fields(comparing.said_of(deposit.facts))
    expected = _expected(case.mission, sums, case.addressee)
    if deposit is not None and deposit.facts.get("acquitted_on"):
        expected["acquitted_on"] = comparing.day_of(deposit.facts["acquitted_on"])
    return expected


def _fields(said: comparing.Said) -> dict[str, Any]:
    names = ("number", "issued_on", "ht", "vat_rate", "vat", "ttc", "acquitted_on", "addressed_to")
    return {name: getattr(said, name) for name in names}


def _expected(mission: Mission, sums: dict[str, Any], addressee: str) -> dict[str, Any]:
    """Return what the invoice should say: what is still to be invoiced, and the usual VAT."""
    ht = -sums["difference"]
    if ht <= 0:
        return {}
    rate = usual_rate(mission.firm.vat_regime)
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
    said = f"La facture {invoice.number} est retirée."
    return _taken_out(request, invoice, closure.remove_invoice, said)


def _taken_out(
    request: HttpRequest, kept: Invoice | ClosureReading, take_out: Callable[..., None], said: str
) -> HttpResponse:
    """Take an invoice or a deposit out of its closure, and go back there."""
    back = closure_of(kept.mission)
    try:
        take_out(kept, actor=cast("User", request.user), now=clock.now())
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=back)
    messages.success(request, said)
    return redirect(back)


# --- Deposited to be read ------------------------------------------------------------------------------
@writes
@access(Role.EXPERT)
def invoice_deposit(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Take in an invoice's file, and have it read."""
    mission, addressee = read_closing(request, pk), _addressee(slug)
    form = DepositForm(request.POST, request.FILES, auto_id="deposit_%s")
    kept: list[ClosureReading] = []
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=closure_of(mission),
            do=lambda: kept.append(
                depositing.deposit(
                    mission,
                    addressee=addressee,
                    file=form.cleaned_data["file"],
                    companion=form.cleaned_data.get("companion"),
                    actor=cast("User", request.user),
                    now=clock.now(),
                )
            ),
        )
        if conflict is not None:
            return conflict
    if not kept:
        return _sent(request, mission) or _invoice(request, Case(mission, addressee), depositing_form=form)
    return redirect("invoice_confirm", kept[0].pk)


@writes
@access(Role.EXPERT)
def invoice_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop an invoice that was deposited and not confirmed."""
    return _taken_out(request, read_deposit(request, pk), depositing.give_up, "Le dépôt est retiré.")


# --- Drafted from the contract ---------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def invoice_draft(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Have an electronic invoice made from the contract, with the expert's number and date."""
    mission, addressee = read_closing(request, pk), _addressee(slug)
    gone = _sent(request, mission)
    if gone is not None:
        return gone
    today = clock.today()
    form = DraftForm(addressee=addressee, initial={"issued_on": today})
    if request.method == "POST":
        form = DraftForm(data=request.POST, addressee=addressee)
        answer = _draft(request, mission, form, addressee)
        if answer is not None:
            return answer
    content = drafting.content_of(mission, addressee=addressee, number="", issued_on=today, acquitted_on=None)
    context = {
        "form": form,
        "mission": mission,
        "dossier": mission.dossier,
        "told": content,
        "for_bpifrance": addressee == Addressee.BPIFRANCE,
        "nothing_left": Decimal(content["ht"]) <= 0,
    }
    return render(request, "expert/invoice_draft.html", context)


def _draft(request: HttpRequest, mission: Mission, form: DraftForm, addressee: str) -> HttpResponse | None:
    """Return the answer to a draft that can be made, or None with the form's errors."""
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=closure_of(mission),
            do=lambda: drafting.make_draft(
                mission,
                addressee=addressee,
                number=form.cleaned_data["number"],
                issued_on=form.cleaned_data["issued_on"],
                acquitted_on=form.cleaned_data.get("acquitted_on"),
                actor=cast("User", request.user),
                now=clock.now(),
            ),
        )
        if conflict is not None:
            return conflict
    if form.errors:
        return None
    messages.success(
        request, f"La facture {form.cleaned_data['number']} se prépare\u00a0; elle sera ici dans un instant."
    )
    return redirect(f"{closure_of(mission)}#factures-{SLUG_OF[Addressee(addressee)]}")


@writes
@access(Role.EXPERT)
def invoice_draft_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a drafted invoice before the expert, to be confirmed."""
    drafts = InvoiceDraft.objects.filter(
        mission__in=Mission.objects.visible_to(request.user), document__isnull=False
    )
    draft = get_object_or_404(drafts.select_related("mission", "document"), pk=pk)
    back = closure_of(draft.mission)
    try:
        kept = depositing.use_draft(draft, actor=cast("User", request.user), now=clock.now())
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=back)
    except Refused as refusal:
        messages.error(request, " ".join(one.sentence for one in refusal.obstacles))
        return redirect(back)
    return redirect("invoice_confirm", kept.pk)
