"""The company's requests for quotes: « Trouver un expert », the firms proposed, whom it asks and what they answer."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.obstacles import put_on
from applications.forms.officer_list import REGIONS
from applications.forms.quoting import ExtendForm, WishForm
from applications.models import Company, Dossier, Offer, QuoteInvitation, QuoteRequest
from applications.services.quoting import directory, requests, sight
from applications.services.quoting.choice import WANTED, shortfall
from applications.services.quoting.suggestions import MOST, asks_passi, may_answer
from applications.views.acts import acted, write
from applications.views.filing_start import own_companies
from applications.workflow.refusals import NotYours, Refused
from applications.workflow.states import State
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import User
from tariffs import catalogue

FIRMS_PER_PAGE = 20
FILTERS = ("demande", "q", "volet", "region")
# What a company reads of the latest offer of a firm while its request is open, and both of one no longer in force.
GOT = ("Devis reçu", "success")
ANSWERS: dict[str, tuple[str, str]] = {
    Offer.State.WITHDRAWN: ("Devis retiré", "neutral"),
    Offer.State.EXPIRED: ("Devis expiré", "warning"),
}
NO_COMPANY = "Créez d’abord l’espace de votre entreprise\u00a0: vous pourrez ensuite demander des devis."


def own_request(request: HttpRequest, pk: int) -> QuoteRequest:
    """Return a request of one of the person's companies; another's is 404."""
    found = QuoteRequest.objects.visible_to(request.user).select_related("company", "dossier", "asked_by")
    return get_object_or_404(found, pk=pk)


@access(Role.COMPANY)
@require_safe
def quote_request_list(request: HttpRequest) -> HttpResponse:
    """List the requests of the person's companies, the open ones first."""
    found = (
        QuoteRequest.objects.visible_to(request.user)
        .select_related("company")
        .annotate(
            asked=Count("invitations", distinct=True),
            came=Count(
                "invitations__offers", filter=Q(invitations__offers__state=Offer.State.SENT), distinct=True
            ),
        )
    )
    rows = list(found)
    context = {
        "running": [one for one in rows if one.is_open],
        "over": [one for one in rows if not one.is_open],
        "today": clock.today(),
        "volets": volets(),
        "several": len({one.company_id for one in rows}) > 1,
    }
    return render(request, "company/quoting/list.html", context)


def volets() -> dict[int, str]:
    """Return the volets of the edition of the day."""
    edition = catalogue.edition_at(clock.today())
    return catalogue.volets(edition) if edition else {}


def items_of(volet: int) -> dict[str, str]:
    """Return the items of a volet in the edition of the day."""
    edition = catalogue.edition_at(clock.today())
    return catalogue.items(edition, volet) if edition else {}


# --- Writing it ----------------------------------------------------------------------------------
@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def quote_request_new(request: HttpRequest) -> HttpResponse:
    """Ask what the company needs, and propose firms; from a draft, what it says is already there."""
    companies = own_companies(request)
    if not companies.exists():
        messages.info(request, NO_COMPANY)
        return redirect("company_create")
    draft = _draft(request)
    if draft is not None and (running := draft.quote_requests.filter(closed_at__isnull=True).first()):
        return redirect("quote_request", pk=running.pk)
    volet = draft.volet if draft else _volet(request.GET.get("volet", ""))
    if volet is None:
        return render(request, "company/quoting/volets.html", {"volets": volets()})
    form = WishForm(
        request.POST or None,
        companies=companies.filter(pk=draft.company_id) if draft else companies,
        items=items_of(volet),
        today=clock.today(),
        initial=_initial(request, draft),
    )
    if request.method == "POST" and form.is_valid():
        company = form.cleaned_data.get("company") or (draft.company if draft else companies.get())
        if made := _ask(request, form, company, volet):
            return redirect("quote_request", pk=made.pk)
    context = {
        "form": form,
        "draft": draft,
        "volet": volet,
        "volets": volets(),
        "title": "Demander des devis",
        "passi": asks_passi(volet, clock.today()),
    }
    return render(request, "company/quoting/form.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, form: WishForm, company: Company, volet: int) -> QuoteRequest | None:
    """Write the request; None where it is refused, the reason on the form."""
    try:
        made, _found = requests.ask(company=company, volet=volet, wish=form.wish(), **_stand(request))
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        put_on(form, refusal.obstacles)
        return None
    return made


def _stand(request: HttpRequest) -> dict[str, Any]:
    """Return who acts and when, read once."""
    now = clock.now()
    return {"actor": cast("User", request.user), "now": now, "today": clock.civil_date(now)}


def _draft(request: HttpRequest) -> Dossier | None:
    """Return the draft the request is for; one that is not the person's, or not a draft, is none."""
    key = request.GET.get("dossier", "")
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        return None
    drafts = Dossier.objects.of_company(request.user).filter(state=State.DRAFT)
    return drafts.select_related("company").filter(pk=int(key)).first()


def _initial(request: HttpRequest, draft: Dossier | None) -> dict[str, Any]:
    if draft is None:
        return {"company": request.GET.get("entreprise")}
    wanted = (draft.commitments.get("volet") or {}).get("items") or []
    device = f"{draft.device_kind}.{draft.device_class}" if draft.device_kind else ""
    return {
        "device": device,
        "items": wanted,
        "region": draft.company.region,
    }


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def quote_request_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is asked before any firm reads it."""
    found = own_request(request, pk)
    if found.sent_at is not None or not found.is_open:
        return redirect("quote_request", pk=pk)
    form = WishForm(
        request.POST or None,
        companies=Company.objects.filter(pk=found.company_id),
        items=items_of(found.volet),
        today=clock.today(),
        initial={
            "device": f"{found.device_kind}.{found.risk_class}",
            "items": found.items,
            "need": found.need,
            "region": found.region,
            "answer_by": found.answer_by,
        },
    )
    if request.method == "POST" and form.is_valid():
        conflict = write(
            request,
            form,
            back=reverse("quote_request", args=[pk]),
            do=lambda: requests.revise(found, wish=form.wish(), **_stand(request)),
        )
        if conflict is not None:
            return conflict
        if form.is_valid():
            messages.success(request, "La demande est modifiée.")
            return redirect("quote_request", pk=pk)
    context = {
        "form": form,
        "found": found,
        "volet": found.volet,
        "volets": volets(),
        "title": "Modifier la demande de devis",
    }
    return render(request, "company/quoting/form.html", context, status=422 if form.errors else 200)


# --- One request ---------------------------------------------------------------------------------
@access(Role.COMPANY)
@require_safe
def quote_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a request: the firms to choose among, then what each one answers."""
    return show(request, own_request(request, pk))


def show(
    request: HttpRequest, found: QuoteRequest, *, extend: ExtendForm | None = None, status: int = 200
) -> HttpResponse:
    """Render the page of a request, with what was typed in a refused extension."""
    today = clock.today()
    invitations = list(found.invitations.select_related("firm").prefetch_related("offers").order_by("rank"))
    asked = {one.firm_id for one in invitations}
    made = list(found.suggestions.select_related("firm").order_by("rank"))
    proposed = {one.firm_id for one in made}
    suggestions = [one for one in made if one.firm_id not in asked and found.is_open]
    able = _able(found.volet, today) if found.is_open else set()
    passi = asks_passi(found.volet, today)
    rows = [_answer(one, found, today) for one in invitations]
    context = {
        "found": found,
        "sight": sight.in_words(found.shown, today),
        "suggestions": [{"one": one, "able": one.firm_id in able} for one in suggestions],
        "rows": rows,
        "came": sum(1 for row in rows if row["offer"] and row["offer"].state == Offer.State.SENT),
        "room": MOST - len(invitations),
        "most": MOST,
        "more_left": len(able - proposed) > 0 and len(proposed) < MOST,
        "takes_answers": found.takes_answers(today),
        "volets": volets(),
        "passi": passi,
        "shortfall": shortfall(len(able), 0, found.volet, passi=passi) if len(able) < WANTED else "",
        "extend": extend or ExtendForm(),
        "today": today,
    }
    return render(request, "company/quoting/detail.html", context, status=status)


def _able(volet: int, today: date) -> set[int]:
    return set(may_answer(volet, today).values_list("pk", flat=True))


def _answer(invitation: QuoteInvitation, found: QuoteRequest, today: date) -> dict[str, Any]:
    """Return one invited firm, its latest offer sent and the word that says where it is."""
    offer = invitation.last_sent
    if invitation.chosen_at:
        label, tone = "Retenu", "success"
    elif invitation.declined_at:
        label, tone = "Décliné", "neutral"
    elif offer is not None:
        label, tone = ANSWERS.get(offer.state, GOT) if found.is_open else ("Non retenu", "neutral")
    elif not found.takes_answers(today):
        label, tone = "Sans réponse", "neutral"
    elif invitation.seen_at:
        label, tone = "Demande lue", "info"
    else:
        label, tone = "Envoyée, pas encore lue", "info"
    return {"invitation": invitation, "offer": offer, "label": label, "tone": tone}


@access(Role.COMPANY)
@writes
def quote_request_more(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose firms that were not proposed yet."""
    found = own_request(request, pk)
    back = reverse("quote_request", args=[pk])

    def act() -> None:
        more = requests.propose_more(found, **_stand(request))
        if more.shortfall:
            messages.info(request, more.shortfall)

    return acted(request, act, back=back, success="La liste des cabinets proposés est à jour.")


@access(Role.COMPANY)
@writes
def quote_request_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the request to the firms ticked."""
    found = own_request(request, pk)
    firms = {
        int(one) for one in request.POST.getlist("firms") if one.isascii() and one.isdigit() and len(one) < 10
    }

    success = "La demande est partie. Chaque cabinet est prévenu, et ne sait ni qui demande ni qui d’autre la reçoit."
    return acted(
        request,
        lambda: requests.send(found, firms=firms, **_stand(request)),
        back=reverse("quote_request", args=[pk]),
        success=success,
    )


@access(Role.COMPANY)
@writes
def quote_request_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the firms more time."""
    found, form = own_request(request, pk), ExtendForm(request.POST)
    if form.is_valid():
        conflict = write(
            request,
            form,
            back=reverse("quote_request", args=[pk]),
            do=lambda: requests.extend(found, day=form.cleaned_data["answer_by"], **_stand(request)),
        )
        if conflict is not None:
            return conflict
    if form.is_valid():
        messages.success(request, "Le délai est prolongé\u00a0; les cabinets sont prévenus.")
        return redirect("quote_request", pk=pk)
    return show(request, found, extend=form, status=422)


@access(Role.COMPANY)
@require_http_methods(["GET", "HEAD", "POST"])
def quote_request_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the request up, once it was confirmed."""
    found = own_request(request, pk)
    if request.method == "POST":
        return acted(
            request,
            lambda: requests.drop(found, actor=cast("User", request.user), now=clock.now()),
            back=reverse("quote_request_list"),
            success="Vous avez renoncé à cette demande de devis.",
        )
    if not found.is_open:
        return redirect("quote_request", pk=pk)
    return render(request, "company/quoting/drop.html", {"found": found})


# --- The directory -------------------------------------------------------------------------------
@access(Role.COMPANY)
@require_safe
def expert_directory(request: HttpRequest) -> HttpResponse:
    """Search the accredited firms; for an open request, tick those to ask as well."""
    today, typed = clock.today(), request.GET
    found = _open_request(request)
    volet = found.volet if found else _volet(typed.get("volet", ""))
    region, words = typed.get("region", ""), typed.get("q", "").replace("\x00", "").strip()[:100]
    firms = directory.accredited(
        today=today, volet=volet, region=region if region in REGIONS else "", words=words
    )
    page = Paginator(firms, FIRMS_PER_PAGE).get_page(typed.get("page"))
    context = {
        "page_obj": page,
        "entries": directory.entries(list(page.object_list), today),
        "found": found,
        "asked": set(found.invitations.values_list("firm_id", flat=True)) if found else set(),
        "able": _able(found.volet, today) if found else set(),
        "volet": volet,
        "volets": volets(),
        "region": region,
        "regions": REGIONS,
        "words": words,
        "room": MOST - found.invitations.count() if found else 0,
        "params": urlencode({name: typed[name] for name in FILTERS if typed.get(name)}),
    }
    return render(request, "company/quoting/directory.html", context)


def _volet(typed: str) -> int | None:
    return int(typed) if typed in {str(number) for number in volets()} else None


def _open_request(request: HttpRequest) -> QuoteRequest | None:
    key = request.GET.get("demande", "")
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        return None
    return QuoteRequest.objects.visible_to(request.user).open().filter(pk=int(key)).first()
