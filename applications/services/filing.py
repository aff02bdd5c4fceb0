"""Filing a request: a draft is started, and each of its parts written, by the members of its company.

Every write takes the dossier's lock, checks standing, state, revision and what a completion leaves open, and
raises one of `applications.workflow.refusals`; the form then shows the sentence and keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from applications.models import (
    Company,
    CompletionItem,
    Derogation,
    Device,
    Dossier,
    DossierDocument,
    Offer,
    Quote,
    QuoteLine,
)
from applications.services.evaluation import case_of
from applications.services.facts import DossierFacts
from applications.services.locking import lock
from applications.services.provenance import entered_after
from applications.services.signals.marks import mark_of
from applications.services.standing import may_fill
from applications.steps import BY_SLUG, Scope, edited_quote, scope_of
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale, WrongState
from experts.models import ExpertFirm
from portal.accounts.models import User
from portal.clock import PARIS
from tariffs import catalogue
from tariffs.engine.facts import CaseError

Json = dict[str, Any]

NOT_A_MEMBER = "Cette demande est celle d’une entreprise dont vous n’êtes pas membre."
NOT_YOURS_ANY_MORE = (
    "Vous ne saisissez pas, ou plus, cette demande pour l’entreprise\u00a0: rien n’a été enregistré. "
    "Vos saisies en cours se lisent sur la page «\u00a0Saisies\u00a0»."
)
FOR_THE_COMPANY = (
    "Cela revient à l’entreprise\u00a0: elle seule déclare sur l’honneur, s’engage, dépose et signe."
)
NOT_EDITABLE = (
    "Cette demande n’est plus modifiable : elle a été déposée. "
    "Rien n’a été changé ; son état se lit sur la page du dossier."
)
CHANGED_MEANWHILE = (
    "Cette demande a été modifiée par un autre membre, ou dans un autre onglet, depuis son affichage. "
    "Rien n’a été écrasé : comparez, puis gardez l’une ou l’autre version."
)
DECIDED = "La dérogation pour ce cabinet est décidée\u00a0: elle ne se modifie plus et ne se retire plus."
ANOTHER_FIRM = "Pour un autre cabinet, choisissez-le et faites une nouvelle demande."
THE_COMPANYS_DEVICE = (
    "Ce dispositif figure dans d’autres demandes de l’entreprise\u00a0: "
    "elle seule change son nom et sa description."
)
TAKEN = "Ces lignes et cette date sont reprises du devis du cabinet."
TYPE_ANOTHER = "Pour un autre devis, choisissez «\u00a0Saisir un autre devis\u00a0»."
SEALED = "Cette partie n’est pas à compléter : seuls les éléments désignés par Bpifrance sont modifiables."


def refused(message: str, *, remedy: str = "", field: str = "", code: str = "filing") -> Refused:
    """Return a refusal made of one obstacle."""
    return Refused([Obstacle(code, message, remedy, field)])


# --- The lock and what it checks ---------------------------------------------------------------
@contextmanager
def editing(
    dossier: Dossier,
    *,
    actor: User,
    today: date,
    expected_revision: int | None = None,
    by_company: bool = False,
) -> Iterator[tuple[Dossier, Scope]]:
    """Give the locked dossier and what may be changed of it; counts the revision when the block ends well.

    `expected_revision` None is for additions that overwrite nothing. `by_company`: what the company alone
    may write, whoever else enters the rest for it.
    """
    with transaction.atomic():
        locked = lock(dossier.pk)
        if by_company and actor.staff_role:
            raise NotYours(FOR_THE_COMPANY)
        if not may_fill(actor, locked):
            raise NotYours(NOT_YOURS_ANY_MORE if actor.staff_role else NOT_A_MEMBER)
        if not locked.is_editable:
            raise WrongState(NOT_EDITABLE)
        if expected_revision is not None and expected_revision != locked.revision:
            raise Stale(CHANGED_MEANWHILE)
        yield locked, scope_for(locked, today=today)
        locked.revision += 1
        locked.save()
        check_meaning(locked, today)


def check_meaning(dossier: Dossier, today: date) -> None:
    """Refuse what the engine can't read, so that an evaluation of a stored request never fails."""
    fresh = Dossier.objects.select_related("company").get(pk=dossier.pk)
    try:
        catalogue.read(case_of(fresh, on=today), today=today)
    except CaseError as error:
        field = error.path.rpartition(".")[2]
        raise refused(error.message, field=field, code="meaning") from error


def completion_items(dossier: Dossier) -> list[CompletionItem]:
    """Return the items of the open completion, none in a draft."""
    if dossier.state != "incomplete":
        return []
    return list(
        CompletionItem.objects.filter(
            request__dossier=dossier, request__answered_at__isnull=True
        ).select_related("request")
    )


def scope_for(dossier: Dossier, *, today: date) -> Scope:
    """Return what the company may change in the dossier today."""
    if dossier.state != "incomplete":
        return scope_of(dossier, (), None)
    return scope_of(dossier, completion_items(dossier), judged(dossier, today=today))


def judged(dossier: Dossier, *, today: date) -> Json:
    """Return the evaluation that the filing will be judged on: in a completion, only what was named anew."""
    return DossierFacts(
        dossier, today=today, now=datetime.combine(today, time.min, tzinfo=PARIS)
    ).filing_evaluation


def _write(scope: Scope, step: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Return `after` without its unknown values, once sure that only open fields differ from `before`."""
    known = {name: value for name, value in after.items() if value is not None and value != ""}
    for name in {*BY_SLUG[step].targets, *known, *before}:
        require_open(scope, step, name, changed=known.get(name) != before.get(name))
    return known


def require_open(scope: Scope, step: str, target: str, *, changed: bool = True) -> None:
    """Refuse the change of an answer that a completion leaves sealed."""
    if changed and not scope.allows(step, target):
        raise refused(SEALED, field=target, code="sealed")


# --- The parts ---------------------------------------------------------------------------------
def name_device(dossier: Dossier) -> None:
    """Copy the kind and class that lists are filtered by."""
    dossier.device_kind = dossier.device_facts.get("kind") or ""
    dossier.device_class = dossier.device_facts.get("risk_class") or ""


def save_company_facts(
    dossier: Dossier, *, actor: User, expected_revision: int, facts: Json, today: date
) -> Dossier:
    """Write the company's facts (engine shape, without volets_used); what is known stays for its next request."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        locked.company_facts = _write(scope, "entreprise", locked.company_facts, facts)
        if not actor.staff_role:
            keep_company_facts(locked)
    return locked


def keep_company_facts(dossier: Dossier) -> None:
    """Remember what the company tells of itself for its next request, in the caller's transaction.

    What Bpifrance enters for it is not its word yet.
    """
    told = {name: value for name, value in dossier.company_facts.items() if value is not None}
    # Another draft of the company may be saved at this very moment, under a lock of its own.
    company = Company.objects.select_for_update(of=("self",), no_key=True).get(pk=dossier.company_id)
    company.facts = {**company.facts, **told}
    company.save(update_fields=["facts"])


def save_device(
    dossier: Dossier,
    *,
    actor: User,
    expected_revision: int,
    facts: Json,
    today: date,
    device: Device | None = None,
    name: str = "",
    description: str = "",
) -> Dossier:
    """Write the device and its facts; without `device` a new one of that name is added to the company."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        if device is not None and device.company_id != locked.company_id:
            raise refused("Ce dispositif n’est pas celui de l’entreprise.", field="device")
        known = locked.device
        renamed = bool(name) and name != (known.name if known else "")
        another = (device.pk if device else None) != (known.pk if known else None)
        require_open(scope, "dispositif", "name", changed=another or renamed)
        said = known.description if known and not another else description
        require_open(scope, "dispositif", "description", changed=description != said)
        locked.device_facts = _write(scope, "dispositif", locked.device_facts, facts)
        name_device(locked)
        device = device or (Device(company=locked.company) if name else None)
        if device is not None and actor.staff_role and _is_used_elsewhere(device, locked):
            if (renamed and not another) or description != device.description:
                raise refused(THE_COMPANYS_DEVICE, field="name", code="device")
            locked.device = device
        elif device is not None:
            device.name = name or device.name
            device.description, device.description_mark = description, mark_of(description)
            device.facts = locked.device_facts
            device.save()
            locked.device = device
        if another:
            answers = [*locked.device_facts, "name", "description"]
            by_bpifrance = bool(actor.staff_role)
            locked.entered = entered_after(locked.entered, "dispositif", answers, by_bpifrance=by_bpifrance)
    return locked


def _is_used_elsewhere(device: Device, dossier: Dossier) -> bool:
    """True for a device that the company had before this request."""
    return bool(device.pk) and Dossier.objects.filter(device=device).exclude(pk=dossier.pk).exists()


def devices_for(dossier: Dossier, *, user: User) -> list[Device]:
    """Return the devices that a person may choose for the request; Bpifrance, those filed or of this request."""
    devices = dossier.company.devices.all()
    if user.staff_role:
        filed = Dossier.objects.filter(company=dossier.company_id, submitted_at__isnull=False)
        devices = devices.filter(Q(pk__in=filed.values("device")) | Q(pk=dossier.device_id))
    return list(devices)


def _known_of(device: Device, actor: User) -> Json:
    """Return what is known of a device; for Bpifrance, as it was last filed."""
    if not actor.staff_role:
        return dict(device.facts)
    filed = Dossier.objects.filter(device=device, submitted_at__isnull=False).order_by("-submitted_at", "-pk")
    return dict(filed.values_list("device_facts", flat=True).first() or {})


def choose_device(
    dossier: Dossier, *, actor: User, expected_revision: int, device: Device, today: date
) -> Dossier:
    """Take another device of the company, with the facts known of it."""
    return save_device(
        dossier,
        actor=actor,
        expected_revision=expected_revision,
        facts=_known_of(device, actor),
        device=device,
        name=device.name,
        description=device.description,
        today=today,
    )


def confirm_volet(
    dossier: Dossier, *, actor: User, expected_revision: int, items: list[str], confirmed: bool, today: date
) -> Dossier:
    """Write which items of the volet the company wants, and that the volet is the right one."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        require_open(scope, "volet", "items")
        choice = {"confirmed": confirmed, "items": items}
        locked.commitments = {**locked.commitments, "volet": choice}
    return locked


def save_expert(
    dossier: Dossier,
    *,
    actor: User,
    expected_revision: int,
    firm: ExpertFirm | None,
    now: datetime,
    today: date,
    derogation_reason: str = "",
) -> Dossier:
    """Choose the expert; a reason asks for a derogation, since that firm is outside the pool."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        changed = (firm.pk if firm else None) != locked.firm_id
        require_open(scope, "expert", "firm", changed=changed)
        if changed and locked.firm_id is not None:
            _set_quote_aside(locked, now)
        locked.firm = firm
        _ask_derogation(locked, scope, reason=derogation_reason, other_firm=changed, now=now)
        quote = edited_quote(locked)
        if quote is not None:
            quote.firm = firm
            quote.save(update_fields=["firm"])
    return locked


def _set_quote_aside(dossier: Dossier, now: datetime) -> None:
    """Mark the former expert's quote as replaced: the new one never reads a rival's prices."""
    pieces = dossier.documents.filter(kind=DossierDocument.Kind.QUOTE, replaced_at__isnull=True)
    pieces.update(replaced_at=now)
    if (quote := edited_quote(dossier)) is not None:
        Quote.objects.filter(pk=quote.pk).update(document=None)
        if Offer.objects.filter(quote=quote).update(quote=None):
            # To the line, they are the prices that the former expert offered.
            quote.lines.all().delete()
            Quote.objects.filter(pk=quote.pk).update(issued_on=None)


def _ask_derogation(dossier: Dossier, scope: Scope, *, reason: str, other_firm: bool, now: datetime) -> None:
    """Write the request for a derogation: one decided binds, and its evidence speaks, for the same firm alone."""
    known = Derogation.objects.filter(dossier=dossier).first()
    if not other_firm:
        if reason == (known.reason if known else ""):
            return
        require_open(scope, "expert", "reason")
        if known is not None and known.status != Derogation.Status.REQUESTED:
            raise refused(DECIDED, remedy=ANOTHER_FIRM, field="reason", code="decided")
    if known is not None and (other_firm or not reason):
        known.delete()
    if other_firm:
        dossier.documents.filter(kind="derogation_evidence", replaced_at__isnull=True).update(replaced_at=now)
    if reason:
        Derogation.objects.update_or_create(
            dossier=dossier,
            defaults={"reason": reason, "firm": dossier.firm},
            create_defaults={"reason": reason, "firm": dossier.firm, "requested_at": now},
        )


def save_quote_lines(
    dossier: Dossier,
    *,
    actor: User,
    expected_revision: int,
    lines: list[Json],
    issued_on: date | None,
    signed: bool | None,
    today: date,
) -> Dossier:
    """Write the quote: its date, signed or not, lines {item, amount, label, complexity, performed_by} HT."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision) as (locked, scope):
        quote = edited_quote(locked) or Quote(dossier=locked, firm=locked.firm)
        require_open(scope, "devis", "issued_on", changed=issued_on != quote.issued_on)
        require_open(scope, "devis", "signed", changed=signed != quote.signed)
        kept = quote.pk is not None and _priced(lines) == _priced(map(vars, quote.lines.all()))
        require_open(scope, "devis", "lines", changed=not kept)
        if (not kept or issued_on != quote.issued_on) and Offer.objects.filter(quote=quote.pk or 0).exists():
            raise refused(TAKEN, remedy=TYPE_ANOTHER, field="lines", code="taken")
        quote.issued_on, quote.signed = issued_on, signed
        quote.save()
        if not kept:
            replace_lines(quote, lines)
    return locked


def _priced(lines: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            line["item"],
            line.get("label") or "",
            Decimal(str(line["amount"])),
            line.get("complexity") or "",
            line.get("performed_by") or QuoteLine.PerformedBy.EXPERT,
        )
        for line in lines
    ]


def replace_lines(quote: Quote, lines: Iterable[Json]) -> None:
    """Write the lines of a quote anew, in their order."""
    quote.lines.all().delete()
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote,
            position=position,
            item=line["item"],
            label=line.get("label") or "",
            amount=Decimal(str(line["amount"])),
            complexity=line.get("complexity") or "",
            performed_by=line.get("performed_by") or QuoteLine.PerformedBy.EXPERT,
        )
        for position, line in enumerate(lines, start=1)
    )


def save_declarations(
    dossier: Dossier, *, actor: User, expected_revision: int, declarations: Json, today: date
) -> Dossier:
    """Write what the company declares on its honour, in the engine's shape; nobody does it in its place."""
    with editing(dossier, actor=actor, today=today, expected_revision=expected_revision, by_company=True) as (
        locked,
        scope,
    ):
        locked.declarations = _write(scope, "declarations", locked.declarations, declarations)
    return locked
