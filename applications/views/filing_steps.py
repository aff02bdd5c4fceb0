"""The tasks that are forms: how each is built from a dossier, and which use case it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from applications.forms.filing_company import CompanyFactsForm
from applications.forms.filing_device import DeviceForm
from applications.forms.filing_expert import ExpertForm
from applications.forms.filing_fields import StepForm
from applications.forms.filing_quote import DeclarationsForm, QuoteForm, VoletForm
from applications.models import Dossier
from applications.services import filing
from applications.steps import relevant_declarations, volet_choice
from applications.views.filing_page import Page, part_of
from experts.models import ExpertFirm
from experts.services import register_outside_firm
from portal import clock
from portal.accounts.models import User
from tariffs import catalogue

Data = Mapping[str, Any] | None
Saver = Callable[[Any, Page, User, int], Dossier | None]


@dataclass(frozen=True, slots=True)
class Handler:
    """One form task. `save` returns None when nothing changed; `rows` names the fields that repeat."""

    template: str
    build: Callable[[Page, Data, int | None], StepForm]
    save: Saver
    rows: str = ""


def _common(page: Page, slug: str) -> dict[str, Any]:
    return {"stored": part_of(page.dossier, slug), "scope": page.scope, "today": page.today}


# --- Entreprise
def _company_form(page: Page, data: Data, rows: int | None) -> StepForm:
    return CompanyFactsForm(data, rows=rows, **_common(page, "entreprise"))


def _save_company(form: CompanyFactsForm, page: Page, actor: User, revision: int) -> Dossier | None:
    facts = form.facts()
    if facts == page.dossier.company_facts:
        return None
    return filing.save_company_facts(
        page.dossier, actor=actor, expected_revision=revision, facts=facts, today=page.today
    )


# --- Dispositif
def _device_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    form = DeviceForm(data, **_common(page, "dispositif"))
    device = page.dossier.device
    if device is not None:
        form.initial.update(name=device.name, description=device.description)
    return form


def _save_device(form: DeviceForm, page: Page, actor: User, revision: int) -> Dossier | None:
    facts = {key: value for key, value in form.facts().items() if key not in {"name", "description"}}
    identity = form.identity()
    device = page.dossier.device
    same_name = device is not None and (device.name, device.description) == tuple(identity.values())
    nothing = device is None and not any(identity.values())
    if facts == page.dossier.device_facts and (same_name or nothing):
        return None
    return filing.save_device(
        page.dossier,
        actor=actor,
        expected_revision=revision,
        facts=facts,
        device=device,
        today=page.today,
        **identity,
    )


# --- Volet et prestations
def _volet_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return VoletForm(data, items=catalogue.items(page.edition, page.dossier.volet), **_common(page, "volet"))


def _save_volet(form: VoletForm, page: Page, actor: User, revision: int) -> Dossier | None:
    choice: dict[str, Any] = {
        "items": form.cleaned_data.get("items") or [],
        "confirmed": bool(form.cleaned_data.get("confirmed")),
    }
    if choice == volet_choice(page.dossier):
        return None
    return filing.confirm_volet(
        page.dossier, actor=actor, expected_revision=revision, today=page.today, **choice
    )


# --- Expert
def firms_for(page: Page) -> list[ExpertFirm]:
    """Return the firms that may take this volet today; for audits, those with a valid PASSI."""
    firms = ExpertFirm.objects.accredited_for(page.dossier.volet, page.today)
    if needs_passi(page):
        firms = firms.filter(
            passi_certificates__valid_from__lte=page.today, passi_certificates__valid_until__gte=page.today
        ).distinct()
    return list(firms.prefetch_related("passi_certificates").order_by("name", "pk"))


def needs_passi(page: Page) -> bool:
    """Tell whether the edition asks for a PASSI certificate in this volet."""
    rule = page.edition.by_name.get("expert.passi")
    return rule is not None and page.dossier.volet in rule.params["volets"]


def _expert_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return ExpertForm(
        data,
        firms=firms_for(page),
        current=page.dossier.firm,
        derogation_allowed=not needs_passi(page),
        **_common(page, "expert"),
    )


def _save_expert(form: ExpertForm, page: Page, actor: User, revision: int) -> Dossier | None:
    if form.errors:
        return None
    now = clock.now()
    reason = ""
    if form.is_outside:
        told = form.cleaned_data
        known = page.dossier.firm.siren if page.dossier.firm else ""
        if form.data.get("autosave") and "".join(told["siren"].split()) != known:
            # Naming a firm sends it an invitation: only the button does that, not each key pressed.
            form.awaits_button = True
            return None
        reason = told["reason"].strip()
        firm: ExpertFirm | None = register_outside_firm(
            name=told["name"], siren=told["siren"], email=told["email"], invited_by=actor, now=now
        )
    else:
        firm = form.chosen()
    if part_of(page.dossier, "expert") == {"firm": firm.pk if firm else None, "reason": reason}:
        return None
    return filing.save_expert(
        page.dossier,
        actor=actor,
        expected_revision=revision,
        firm=firm,
        derogation_reason=reason,
        now=now,
        today=page.today,
    )


# --- Devis
def _quote_form(page: Page, data: Data, rows: int | None) -> StepForm:
    common = _common(page, "devis")
    return QuoteForm(
        data,
        edition=page.edition,
        volet=page.dossier.volet,
        lines=common["stored"]["lines"],
        wanted=volet_choice(page.dossier).get("items") or [],
        rows=rows,
        **common,
    )


def _save_quote(form: QuoteForm, page: Page, actor: User, revision: int) -> Dossier | None:
    stored = part_of(page.dossier, "devis")
    lines, issued_on, signed = form.lines(), form.issued(), form.cleaned_data.get("signed")
    if "issued_on" in form.errors:
        kept = stored.get("issued_on")
        issued_on = type(page.today).fromisoformat(kept) if kept else None
    before = {**stored, "lines": [_plain(line) for line in stored["lines"]]}
    after = {
        "signed": signed,
        "issued_on": issued_on.isoformat() if issued_on else None,
        "lines": [_plain(line) for line in lines],
    }
    if after == {"signed": None, "issued_on": None, **before}:
        return None
    return filing.save_quote_lines(
        page.dossier,
        actor=actor,
        expected_revision=revision,
        lines=lines,
        issued_on=issued_on,
        signed=signed,
        today=page.today,
    )


def _plain(line: dict[str, Any]) -> tuple[Any, ...]:
    whole, _, cents = str(line["amount"]).partition(".")
    return (
        line["item"],
        line["label"] or "",
        whole,
        f"{cents:0<2}",
        line["complexity"] or "",
        line["performed_by"] or "expert",
    )


# --- Déclarations
def _declarations_form(page: Page, data: Data, _rows: int | None) -> StepForm:
    return DeclarationsForm(
        data, relevant=relevant_declarations(page.evaluation), **_common(page, "declarations")
    )


def _save_declarations(form: DeclarationsForm, page: Page, actor: User, revision: int) -> Dossier | None:
    said = form.facts()
    if said == page.dossier.declarations:
        return None
    return filing.save_declarations(
        page.dossier, actor=actor, expected_revision=revision, declarations=said, today=page.today
    )


HANDLERS: dict[str, Handler] = {
    "entreprise": Handler("company/filing/company.html", _company_form, _save_company, rows="holder"),
    "dispositif": Handler("company/filing/device.html", _device_form, _save_device),
    "volet": Handler("company/filing/volet.html", _volet_form, _save_volet),
    "expert": Handler("company/filing/expert.html", _expert_form, _save_expert),
    "devis": Handler("company/filing/quote.html", _quote_form, _save_quote, rows="line"),
    "declarations": Handler("company/filing/declarations.html", _declarations_form, _save_declarations),
}


def without_row(data: QueryDict, prefix: str, rank: int) -> QueryDict:
    """Return what was sent with one repeated row taken out and the following ones moved up."""
    kept = QueryDict(mutable=True)
    for key, values in data.lists():
        head, _, tail = key.partition("_")
        number = head.removeprefix(prefix)
        if not (head.startswith(prefix) and number.isdigit()):
            kept.setlist(key, values)
        elif int(number) != rank:
            moved = int(number) - (int(number) > rank)
            kept.setlist(f"{prefix}{moved}_{tail}", values)
    return kept
