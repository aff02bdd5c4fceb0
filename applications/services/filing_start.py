"""The start of a request: what the company told before is carried over, marked as such, and cleared in one click."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from applications.models import Company, Device, Dossier, DraftStep, Quote
from applications.services.filing import (
    NOT_A_MEMBER,
    check_meaning,
    editing,
    name_device,
    replace_lines,
)
from applications.services.provenance import entered_after
from applications.steps import BY_SLUG
from applications.workflow.refusals import NotYours
from experts.models import ExpertFirm, ExpertFirmQuerySet
from portal.accounts.models import Membership, User
from tariffs import catalogue
from tariffs.engine.editions import Edition

Json = dict[str, Any]

# Facts of the last closed accounts: true a year ago, perhaps no longer.
AGEING = ("headcount", "turnover", "balance_sheet", "equity", "subscribed_capital")
# What is declared of one training is not true of the next.
NEVER_CARRIED = frozenset({"training_not_cumulated"})


def start_dossier(
    *,
    company: Company,
    volet: int,
    actor: User,
    now: datetime,
    today: date,
    case: Json | None = None,
    device: Device | None = None,
) -> Dossier:
    """Return a new draft of `company` for `volet`, or the live request that it already has.

    What the company told before is carried over, with the expert and the declarations of its latest filed
    request, and above it what the simulated `case` says.
    """
    if not Membership.objects.active().filter(user=actor, organisation=company.organisation_id).exists():
        raise NotYours(NOT_A_MEMBER)
    case, source = case or {}, latest_filed(company)
    told = {key: value for key, value in (case.get("company") or {}).items() if key != "volets_used"}
    about = device.facts if device is not None else {}
    draft = Dossier(
        company=company,
        volet=volet,
        created_by=actor,
        device=device,
        company_facts=_known(company.facts, told),
        device_facts=_known(about, case.get("device")),
        declarations=_known(_repeated(source), case.get("declarations")),
        state_since=now,
    )
    try:
        with transaction.atomic():
            return _keep(draft, source, case, today)
    except IntegrityError:
        return Dossier.objects.live().get(company=company, volet=volet)


def start_for_company(*, company: Company, volet: int, actor: User, now: datetime, today: date) -> Dossier:
    """Return a new draft that Bpifrance enters for `company`, in the caller's transaction.

    It starts from what Bpifrance may know: the latest filed request, and the directory. Declarations are the
    company's to make again. Raises IntegrityError where a live request of the company holds the volet.
    """
    source = latest_filed(company)
    record = company.directory_record or {}
    known = {name: record[name] for name in ("legal_form", "created_on") if record.get(name)}
    known |= {"registered_in": "FR"} if record else {}
    draft = Dossier(
        company=company,
        volet=volet,
        created_by=actor,
        company_facts=_known(known, source.company_facts if source is not None else None),
        entered={},
        state_since=now,
    )
    return _keep(draft, source, {}, today)


def _keep(draft: Dossier, source: Dossier | None, case: Json, today: date) -> Dossier:
    """Write a draft with its expert, its quote and the marks of what an earlier request gave it."""
    draft.firm = _firm_again(source, draft.volet, today) if source else None
    name_device(draft)
    draft.save()
    _carry_quote(draft, case.get("quote"))
    if source is not None:
        _mark_carried(draft, source, case)
    check_meaning(draft, today)
    return draft


def latest_filed(company: Company) -> Dossier | None:
    """Return the company's latest request that was filed, whatever became of it."""
    filed = Dossier.objects.filter(company=company, submitted_at__isnull=False)
    return filed.select_related("device", "firm").order_by("-submitted_at", "-pk").first()


def firms_of(*, volet: int, edition: Edition | None, today: date) -> ExpertFirmQuerySet:
    """Return the firms that may take the volet today; for audits, those with a valid PASSI certificate."""
    firms = ExpertFirm.objects.accredited_for(volet, today)
    return firms.passi_valid(today) if edition is not None and needs_passi(edition, volet) else firms


def needs_passi(edition: Edition, volet: int) -> bool:
    """Tell whether the edition asks for a PASSI certificate in this volet."""
    rule = edition.by_name.get("expert.passi")
    return rule is not None and volet in rule.params["volets"]


def _firm_again(source: Dossier, volet: int, today: date) -> ExpertFirm | None:
    if source.firm_id is None:
        return None
    return (
        firms_of(volet=volet, edition=catalogue.edition_at(today), today=today)
        .filter(pk=source.firm_id)
        .first()
    )


def _repeated(source: Dossier | None) -> Json:
    said = source.declarations if source is not None else {}
    return {name: value for name, value in said.items() if name not in NEVER_CARRIED}


def _known(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> Json:
    merged = {**(first or {}), **{k: v for k, v in (second or {}).items() if v is not None and v != ""}}
    return {key: value for key, value in merged.items() if value is not None and value != ""}


def _carry_quote(dossier: Dossier, quote: Json | None) -> None:
    lines = (quote or {}).get("lines") or []
    if lines:
        written = Quote.objects.create(dossier=dossier, firm=dossier.firm, signed=(quote or {}).get("signed"))
        replace_lines(written, lines)


def _mark_carried(dossier: Dossier, source: Dossier, case: Json) -> None:
    """Remember which answers come from `source`, and which of them age; what was simulated is fresh."""
    told = case.get("company") or {}
    facts = [
        name
        for name, value in dossier.company_facts.items()
        if value == source.company_facts.get(name) and told.get(name) in (None, "")
    ]
    said = [name for name in dossier.declarations if name not in (case.get("declarations") or {})]
    carried = {
        "entreprise": facts,
        "expert": ["firm"] if dossier.firm_id else [],
        "declarations": said,
    }
    DraftStep.objects.bulk_create(
        DraftStep(
            dossier=dossier,
            step=step,
            carried={
                "from": source.pk,
                "answers": answers,
                "to_confirm": [name for name in AGEING if name in answers] if step == "entreprise" else [],
            },
        )
        for step, answers in carried.items()
        if answers
    )


def clear_carried(
    dossier: Dossier, *, step: str, actor: User, expected_revision: int, today: date
) -> list[str]:
    """Take out of a step what was carried over and is still as it came; returns the answers taken out."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, _scope):
        draft = DraftStep.objects.filter(dossier=locked, step=step).first()
        answers = list(draft.carried.get("answers") or []) if draft is not None else []
        if step == "entreprise":
            locked.company_facts = _without(locked.company_facts, answers)
        elif step == "declarations":
            locked.declarations = _without(locked.declarations, answers)
        elif step == "expert" and answers:
            locked.firm = None
        if draft is not None:
            draft.carried = {}
            draft.save(update_fields=["carried"])
        locked.entered = entered_after(locked.entered, step, answers, by_bpifrance=False)
    return [BY_SLUG[step].targets.get(name, name) for name in answers]


def _without(facts: Json, names: list[str]) -> Json:
    return {name: value for name, value in facts.items() if name not in names}
