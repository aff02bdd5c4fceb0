"""Decisions on accreditations, all by two persons: one proposes with a motive, another, a manager, decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from experts.models import Accreditation, AccreditationDecision, ExpertFirm
from experts.policy import ACCREDITATION_MONTHS, NOTICE_DAYS
from experts.services.accreditations import standing_for, tell_firm
from experts.services.firms import chain_of, lock_firm
from experts.services.refusals import Refused
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.models import DocumentState
from portal.notifications.services import notify
from tariffs.engine.terms import add_months

Status = Accreditation.Status
Name = AccreditationDecision.Name
PROPOSERS = frozenset({StaffRole.OFFICER, StaffRole.MANAGER})
MOTIVE_LENGTH = 10
STALE = "Cette demande a changé entre-temps\u00a0: rechargez la page."


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: from which states, to which, and what the firm is told."""

    name: str
    label: str
    sources: frozenset[str]
    target: str
    told: str


DECISIONS: dict[str, Decision] = {
    decision.name: decision
    for decision in (
        Decision(
            Name.GRANT,
            "Agréer",
            frozenset({Status.REQUESTED}),
            Status.GRANTED,
            "Votre cabinet est agréé pour le volet {volet}.",
        ),
        Decision(
            Name.REFUSE,
            "Refuser",
            frozenset({Status.REQUESTED}),
            Status.REFUSED,
            "Votre demande pour le volet {volet} est refusée. Vous pouvez en déposer une nouvelle.",
        ),
        Decision(
            Name.SUSPEND,
            "Suspendre",
            frozenset({Status.GRANTED}),
            Status.SUSPENDED,
            "Votre agrément pour le volet {volet} est suspendu. Vos missions en cours se poursuivent.",
        ),
        Decision(
            Name.REINSTATE,
            "Lever la suspension",
            frozenset({Status.SUSPENDED}),
            Status.GRANTED,
            "La suspension de votre agrément pour le volet {volet} est levée.",
        ),
        Decision(
            Name.WITHDRAW,
            "Retirer",
            frozenset({Status.GRANTED, Status.SUSPENDED}),
            Status.WITHDRAWN,
            "Votre agrément pour le volet {volet} est retiré. Vos missions en cours se poursuivent.",
        ),
    )
}


def require_decider(actor: User) -> None:
    """Refuse anybody but an officer or a manager of Bpifrance."""
    if not actor.serves_as(*PROPOSERS):
        raise Refused("Seul un chargé d’affaires ou un responsable instruit un agrément.")


def decisions_open(accreditation: Accreditation) -> list[Decision]:
    """Return the decisions that its state allows."""
    return [decision for decision in DECISIONS.values() if accreditation.status in decision.sources]


def default_dates(accreditation: Accreditation, start: date) -> tuple[date, date]:
    """Return from when to when it would be granted: three years, a renewal added to what still runs."""
    former = accreditation.renews
    end = former.valid_until if former is not None and former.status == Status.GRANTED else None
    base = end + timedelta(days=1) if end is not None and end >= start else start
    return start, add_months(base, ACCREDITATION_MONTHS) - timedelta(days=1)


@transaction.atomic
def propose_decision(
    *,
    accreditation: Accreditation,
    decision: str,
    motive: str,
    actor: User,
    now: datetime,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> AccreditationDecision:
    """Propose a decision with its motive; dates are read for a grant alone, and default to three years."""
    require_decider(actor)
    firm = lock_firm(accreditation.firm)
    current = Accreditation.objects.select_related("renews").get(pk=accreditation.pk)
    _require_open(current, decision)
    if len(motive.strip()) < MOTIVE_LENGTH:
        raise Refused("Donnez le motif\u00a0: le responsable, puis le cabinet, le liront.", field="motive")
    start = end = None
    if decision == Name.GRANT:
        start, usual_end = default_dates(current, valid_from or civil_date(now))
        end = valid_until or usual_end
        _require_grantable(current, start, end, civil_date(now))
    proposal = AccreditationDecision.objects.create(
        accreditation=current,
        name=decision,
        valid_from=start,
        valid_until=end,
        motive=motive.strip(),
        proposed_by=actor,
        proposed_at=now,
    )
    sequence = _record(proposal, f"accreditation_{decision}_proposed", actor, now, motive=proposal.motive)
    _tell_proposal(firm, proposal, sequence, now)
    return proposal


def _require_open(current: Accreditation, decision: str) -> None:
    if current.status not in DECISIONS[decision].sources:
        raise Refused(
            f"L’agrément est maintenant «\u00a0{current.get_status_display().lower()}\u00a0»\u00a0: rechargez la page."
        )
    if current.decisions.filter(status=AccreditationDecision.Status.PROPOSED).exists():
        raise Refused("Une décision est déjà proposée\u00a0: un responsable doit d’abord la prendre.")


def _require_grantable(current: Accreditation, start: date, end: date, today: date) -> None:
    if end < start:
        raise Refused("La fin de l’agrément précède son début.", field="valid_until")
    if end < today:
        raise Refused("La fin de l’agrément est déjà passée.", field="valid_until")
    if current.renews is not None and current.renews.status == Status.SUSPENDED:
        raise Refused("L’agrément à renouveler est suspendu\u00a0: levez d’abord la suspension.")
    unread = current.papers.exclude(document__state=DocumentState.CLEAN).select_related("document")
    for paper in unread[:1]:
        raise Refused(
            f"«\u00a0{paper.document.original_name}\u00a0» n’est pas lisible\u00a0: attendez son analyse, ou refusez "
            "la demande pour que le cabinet le transmette de nouveau."
        )


@transaction.atomic
def record_accreditation(
    *,
    firm: ExpertFirm,
    volet: int,
    motive: str,
    actor: User,
    now: datetime,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> AccreditationDecision:
    """Propose the accreditation that Bpifrance agreed outside the portal, without a request of the firm."""
    require_decider(actor)
    current = lock_firm(firm)
    where = standing_for(current, volet, civil_date(now))
    if not where.may_ask:
        raise Refused("Ce cabinet a déjà une demande ou un agrément en cours pour ce volet.", field="volet")
    asked = Accreditation.objects.create(firm=current, volet=volet, renews=where.standing)
    return propose_decision(
        accreditation=asked,
        decision=Name.GRANT,
        motive=motive,
        actor=actor,
        now=now,
        valid_from=valid_from,
        valid_until=valid_until,
    )


@transaction.atomic
def follow_decision(
    *, proposal: AccreditationDecision, actor: User, now: datetime, answer: str = ""
) -> Accreditation:
    """Take the decision proposed: a manager, who is not the one who proposed it."""
    firm, held = _held(proposal, actor)
    current = Accreditation.objects.select_related("renews").get(pk=held.accreditation_id)
    chosen = DECISIONS[held.name]
    if current.status not in chosen.sources:
        raise Refused(STALE)
    if held.name == Name.GRANT:
        assert held.valid_from is not None
        assert held.valid_until is not None
        _require_grantable(current, held.valid_from, held.valid_until, civil_date(now))
        _replace_former(current, held.valid_from)
        current.granted_on, current.valid_until = held.valid_from, held.valid_until
    current.status, current.motive, current.decided_by = chosen.target, held.motive, actor
    current.next_notice_on = _first_notice(current)
    current.save()
    _settle(held, AccreditationDecision.Status.TAKEN, actor, now, answer)
    sequence = _record(held, f"accreditation_{chosen.name}", actor, now, motive=held.motive)
    _tell_decision(firm, current, chosen, sequence, now)
    return current


@transaction.atomic
def set_decision_aside(
    *, proposal: AccreditationDecision, answer: str, actor: User, now: datetime
) -> AccreditationDecision:
    """Not follow what is proposed: the request goes back to the officers with the manager's answer."""
    if len(answer.strip()) < MOTIVE_LENGTH:
        raise Refused("Dites pourquoi vous ne suivez pas cet avis.", field="answer")
    _, held = _held(proposal, actor)
    _settle(held, AccreditationDecision.Status.SET_ASIDE, actor, now, answer)
    sequence = _record(held, "accreditation_proposal_set_aside", actor, now, motive=held.answer)
    notify(
        recipients=[held.proposed_by],
        kind="accreditation",
        title=f"{held.accreditation.firm.name}\u00a0: votre avis n’est pas suivi, volet {held.accreditation.volet}",
        body=f"«\u00a0{held.answer}\u00a0» Proposez une autre décision.",
        url=reverse("accreditation_decide", args=[held.accreditation_id]),
        action="Revoir la demande",
        family="firm",
        event_ref=f"{chain_of(held.accreditation.firm)}:{sequence}",
        now=now,
        blocking=True,
    )
    return held


def _held(proposal: AccreditationDecision, actor: User) -> tuple[ExpertFirm, AccreditationDecision]:
    """Return the firm, locked, and the proposal, once sure that the actor may settle it."""
    if not actor.serves_as(StaffRole.MANAGER):
        raise Refused("Seul un responsable décide d’un agrément.")
    firm = lock_firm(proposal.accreditation.firm)
    held = AccreditationDecision.objects.select_related("accreditation__firm", "proposed_by").get(
        pk=proposal.pk
    )
    if held.status != AccreditationDecision.Status.PROPOSED:
        raise Refused(STALE)
    if held.proposed_by_id == actor.pk:
        raise Refused("Vous avez proposé cette décision\u00a0: un autre responsable la prend.")
    return firm, held


def _first_notice(current: Accreditation) -> date | None:
    """Return when the end of what is granted is first told."""
    if current.status != Status.GRANTED or current.valid_until is None:
        return None
    return current.valid_until - timedelta(days=NOTICE_DAYS[0])


def _settle(held: AccreditationDecision, status: str, actor: User, now: datetime, answer: str) -> None:
    held.status, held.decided_by, held.decided_at, held.answer = status, actor, now, answer.strip()
    held.save(update_fields=["status", "decided_by", "decided_at", "answer"])


def _replace_former(current: Accreditation, start: date) -> None:
    """End, the day before, what the renewal takes over."""
    former = current.renews
    if former is None or former.status != Status.GRANTED:
        return
    former.status, former.next_notice_on = Status.RENEWED, None
    eve = start - timedelta(days=1)
    former.valid_until = eve if former.valid_until is None else min(former.valid_until, eve)
    former.save(update_fields=["status", "valid_until", "next_notice_on"])


def _record(decision: AccreditationDecision, name: str, actor: User, now: datetime, *, motive: str) -> int:
    accreditation = decision.accreditation
    event = append(
        chain=chain_of(accreditation.firm),
        name=name,
        at=now,
        actor=actor,
        data={
            "firm": accreditation.firm_id,
            "volet": accreditation.volet,
            "accreditation": accreditation.pk,
            "valid_from": decision.valid_from.isoformat() if decision.valid_from else "",
            "valid_until": decision.valid_until.isoformat() if decision.valid_until else "",
        },
        motive=motive,
    )
    return event.sequence


def _tell_proposal(firm: ExpertFirm, proposal: AccreditationDecision, sequence: int, now: datetime) -> None:
    """Ask the managers for the decision; tell the firm that its request, if it made one, is studied."""
    accreditation = proposal.accreditation
    ref = f"{chain_of(firm)}:{sequence}"
    managers = User.objects.staff(StaffRole.MANAGER).exclude(pk=proposal.proposed_by_id)
    notify(
        recipients=managers.order_by("pk"),
        kind="accreditation",
        title=f"{firm.name}, volet {accreditation.volet}\u00a0: «\u00a0{proposal.get_name_display()}\u00a0» à décider",
        body=f"{proposal.proposed_by} propose\u00a0: {proposal.get_name_display().lower()}. {proposal.motive}",
        url=reverse("accreditation_decide", args=[accreditation.pk]),
        action="Décider",
        family="firm",
        event_ref=f"{ref}:managers",
        now=now,
        blocking=True,
    )
    if accreditation.status == Status.REQUESTED and accreditation.was_asked:
        tell_firm(
            firm,
            f"Agrément, volet {accreditation.volet}\u00a0: demande instruite",
            "Un chargé d’affaires a instruit votre demande\u00a0; un responsable va décider.",
            event_ref=ref,
            now=now,
        )


def _tell_decision(
    firm: ExpertFirm, accreditation: Accreditation, decision: Decision, sequence: int, now: datetime
) -> None:
    """Tell the firm; a manager also learns of a suspension or a withdrawal, since missions go on.

    Nothing is said of a refusal where nothing was asked: an accreditation agreed elsewhere was not confirmed.
    """
    if decision.name == Name.REFUSE and not accreditation.was_asked:
        return
    ref = f"{chain_of(firm)}:{sequence}"
    reason = "" if decision.target == Status.GRANTED else f" Motif\u00a0: {accreditation.motive}"
    if decision.name == Name.GRANT and accreditation.valid_until is not None:
        reason = f" Jusqu’au {accreditation.valid_until:%d/%m/%Y}."
    tell_firm(
        firm,
        f"Agrément, volet {accreditation.volet}\u00a0: {accreditation.get_status_display().lower()}",
        decision.told.format(volet=accreditation.volet) + reason,
        event_ref=ref,
        now=now,
    )
    if decision.name in {Name.SUSPEND, Name.WITHDRAW}:
        notify(
            recipients=User.objects.staff(StaffRole.MANAGER).order_by("pk"),
            kind="accreditation",
            title=f"{firm.name}\u00a0: volet {accreditation.volet} {accreditation.get_status_display().lower()}",
            body="Le cabinet ne peut plus recevoir de mission de ce volet\u00a0; celles en cours se poursuivent.",
            url=reverse("firm_detail", args=[firm.pk]),
            action="Ouvrir la fiche du cabinet",
            family="firm",
            event_ref=f"{ref}:managers",
            now=now,
        )
