"""A request for quotes: written, sent to firms at once, extended, dropped; a firm reads it, or declines.

Every write holds the request's row, checks who acts and that nothing closed meanwhile, appends an event to the chain
"quote_request:<pk>", and raises one of `applications.workflow.refusals` when it says no.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from applications.models import Company, Dossier, Offer, QuoteInvitation, QuoteRequest
from applications.services.quoting import told
from applications.services.quoting.anonymity import identity_told
from applications.services.quoting.choice import Round
from applications.services.quoting.suggestions import MOST, may_answer, suggest
from applications.workflow.refusals import NotYours, Obstacle, Refused, WrongState
from applications.workflow.states import State
from experts.models import ExpertFirm
from portal.accounts.models import Membership, User
from portal.audit.services import append
from portal.clock import civil_date
from portal.display import french_date

SHORTEST, USUAL, LONGEST = timedelta(days=2), timedelta(days=14), timedelta(days=60)
MOTIVE_LENGTH = 10
NEED_LENGTH = 40
NOT_A_MEMBER = "Cette demande de devis est celle d’une entreprise dont vous n’êtes pas membre."
NOT_INVITED = "Cette demande n’est pas adressée à un cabinet dont vous êtes membre."
CLOSED = "Cette demande de devis est close\u00a0: rien n’a été changé."
IN_HAND = "Ce volet a déjà un dossier déposé\u00a0: il n’attend plus de devis."
ALREADY_OPEN = "Une demande de devis est déjà ouverte pour ce volet\u00a0: continuez celle-ci, ou renoncez-y."


@dataclass(frozen=True, slots=True)
class Wish:
    """What the company asks: nothing in it may say who asks."""

    device_kind: str
    risk_class: str
    need: str
    answer_by: date
    items: tuple[str, ...] = ()
    region: str = ""


def refused(code: str, message: str, *, remedy: str = "", field: str = "") -> Refused:
    """Return a refusal made of one obstacle."""
    return Refused([Obstacle(code, message, remedy, field)])


def _is_member(actor: User, organisation_id: int) -> bool:
    return Membership.objects.active().filter(user=actor, organisation=organisation_id).exists()


@contextmanager
def held(request: QuoteRequest, *, actor: User | None) -> Iterator[QuoteRequest]:
    """Give the open request under its lock; `actor`, a member of its company, or None for the sweep."""
    with transaction.atomic():
        rows = QuoteRequest.objects.select_for_update(of=("self",))
        found = rows.select_related("company", "dossier").get(pk=request.pk)
        if actor is not None and not _is_member(actor, found.company.organisation_id):
            raise NotYours(NOT_A_MEMBER)
        if not found.is_open:
            raise WrongState(CLOSED)
        yield found


def record(
    request: QuoteRequest,
    name: str,
    *,
    actor: User | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    motive: str = "",
) -> None:
    """Append one event to the request's chain."""
    append(
        chain=request.chain,
        name=name,
        at=now,
        actor=actor,
        data={"request": request.pk, **(data or {})},
        names={"actor": actor.full_name} if actor else None,
        motive=motive,
    )


# --- What is asked -------------------------------------------------------------------------------
def _check(wish: Wish, company: Company, today: date) -> None:
    """Refuse a need that is too short or says who asks, and a date to answer out of bounds."""
    obstacles = []
    if len(wish.need.strip()) < NEED_LENGTH:
        obstacles.append(
            Obstacle(
                "need_short",
                "Décrivez le besoin en une phrase ou deux.",
                "Un cabinet répond à ce qu’il comprend.",
                "need",
            )
        )
    if told_by := identity_told(wish.need, company):
        obstacles.append(
            Obstacle(
                "need_names",
                f"Le besoin dit qui vous êtes («\u00a0{told_by}\u00a0»).",
                "Décrivez le produit sans le nommer\u00a0: les cabinets ne savent pas qui demande.",
                "need",
            )
        )
    obstacles += _day_obstacles(wish.answer_by, today)
    if obstacles:
        raise Refused(obstacles)


def _day_obstacles(day: date, today: date) -> list[Obstacle]:
    first, last = today + SHORTEST, today + LONGEST
    if first <= day <= last:
        return []
    said = f"Choisissez une date du {french_date(first)} au {french_date(last)}."
    return [Obstacle("answer_by", said, "Un devis sérieux demande quelques jours.", "answer_by")]


def ask(
    *, company: Company, volet: int, wish: Wish, actor: User, now: datetime, today: date
) -> tuple[QuoteRequest, Round]:
    """Write a request that nobody receives yet, and propose firms for it; it serves the volet's draft if any."""
    if not _is_member(actor, company.organisation_id):
        raise NotYours(NOT_A_MEMBER)
    _check(wish, company, today)
    dossier = Dossier.objects.live().filter(company=company, volet=volet).first()
    if dossier is not None and dossier.state != State.DRAFT:
        raise refused("volet_in_hand", IN_HAND, field="volet")
    try:
        with transaction.atomic():
            request = QuoteRequest.objects.create(
                company=company,
                dossier=dossier,
                volet=volet,
                asked_by=actor,
                asked_at=now,
                **_columns(wish),
            )
            record(request, "quotes_prepared", actor=actor, now=now, data={"volet": volet})
            return request, suggest(request, actor=actor, now=now, today=today)
    except IntegrityError as error:
        raise refused("open_already", ALREADY_OPEN, field="volet") from error


def _columns(wish: Wish) -> dict[str, Any]:
    return {**asdict(wish), "items": list(wish.items), "need": wish.need.strip()}


def revise(request: QuoteRequest, *, wish: Wish, actor: User, now: datetime, today: date) -> QuoteRequest:
    """Change what is asked, as long as no firm has read it."""
    with held(request, actor=actor) as found:
        if found.sent_at is not None:
            raise WrongState("La demande est partie\u00a0: ce que les cabinets ont lu ne change plus.")
        _check(wish, found.company, today)
        for name, value in _columns(wish).items():
            setattr(found, name, value)
        found.save()
        record(found, "quotes_revised", actor=actor, now=now)
    return found


def propose_more(request: QuoteRequest, *, actor: User, now: datetime, today: date) -> Round:
    """Propose firms that were not proposed yet."""
    with held(request, actor=actor) as found:
        if found.suggestions.count() >= MOST:
            raise refused("enough", "Le portail propose six cabinets au plus par demande.")
        return suggest(found, actor=actor, now=now, today=today)


# --- To whom -------------------------------------------------------------------------------------
def send(
    request: QuoteRequest, *, firms: Collection[int], actor: User, now: datetime, today: date
) -> list[QuoteInvitation]:
    """Ask these firms to answer; one asked before is not asked again. Returns the new invitations."""
    with held(request, actor=actor) as found:
        if not firms:
            raise refused("no_firm", "Cochez au moins un cabinet.", field="firms")
        if found.answer_by < today:
            raise refused("too_late", "La date de réponse est passée.", remedy="Prolongez-la d’abord.")
        known = set(found.invitations.values_list("firm_id", flat=True))
        wanted = set(firms) - known
        if len(known | wanted) > MOST:
            raise refused(
                "too_many",
                f"Une demande part à {MOST} cabinets au plus.",
                remedy=f"Vous pouvez encore en solliciter {MOST - len(known)}.",
                field="firms",
            )
        chosen = list(may_answer(found.volet, today).filter(pk__in=wanted))
        if len(chosen) < len(wanted):
            raise refused(
                "not_accredited",
                "Un des cabinets cochés n’est plus agréé pour ce volet, ou ne peut pas répondre.",
                remedy="Rien n’est parti\u00a0: relisez la liste.",
                field="firms",
            )
        made = _invite(found, chosen, rank=len(known), now=now)
        if made and found.sent_at is None:
            found.sent_at = now
            found.save(update_fields=["sent_at"])
        record(found, "quotes_asked", actor=actor, now=now, data={"firms": [one.firm_id for one in made]})
        told.invited(found, made, now=now)
    return made


def _invite(
    request: QuoteRequest, firms: Iterable[ExpertFirm], *, rank: int, now: datetime
) -> list[QuoteInvitation]:
    proposed = {one.firm_id: one for one in request.suggestions.all()}
    ordered = sorted(firms, key=lambda firm: (getattr(proposed.get(firm.pk), "rank", MOST + 1), firm.name))
    made = [
        QuoteInvitation(
            request=request,
            firm=firm,
            suggested=firm.pk in proposed,
            reason=proposed[firm.pk].reason
            if firm.pk in proposed
            else "Choisi par l’entreprise dans l’annuaire.",
            rank=rank + place,
            invited_at=now,
        )
        for place, firm in enumerate(ordered, start=1)
    ]
    return QuoteInvitation.objects.bulk_create(made)


def unanswered(request: QuoteRequest) -> Any:
    """Return the invitations of which an answer is still hoped."""
    return request.invitations.filter(declined_at__isnull=True).select_related("firm", "request")


def extend(request: QuoteRequest, *, day: date, actor: User, now: datetime, today: date) -> QuoteRequest:
    """Give the firms until a later day; those that did not decline are told, and may be reminded again."""
    with held(request, actor=actor) as found:
        if found.sent_at is None:
            raise WrongState("Cette demande n’est pas encore partie\u00a0: changez sa date en la modifiant.")
        if day <= found.answer_by:
            raise refused(
                "not_later",
                f"Les cabinets ont déjà jusqu’au {french_date(found.answer_by)}\u00a0: choisissez un jour après.",
                field="answer_by",
            )
        if obstacles := _day_obstacles(day, today):
            raise Refused(obstacles)
        found.answer_by, found.lapsed_at = day, None
        found.save(update_fields=["answer_by", "lapsed_at"])
        waiting = unanswered(found)
        waiting.update(reminded_at=None)
        record(found, "quotes_extended", actor=actor, now=now, data={"until": day.isoformat()})
        told.extended(unanswered(found), day, now=now)
    return found


def drop(request: QuoteRequest, *, actor: User | None, now: datetime) -> QuoteRequest:
    """Give up, or have the sweep do it: offers end, and who did not decline is told that nothing follows."""
    with held(request, actor=actor) as found:
        Offer.objects.in_force().filter(invitation__request=found).update(
            state=Offer.State.SUPERSEDED, ended_at=now
        )
        close(found, QuoteRequest.CloseReason.DROPPED, actor=actor, now=now)
        told.closed(unanswered(found), chosen=False, now=now)
    return found


def close(request: QuoteRequest, reason: str, *, actor: User | None, now: datetime) -> None:
    """Close a request that is held; nothing more is expected of anybody."""
    request.closed_at, request.close_reason = now, reason
    request.save(update_fields=["closed_at", "close_reason", "dossier"])
    record(request, f"quotes_{reason}", actor=actor, now=now)


# --- The firm's side -----------------------------------------------------------------------------
@contextmanager
def answering(invitation: QuoteInvitation, *, actor: User, now: datetime) -> Iterator[QuoteInvitation]:
    """Give an invitation that may still be answered, under its request's lock, to a member of its firm."""
    if not _is_member(actor, invitation.firm.organisation_id):
        raise NotYours(NOT_INVITED)
    with held(invitation.request, actor=None) as request:
        found = QuoteInvitation.objects.select_related("firm").get(pk=invitation.pk)
        found.request = request
        if not found.may_answer(civil_date(now)):
            raise WrongState(
                "Cette demande n’attend plus de réponse de votre cabinet\u00a0: rien n’a été envoyé."
            )
        yield found


def mark_seen(invitation: QuoteInvitation, *, actor: User, now: datetime) -> None:
    """Keep when the firm first read the request; nothing where it did already."""
    if not _is_member(actor, invitation.firm.organisation_id):
        raise NotYours(NOT_INVITED)
    QuoteInvitation.objects.filter(pk=invitation.pk, seen_at__isnull=True).update(seen_at=now)


def decline(invitation: QuoteInvitation, *, motive: str, actor: User, now: datetime) -> QuoteInvitation:
    """Say that the firm will not answer, with a motive that the company reads."""
    if len(motive.strip()) < MOTIVE_LENGTH:
        raise refused(
            "motive", "Dites pourquoi en quelques mots\u00a0: l’entreprise le lira.", field="motive"
        )
    with answering(invitation, actor=actor, now=now) as found:
        if found.offers.in_force().exists():
            raise refused("offer_sent", "Votre devis est déjà parti.", remedy="Retirez-le d’abord.")
        found.declined_at, found.decline_motive = now, motive.strip()
        found.seen_at = found.seen_at or now
        found.save(update_fields=["declined_at", "decline_motive", "seen_at"])
        record(found.request, "quote_declined", actor=actor, now=now, data={"firm": found.firm_id})
        told.declined(found, now=now)
    return found
