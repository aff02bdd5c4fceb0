"""The tasks that are forms: how each is built from a dossier, and which use case it calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from applications.forms.filing_company import CompanyFactsForm
from applications.forms.filing_device import DeviceForm
from applications.forms.filing_expert import ExpertForm
from applications.forms.filing_fields import StepForm
from applications.forms.filing_quote import DeclarationsForm, QuoteForm, VoletForm
from applications.services import filing
from applications.services.filing_start import firms_of, needs_passi
from applications.steps import part_of, relevant_declarations, volet_choice
from applications.views.filing_page import Page
from experts.models import ExpertFirm
from experts.services import register_outside_firm
from portal import clock
from portal.accounts.models import User
from portal.documents.models import Document
from tariffs import catalogue

Data = Mapping[str, Any] | None
Json = dict[str, Any]
# The rank of a repeated row, as a button or the name of an input says it.
RANK = re.compile(r"[0-9]{1,3}")


def _same(part: Json) -> Json:
    return part


def _as_one(part: Json) -> Json:
    return {"firm": part}


def _out_of_one(units: Json) -> Json:
    return dict(units["firm"])


@dataclass(frozen=True, slots=True)
class Handler:
    """One form task; `rows` names the fields that repeat.

    `told` gives the step as the form tells it, answers that are wrong as stored; `write` writes a whole step.
    `units` and `part` turn a step into the answers that are merged when two people write, and back.
    """

    template: str
    build: Callable[[Page, Data, int | None], StepForm]
    told: Callable[[Any, Page], Json]
    write: Callable[[Page, User, Json, Any], object]
    rows: str = ""
    units: Callable[[Json], Json] = _same
    part: Callable[[Json], Json] = _same


def _common(page: Page, slug: str) -> dict[str, Any]:
    return {
        "stored": part_of(page.dossier, slug),
        "scope": page.scope,
        "today": page.today,
        "asked": page.asked(slug),
        "entered": page.entered_notes(slug),
    }


def _stand(page: Page, actor: User) -> dict[str, Any]:
    return {"actor": actor, "expected_revision": page.dossier.revision, "today": page.today}


# --- Entreprise
def _company_form(page: Page, data: Data, rows: int | None) -> StepForm:
    return CompanyFactsForm(data, rows=rows, **_common(page, "entreprise"))


def _told_company(form: CompanyFactsForm, _page: Page) -> Json:
    return form.facts()


def _write_company(page: Page, actor: User, part: Json, _form: StepForm) -> object:
    return filing.save_company_facts(page.dossier, facts=part, **_stand(page, actor))


# --- Dispositif
def _device_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    form = DeviceForm(data, **_common(page, "dispositif"))
    device = page.dossier.device
    if device is not None:
        form.initial.update(name=device.name, description=device.description)
    return form


def _told_device(form: DeviceForm, page: Page) -> Json:
    stored = part_of(page.dossier, "dispositif")
    identity = {
        name: stored.get(name) if name in form.errors or form.fields[name].disabled else text
        for name, text in form.identity().items()
    }
    return {**form.facts(), **identity}


def _write_device(page: Page, actor: User, part: Json, _form: StepForm) -> object:
    facts = {name: value for name, value in part.items() if name not in {"name", "description"}}
    return filing.save_device(
        page.dossier,
        facts=facts,
        device=page.dossier.device,
        name=part.get("name") or "",
        description=part.get("description") or "",
        **_stand(page, actor),
    )


# --- Volet et prestations
def _volet_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return VoletForm(data, items=catalogue.items(page.edition, page.dossier.volet), **_common(page, "volet"))


def _told_volet(form: VoletForm, page: Page) -> Json:
    if form.errors:
        return part_of(page.dossier, "volet")
    return {
        "items": form.cleaned_data.get("items") or [],
        "confirmed": bool(form.cleaned_data.get("confirmed")),
    }


def _write_volet(page: Page, actor: User, part: Json, _form: StepForm) -> object:
    return filing.confirm_volet(page.dossier, **part, **_stand(page, actor))


# --- Expert
def firms_for(page: Page) -> list[ExpertFirm]:
    """Return the firms that may take this volet today, by name."""
    firms = firms_of(volet=page.dossier.volet, edition=page.edition, today=page.today)
    return list(firms.prefetch_related("passi_certificates").order_by("name", "pk"))


def _expert_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return ExpertForm(
        data,
        firms=firms_for(page),
        current=page.dossier.firm,
        derogation_allowed=not needs_passi(page.edition, page.dossier.volet),
        **_common(page, "expert"),
    )


def _told_expert(form: ExpertForm, page: Page) -> Json:
    stored = part_of(page.dossier, "expert")
    if form.errors:
        return stored
    if not form.is_outside:
        firm = form.chosen()
        return {"firm": firm.pk if firm else None, "reason": ""}
    current = page.dossier.firm
    if current is not None and current.siren == form.siren_told():
        return {"firm": current.pk, "reason": form.cleaned_data["reason"].strip()}
    if form.data.get("autosave"):
        # Naming a firm sends it an invitation: only the button does that, not each key pressed.
        form.awaits_button = True
        return stored
    return {"firm": form.siren_told(), "reason": form.cleaned_data["reason"].strip()}


def _write_expert(page: Page, actor: User, part: Json, form: ExpertForm) -> object:
    now, key = clock.now(), part["firm"]
    firm: ExpertFirm | None = None
    if isinstance(key, str):
        told = form.cleaned_data
        firm = register_outside_firm(
            name=told["name"], siren=told["siren"], email=told["email"], invited_by=actor, now=now
        )
    elif key is not None:
        firm = ExpertFirm.objects.get(pk=key)
    return filing.save_expert(
        page.dossier, firm=firm, derogation_reason=part["reason"], now=now, **_stand(page, actor)
    )


# --- Devis
def _pdf_of(page: Page) -> Document | None:
    """Return the latest file of the quote, with what was read in it."""
    quotes = [piece for piece in page.dossier.documents.all() if piece.kind == "quote"]
    files = [piece.document for piece in quotes if piece.document and piece.replaced_at is None]
    return files[-1] if files else None


def _quote_form(page: Page, data: Data, rows: int | None) -> StepForm:
    common = _common(page, "devis")
    return QuoteForm(
        data,
        edition=page.edition,
        volet=page.dossier.volet,
        lines=common["stored"]["lines"],
        wanted=volet_choice(page.dossier).get("items") or [],
        rows=rows,
        pdf=_pdf_of(page),
        taken=page.offer is not None,
        **common,
    )


def _told_quote(form: QuoteForm, page: Page) -> Json:
    stored = part_of(page.dossier, "devis")
    sealed = page.offer is not None or not page.scope.allows("devis", "lines")
    wrong = any(name.startswith("line") for name in form.errors)
    issued_on = form.issued()
    return {
        "signed": stored.get("signed") if "signed" in form.errors else form.cleaned_data.get("signed"),
        "issued_on": stored.get("issued_on")
        if "issued_on" in form.errors
        else issued_on.isoformat()
        if issued_on
        else None,
        "lines": stored["lines"] if sealed or wrong else [_line(line) for line in form.lines()],
    }


def _line(told: Json) -> Json:
    return {
        "item": told["item"],
        "label": told["label"] or "",
        "amount": format(Decimal(told["amount"]), ".2f"),
        "complexity": told["complexity"] or "",
        "performed_by": told["performed_by"] or "expert",
    }


def _write_quote(page: Page, actor: User, part: Json, _form: StepForm) -> object:
    day = part.get("issued_on")
    return filing.save_quote_lines(
        page.dossier,
        lines=part["lines"],
        issued_on=date.fromisoformat(day) if day else None,
        signed=part.get("signed"),
        **_stand(page, actor),
    )


# --- Déclarations
def _declarations_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return DeclarationsForm(
        data, relevant=relevant_declarations(page.evaluation), **_common(page, "declarations")
    )


def _told_declarations(form: DeclarationsForm, _page: Page) -> Json:
    return form.facts()


def _write_declarations(page: Page, actor: User, part: Json, _form: StepForm) -> object:
    return filing.save_declarations(page.dossier, declarations=part, **_stand(page, actor))


HANDLERS: dict[str, Handler] = {
    "entreprise": Handler(
        "company/filing/company.html", _company_form, _told_company, _write_company, rows="holder"
    ),
    "dispositif": Handler("company/filing/device.html", _device_form, _told_device, _write_device),
    "volet": Handler("company/filing/volet.html", _volet_form, _told_volet, _write_volet),
    "expert": Handler(
        "company/filing/expert.html",
        _expert_form,
        _told_expert,
        _write_expert,
        units=_as_one,
        part=_out_of_one,
    ),
    "devis": Handler("company/filing/quote.html", _quote_form, _told_quote, _write_quote, rows="line"),
    "declarations": Handler(
        "company/filing/declarations.html", _declarations_form, _told_declarations, _write_declarations
    ),
}


def without_row(data: QueryDict, prefix: str, removed: str) -> QueryDict:
    """Return what was sent with one repeated row taken out and the following ones moved up.

    `removed` is the rank as the button sent it; one that is no rank takes nothing out.
    """
    if not RANK.fullmatch(removed):
        return data
    rank = int(removed)
    kept = QueryDict(mutable=True)
    for key, values in data.lists():
        head, _, tail = key.partition("_")
        number = head.removeprefix(prefix)
        if not (head.startswith(prefix) and RANK.fullmatch(number)):
            kept.setlist(key, values)
        elif int(number) != rank:
            moved = int(number) - (int(number) > rank)
            kept.setlist(f"{prefix}{moved}_{tail}", values)
    return kept
