"""The choice of one offer: the volet's draft takes it, the request closes, the others are told without a name."""

from __future__ import annotations

from datetime import date, datetime

from applications.models import Dossier, Offer, QuoteInvitation, QuoteRequest
from applications.services.filing_start import start_dossier
from applications.services.offers import accepting
from applications.services.quoting import told
from applications.services.quoting.requests import IN_HAND, held, refused, unanswered
from applications.workflow.states import State
from portal.accounts.models import User

CHOSEN_ALREADY = (
    "Cette demande de devis est close\u00a0: un autre membre vient peut-être de choisir. Rien n’a été changé."
)


def choose(
    request: QuoteRequest, *, offer: Offer, actor: User, now: datetime, today: date, expected_version: int
) -> Dossier:
    """Accept the offer into the volet's draft, begun where there is none; return it.

    Of two members who choose at once one wins; the other finds the request closed (WrongState). The firms whose
    offer is not chosen are told by the acceptance, those that had not answered yet here.
    """
    with held(request, actor=actor) as found:
        silent = [
            one.pk
            for one in unanswered(found)
            if not Offer.objects.in_force().filter(invitation=one).exists()
        ]
        _take_draft(found, actor=actor, now=now, today=today)
        dossier = accepting.accept(offer=offer, actor=actor, now=now, expected_version=expected_version)
        told.closed(QuoteInvitation.objects.filter(pk__in=silent).select_related("firm", "request"), now=now)
        told.chosen(found, firm=offer.invitation.firm.name, by=actor, now=now)
    return dossier


def _take_draft(request: QuoteRequest, *, actor: User, now: datetime, today: date) -> None:
    """Have the request serve a draft: the one it was asked for, the volet's, or a new one made by the acceptance."""
    if request.dossier is not None and request.dossier.state == State.DRAFT:
        return
    live = Dossier.objects.live().filter(company=request.company_id, volet=request.volet).first()
    if live is not None and live.state != State.DRAFT:
        raise refused("volet_in_hand", IN_HAND)
    device = {"kind": request.device_kind, "risk_class": request.risk_class}
    request.dossier = live or start_dossier(
        company=request.company,
        volet=request.volet,
        actor=actor,
        now=now,
        today=today,
        case={"device": {name: value for name, value in device.items() if value}},
    )
    request.save(update_fields=["dossier"])
