"""The controllers' pages: payments to approve, to make, made and on hold, and one page per mission to pay."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.models import Dossier, Mission
from applications.services import dossier_file, worklist
from applications.services.facts import DossierFacts
from applications.services.payments.due import due_of
from applications.services.transitions import available
from applications.views.officer_dossier import mission_acts, mission_shown, pending_shown
from applications.views.officer_requests import (
    READERS,
    CountedPaginator,
    filled,
    is_auditor,
    one_of,
    signed_in,
    tabs,
    words_of,
)
from applications.workflow.states import State
from experts.services import masked_iban, read_account
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import StaffRole, User

PAYERS = (Role.CONTROLLER, Role.MANAGER)
PAYING = frozenset({StaffRole.CONTROLLER, StaffRole.MANAGER})


@require_safe
@access(*READERS)
def payment_list(request: HttpRequest) -> HttpResponse:
    """List the missions to settle, to pay, paid or on hold, fifty a page."""
    user, words = signed_in(request), words_of(request)
    found = worklist.payable_missions(user, words)
    counts = worklist.payment_counts(found)
    tab = one_of(request, "vue", worklist.PAYMENT_TABS, "approve")
    page = CountedPaginator(worklist.payments(found, tab), counts[tab]).get_page(request.GET.get("page"))
    params = filled({"q": words})
    context = {
        "tabs": tabs(worklist.PAYMENT_TABS, counts, tab, params),
        "tab": tab,
        "words": words,
        "totals": worklist.payment_totals(found, tab),
        "page_obj": page,
        "rows": [_row(mission) for mission in page.object_list],
        "params": urlencode({"vue": tab, **params}),
    }
    return render(request, "controller/payment_list.html", context)


def _row(mission: Mission) -> dict[str, Any]:
    invoice = next(
        (one for one in mission.invoices.all() if one.addressee == "bpifrance" and one.replaced_at is None),
        None,
    )
    standing = next((one for one in mission.payments.all() if one.reversed_on is None), None)
    return {
        "mission": mission,
        "dossier": mission.dossier,
        "ht": mission.final_share if mission.final_share is not None else invoice and invoice.ht,
        "ttc": invoice and invoice.ttc,
        "payment": standing,
        "returned": [one for one in mission.payments.all() if one.reversed_on is not None],
        "order": next((one for one in mission.payment_orders.all() if one.status == "open"), None),
        "holds": [hold for hold in mission.holds.all() if hold.lifted_at is None],
    }


@require_safe
@access(*READERS)
def payment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mission's payment: settlement beside invoices, bank details, checks, and the acts open."""
    return _show_payment(request, _file(request, pk))


@writes
@never_cache
@access(*PAYERS)
def payment_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the account to pay in full to who may pay it; the reading is kept in the firm's journal."""
    file, user = _file(request, pk), signed_in(request)
    if not _may_read_account(file, user):
        messages.warning(request, "Le compte se lit lorsque le paiement est validé et reste à faire.")
        return redirect("payment_detail", pk)
    account = read_account(firm=file.mission.firm, actor=user, now=clock.now(), mission=pk)
    return _show_payment(request, file, account=account)


def _file(request: HttpRequest, pk: int) -> dossier_file.MissionFile:
    try:
        return dossier_file.read_mission(signed_in(request), pk)
    except (Mission.DoesNotExist, Dossier.DoesNotExist) as error:
        raise Http404 from error


def _may_read_account(file: dossier_file.MissionFile, user: User) -> bool:
    """True for a controller or a manager while the payment is approved and not made."""
    mission = file.mission
    stage = mission.dossier.state if mission.is_current else mission.state
    return user.staff_role in PAYING and stage == State.PAYMENT_APPROVED and bool(mission.firm.iban)


def _show_payment(
    request: HttpRequest, file: dossier_file.MissionFile, *, account: tuple[str, str] | None = None
) -> HttpResponse:
    user, mission, dossier = signed_in(request), file.mission, file.mission.dossier
    now = clock.now()
    facts = DossierFacts(dossier, today=clock.civil_date(now), now=now)
    offers = [] if is_auditor(user) else available(dossier, user, now=now, mission=mission, facts=facts)
    order = mission.payment_orders.filter(status="open").select_related("batch").first()
    context = {
        "shown": mission_shown(file, facts),
        "order": order,
        "certificate": mission.certificates.filter(void_at=None)
        .select_related("document", "made_by")
        .first(),
        "due": due_of(mission) if _has_invoice(file) else None,
        "file": file,
        "mission": mission,
        "dossier": dossier,
        "iban": masked_iban(mission.firm.iban),
        "account": account,
        "may_read_account": account is None and _may_read_account(file, user),
        "acts": mission_acts(file, offers, user),
        "pending": _pending(dossier, mission, user),
    }
    return render(request, "controller/payment_detail.html", context)


def _has_invoice(file: dossier_file.MissionFile) -> bool:
    return any(one.addressee == "bpifrance" and one.replaced_at is None for one in file.invoices)


def _pending(dossier: Dossier, mission: Mission, user: User) -> dict[str, Any] | None:
    if not dossier.has_pending:  # type: ignore[attr-defined]
        return None
    pending = (
        dossier.pending_approvals.filter(status="open", mission=mission).select_related("asked_by").first()
    )
    if pending is None:
        return None
    return pending_shown(pending, user)
