"""Who is told of a request for quotes, in which words, once; what a firm reads names nobody and counts nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from applications.models import QuoteInvitation, QuoteRequest
from applications.services.people import members_of
from portal.accounts.models import Membership, User
from portal.display import french_date
from portal.notifications.services import notify

READ = "Lire la demande"
SEE = "Voir les réponses"


def members_of_firms(invitations: Iterable[QuoteInvitation]) -> dict[int, list[User]]:
    """Return the active members of each invited firm, by invitation, in one query.

    A firm may be asked by several companies at once: its members are those of each of its invitations.
    """
    found = list(invitations)
    of_firm: dict[int, list[User]] = {one.firm.organisation_id: [] for one in found}
    memberships = Membership.objects.active().filter(organisation__in=of_firm)
    for membership in memberships.select_related("user").order_by("pk"):
        of_firm[membership.organisation_id].append(membership.user)
    return {one.pk: of_firm[one.firm.organisation_id] for one in found}


def _tell_firm(
    invitation: QuoteInvitation,
    people: list[User],
    *,
    kind: str,
    words: tuple[str, str],
    ref: str,
    now: datetime,
    blocking: bool = False,
) -> None:
    _notify(
        people,
        kind=kind,
        words=words,
        url=reverse("quote_invitation", args=[invitation.token]),
        action=READ,
        subject=f"offer:{invitation.token.hex}",
        volet=invitation.request.volet,
        event_ref=f"quote_invitation:{invitation.token}:{ref}",
        now=now,
        blocking=blocking,
    )


def _notify(people: list[User], *, words: tuple[str, str], subject: str, volet: int, **how: Any) -> None:
    """Tell people one thing of a request, under its own subject."""
    title, body = words
    label = f"Demande de devis, volet {volet}"
    notify(recipients=people, title=title, body=body, family="quotes", subject=(subject, label), **how)


def invited(request: QuoteRequest, invitations: Iterable[QuoteInvitation], *, now: datetime) -> None:
    """Ask each firm's members to answer."""
    found = list(invitations)
    people = members_of_firms(found)
    body = (
        f"Une entreprise demande un devis pour le volet {request.volet}. Vous pouvez répondre jusqu’au "
        f"{french_date(request.answer_by)}, ou décliner."
    )
    for one in found:
        words = (f"Demande de devis, volet {request.volet}", body)
        _tell_firm(
            one, people[one.pk], kind="quote_invited", words=words, ref="invited", now=now, blocking=True
        )


def reminded(invitations: Iterable[QuoteInvitation], *, now: datetime) -> None:
    """Remind the members of firms that have not answered yet."""
    found = list(invitations)
    people = members_of_firms(found)
    for one in found:
        day = one.request.answer_by
        words = (
            f"Rappel\u00a0: devis attendu le {french_date(day)}",
            f"La demande de devis du volet {one.request.volet} attend votre réponse jusqu’au {french_date(day)}. "
            "Si vous ne pouvez pas répondre, déclinez-la en un mot.",
        )
        ref = f"reminded:{day.isoformat()}"
        _tell_firm(one, people[one.pk], kind="quote_reminded", words=words, ref=ref, now=now, blocking=True)


def extended(invitations: Iterable[QuoteInvitation], day: date, *, now: datetime) -> None:
    """Tell those that may still answer of the new date."""
    found = list(invitations)
    people = members_of_firms(found)
    for one in found:
        words = (
            f"Demande de devis prolongée jusqu’au {french_date(day)}",
            f"L’entreprise attend les réponses jusqu’au {french_date(day)} pour le volet {one.request.volet}.",
        )
        ref = f"extended:{day.isoformat()}"
        _tell_firm(one, people[one.pk], kind="quote_extended", words=words, ref=ref, now=now)


def closed(invitations: Iterable[QuoteInvitation], *, now: datetime, chosen: bool = True) -> None:
    """Tell firms that nothing is expected of them any more, with neither a name nor a price."""
    found = list(invitations)
    people = members_of_firms(found)
    why = (
        "L’entreprise a retenu une autre proposition."
        if chosen
        else "L’entreprise n’y donne finalement pas suite."
    )
    for one in found:
        words = (
            f"Demande de devis close, volet {one.request.volet}",
            f"{why} Merci d’avoir pris le temps de l’étudier\u00a0: vous n’avez rien à faire.",
        )
        _tell_firm(one, people[one.pk], kind="quote_closed", words=words, ref="closed", now=now)


def _tell_company(
    request: QuoteRequest,
    *,
    kind: str,
    words: tuple[str, str],
    ref: str,
    now: datetime,
    but: User | None = None,
    blocking: bool = False,
) -> None:
    _notify(
        [person for person in members_of(request.company.organisation_id) if person != but],
        kind=kind,
        words=words,
        url=reverse("quote_request", args=[request.pk]),
        action=SEE,
        subject=request.chain,
        volet=request.volet,
        event_ref=f"quote_request:{request.pk}:{ref}",
        now=now,
        blocking=blocking,
    )


def declined(invitation: QuoteInvitation, *, now: datetime) -> None:
    """Tell the company that a firm will not answer, and why."""
    request = invitation.request
    words = (
        f"{invitation.firm.name} décline votre demande de devis",
        f"Volet {request.volet}. Motif\u00a0: {invitation.decline_motive}",
    )
    _tell_company(request, kind="quote_declined", words=words, ref=f"declined:{invitation.pk}", now=now)


def lapsed(request: QuoteRequest, offers: int, *, now: datetime) -> None:
    """Tell the company that the date is past, and what it may do next."""
    came = "Aucun devis n’est arrivé" if offers == 0 else "Un devis est arrivé" if offers == 1 else ""
    came = came or f"{offers} devis sont arrivés"
    then = (
        "Prolongez le délai ou demandez à d’autres cabinets."
        if offers == 0
        else "Comparez et choisissez, ou prolongez le délai."
    )
    words = (f"Vos devis du volet {request.volet}\u00a0: le délai de réponse est passé", f"{came}. {then}")
    ref = f"lapsed:{request.answer_by.isoformat()}"
    _tell_company(request, kind="quote_lapsed", words=words, ref=ref, now=now, blocking=True)


def chosen(request: QuoteRequest, *, firm: str, by: User, now: datetime) -> None:
    """Tell the other members of the company which offer one of them chose."""
    words = (
        f"Devis retenu pour le volet {request.volet}",
        f"{by.full_name} a retenu le devis de {firm}. Il est reporté dans votre demande.",
    )
    _tell_company(request, kind="quote_chosen", words=words, ref="chosen", now=now, but=by)
