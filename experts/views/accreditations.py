"""The expert's pages about accreditations: where each volet stands, the request, the charter, the insurance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from experts import services
from experts.accreditation_form import AccreditationRequestForm
from experts.charter import CHARTER_VERSION, PRINCIPLES
from experts.forms import VOLETS, CharterForm, InsuranceForm
from experts.models import Accreditation, ExpertFirm
from experts.services import VoletStanding
from experts.views.requests import FORM_METHODS, attempt, posted, signed_in_user, visible_firm
from portal import clock
from portal.accounts.access import Role, access
from portal.display import french_date

Shown = dict[str, Any]


def shown_standings(firm: ExpertFirm) -> list[Shown]:
    """Return, for each volet, what a firm reads of its standing and what it may do next."""
    rows = firm.accreditations.prefetch_related("decisions")
    found = services.standings(rows, clock.today())
    ask = reverse("accreditation_request", args=[firm.pk])
    return [{"label": label, **_standing(found[volet], f"{ask}?volet={volet}")} for volet, label in VOLETS]


def _standing(where: VoletStanding, ask: str) -> Shown:
    shown = _asked(where) if where.request is not None else _standing_row(where)
    if where.may_ask:
        shown["action"] = (
            "Demander le renouvellement"
            if where.is_renewal
            else "Demander de nouveau"
            if where.last is not None
            else "Demander cet agrément"
        )
        shown["action_url"] = ask
    return shown


def _asked(where: VoletStanding) -> Shown:
    asked = where.request
    assert asked is not None
    proposed = any(one.status == "proposed" for one in asked.decisions.all())
    step = (
        "un responsable va décider"
        if proposed
        else "un chargé d’affaires l’instruit, puis un responsable décide"
    )
    text = f"Demande du {french_date(asked.requested_at)}\u00a0: {step}."
    if not asked.was_asked:
        text = "Bpifrance enregistre l’agrément donné hors du portail\u00a0: un responsable va le confirmer."
    if where.standing is None:
        return {"badge": "En attente de décision", "tone": "info", "text": text}
    end = where.standing.valid_until
    running = (
        "" if end is None or where.has_ended else f" L’agrément actuel court jusqu’au {french_date(end)}."
    )
    return {"badge": "Renouvellement demandé", "tone": "info", "text": text + running}


def _standing_row(where: VoletStanding) -> Shown:
    one, last = where.standing, where.last
    if one is None and last is None:
        return {"badge": "Non demandé", "tone": "", "text": ""}
    if one is None:
        assert last is not None
        return {"badge": last.get_status_display(), "tone": "", "text": f"Motif\u00a0: {last.motive}"}
    if one.status == Accreditation.Status.SUSPENDED:
        text = f"Motif\u00a0: {one.motive} Aucune nouvelle mission\u00a0; celles en cours se poursuivent."
        return {"badge": "Suspendu", "tone": "warning", "text": text}
    if one.valid_until is None:
        return {"badge": "Agréé", "tone": "success", "text": "Sans date de fin."}
    end = french_date(one.valid_until)
    if where.has_ended:
        text = f"Échu depuis le {end}\u00a0: aucune nouvelle mission avant son renouvellement."
        return {"badge": "Échu", "tone": "warning", "text": text}
    if where.may_ask:
        text = f"Prend fin le {end}. Il court pendant l’étude de son renouvellement."
        return {"badge": "À renouveler", "tone": "warning", "text": text}
    opens = where.renewal_opens_on
    assert opens is not None
    text = f"Jusqu’au {end}. Renouvellement à demander à partir du {french_date(opens)}."
    return {"badge": "Agréé", "tone": "success", "text": text}


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def accreditation_request(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Ask for the accreditation of one volet or its renewal, with its papers and the charter accepted."""
    firm = visible_firm(request, firm_id)
    today = clock.today()
    found = services.standings(firm.accreditations.all(), today)
    askable = [one for one in found.values() if one.may_ask]
    form = AccreditationRequestForm(
        posted(request),
        request.FILES or None,
        volets=askable,
        firm=firm,
        today=today,
        initial=_first_answers(request, found),
    )
    if request.method == "POST" and form.is_valid():
        asked = attempt(
            form,
            services.request_accreditation,
            firm=firm,
            volet=form.cleaned_data["volet"],
            references=form.cleaned_data["references"],
            charter_version=request.POST.get("seen", ""),
            evidence=form.evidence(),
            actor=signed_in_user(request),
            now=clock.now(),
        )
        if asked is not None:
            messages.success(
                request, f"La demande d’agrément pour le volet {asked.volet} est transmise à Bpifrance."
            )
            return redirect("firm_profile_of", firm.pk)
    context = {
        "form": form,
        "firm": firm,
        "principles": PRINCIPLES,
        "askable": askable,
        "version": CHARTER_VERSION,
    }
    return render(request, "experts/accreditation_request.html", context, status=422 if form.errors else 200)


def _first_answers(request: HttpRequest, found: dict[int, VoletStanding]) -> dict[str, Any]:
    """Return the volet that the address names, with the references given the last time."""
    named = request.GET.get("volet", "")
    volet = int(named) if named in {"1", "2", "3", "4", "5"} else None
    last = found[volet].last if volet else None
    return {"volet": volet, "references": last.references if last else ""}


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def charter_accept(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Show the charter in force and accept it in the firm's name."""
    firm = visible_firm(request, firm_id)
    form = CharterForm(posted(request))
    if request.method == "POST" and form.is_valid():
        accepted = attempt(
            form,
            services.accept_charter,
            firm=firm,
            version=request.POST.get("seen", ""),
            actor=signed_in_user(request),
            now=clock.now(),
        )
        if accepted is not None:
            messages.success(request, f"La charte, version {CHARTER_VERSION}, est acceptée.")
            return redirect("firm_profile_of", firm.pk)
    context = {
        "form": form,
        "firm": firm,
        "principles": PRINCIPLES,
        "version": CHARTER_VERSION,
        "accepted": services.charter_is_current(firm),
    }
    return render(request, "experts/charter.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@access(Role.EXPERT)
def insurance_file(request: HttpRequest, firm_id: int) -> HttpResponse:
    """Take the firm's new insurance certificate."""
    firm = visible_firm(request, firm_id)
    form = InsuranceForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kept = attempt(
            form,
            services.file_insurance,
            firm=firm,
            file=form.cleaned_data["insurance"],
            insurer=form.cleaned_data["insurer"],
            valid_from=form.cleaned_data["insurance_from"],
            valid_until=form.cleaned_data["insurance_until"],
            actor=signed_in_user(request),
            now=clock.now(),
        )
        if kept is not None:
            messages.success(request, "L’attestation d’assurance est enregistrée.")
            return redirect("firm_profile_of", firm.pk)
    context = {"form": form, "firm": firm}
    return render(request, "experts/insurance.html", context, status=422 if form.errors else 200)
