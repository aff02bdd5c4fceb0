"""The choice of one offer: the volet's draft takes it, the request closes, the others are told without a name."""

from __future__ import annotations

from datetime import datetime

from applications.models import Dossier, Offer, QuoteInvitation, QuoteRequest
from applications.services.offers import accepting, answering
from applications.services.quoting import told
from applications.services.quoting.requests import IN_HAND, held, refused, unanswered
from applications.services.quoting.sight import device_in_words
from applications.workflow.refusals import WrongState
from applications.workflow.states import State
from portal.accounts.models import User

CHOSEN_ALREADY = (
    "Cette demande de devis est close\u00a0: un autre membre vient peut-être de choisir. Rien n’a été changé."
)


def choose(
    request: QuoteRequest, *, offer: Offer, actor: User, now: datetime, expected_version: int
) -> Dossier:
    """Accept the offer into the volet's draft, begun where there is none; return it.

    Of two members who choose at once one wins; the other finds the request closed (WrongState). The firms whose
    offer is not chosen are told by the acceptance, those that had not answered yet here.
    """
    with held(request, actor=actor) as found:
        if offer.invitation.request_id != found.pk:
            raise WrongState(answering.NOT_IN_FORCE)
        silent = list(unanswered(found).exclude(offers__state=Offer.State.SENT).values_list("pk", flat=True))
        _take_draft(found)
        dossier = accepting.accept(offer=offer, actor=actor, now=now, expected_version=expected_version)
        told.closed(QuoteInvitation.objects.filter(pk__in=silent).select_related("firm", "request"), now=now)
        told.chosen(found, firm=offer.invitation.firm.name, by=actor, now=now)
    return dossier


def _take_draft(request: QuoteRequest) -> None:
    """Have the request serve a draft, the one it was asked for or the volet's; without one the acceptance begins it."""
    live = _live_of(request)
    if live is not None and live.state != State.DRAFT:
        raise refused("volet_in_hand", IN_HAND)
    request.dossier = live
    request.save(update_fields=["dossier"])


def _live_of(request: QuoteRequest) -> Dossier | None:
    """Return the volet's dossier of the company; there is one at most."""
    return Dossier.objects.live().filter(company=request.company_id, volet=request.volet).first()


def cautions(request: QuoteRequest) -> list[str]:
    """Return what the company should know before it chooses: what is replaced, and what may be judged otherwise."""
    found, draft = [], _live_of(request)
    if draft is not None and draft.quotes.exists():
        found.append("Le devis et le cabinet déjà saisis dans votre demande sont remplacés.")
    told_of = (request.device_kind, request.risk_class)
    now_of = (draft.device_kind, draft.device_class) if draft is not None else ("", "")
    if now_of[0] and now_of != told_of:
        before, after = device_in_words(*told_of), device_in_words(*now_of)
        found.append(
            f"Ce devis a été chiffré pour «\u00a0{before}\u00a0». Votre demande porte sur «\u00a0{after}\u00a0»\u00a0: "
            "ses plafonds peuvent différer."
        )
    return found
