"""What happens to an offer once it is sent: withdrawn by its firm, asked to be changed, or expired by the sweep."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from applications.models import Offer
from applications.services.offers.drafting import lock_request, refused, require_firm
from applications.services.offers.words import company_of, firm_of, tell, volet_of
from applications.services.quoting.anonymity import identity_told
from applications.workflow.refusals import NotYours, WrongState
from portal.accounts.models import Membership, User
from portal.audit.services import append
from portal.clock import civil_date

NOT_THE_COMPANY = "Ce devis est adressé à une entreprise dont vous n’êtes pas membre."
NOT_IN_FORCE = "Ce devis n’est plus en vigueur\u00a0: il a été retiré, remplacé, retenu, ou il a expiré."
TOO_LATE = "Le délai de réponse est passé\u00a0: le cabinet ne peut plus envoyer de nouvelle version."
EXTEND_FIRST = "Prolongez d’abord le délai de votre demande de devis."
LONGEST_CHANGE = 1000
SWEPT_AT_ONCE = 500


def locked_in_force(offer: Offer) -> Offer:
    """Return the offer read anew, its request, invitation and itself locked; refuses one no longer in force."""
    invitation = lock_request(offer.invitation)
    locked = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    locked.invitation = invitation
    if locked.state != Offer.State.SENT or not invitation.request.is_open:
        raise WrongState(NOT_IN_FORCE)
    return locked


def require_company(offer: Offer, actor: User) -> None:
    """Refuse whoever is no active member of the company that asked."""
    members = Membership.objects.active().filter(
        organisation=offer.invitation.request.company.organisation_id
    )
    if actor.staff_role or not members.filter(user=actor).exists():
        raise NotYours(NOT_THE_COMPANY)


def withdraw(*, offer: Offer, actor: User, now: datetime) -> Offer:
    """Take back an offer that nobody accepted; the company is told."""
    with transaction.atomic():
        require_firm(offer.invitation, actor)
        locked = locked_in_force(offer)
        locked.state, locked.ended_at = Offer.State.WITHDRAWN, now
        locked.save(update_fields=["state", "ended_at"])
        _note(locked, "offer_withdrawn", actor, now)
        firm = locked.invitation.firm.name
        tell(
            company_of(locked),
            locked,
            what="withdrawn",
            title=f"Devis retiré\u00a0: {firm}",
            body=f"Le cabinet {firm} retire son devis pour le volet {volet_of(locked)}.",
            action="Voir le devis",
            now=now,
        )
    return locked


def ask_change(*, offer: Offer, actor: User, now: datetime, message: str) -> Offer:
    """Have the firm told, in a short message, what the company would like otherwise; the offer stays in force."""
    message = message.strip()
    if len(message) < 10:
        raise refused("Dites en une phrase ce que vous souhaitez voir changé.", input_name="message")
    if len(message) > LONGEST_CHANGE:
        raise refused(f"Votre message dépasse {LONGEST_CHANGE} caractères.", input_name="message")
    if named := identity_told(message, offer.invitation.request.company):
        raise refused(
            f"Votre message dit qui vous êtes («\u00a0{named}\u00a0»).",
            "Le cabinet ne le sait pas encore\u00a0: retirez-le.",
            input_name="message",
        )
    with transaction.atomic():
        require_company(offer, actor)
        locked = locked_in_force(offer)
        if not locked.invitation.may_answer(civil_date(now)):
            raise refused(TOO_LATE, EXTEND_FIRST, input_name="message", code="too_late")
        locked.change_asked, locked.change_asked_at, locked.change_asked_by = message, now, actor
        locked.save(update_fields=["change_asked", "change_asked_at", "change_asked_by"])
        event = _note(locked, "offer_change_asked", actor, now, motive=message)
        tell(
            firm_of(locked),
            locked,
            what=f"change-{event}",
            title=f"Modification demandée\u00a0: devis {locked.reference}",
            body=f"L’entreprise souhaite une modification de votre devis {locked.reference}. Lisez son message, "
            "puis préparez une nouvelle version.",
            action="Lire le message",
            now=now,
            blocking=True,
        )
    return locked


def _note(offer: Offer, name: str, actor: User | None, now: datetime, motive: str = "") -> int:
    """Append the event to the request's chain; return its place there."""
    event = append(
        chain=offer.invitation.request.chain,
        name=name,
        at=now,
        actor=actor,
        data={"offer": offer.pk, "firm": offer.invitation.firm_id, "version": offer.version},
        motive=motive,
    )
    return event.sequence


def expire(*, now: datetime, today: date) -> int:
    """End the offers whose last day is past, all at once, in one event; return how many."""
    swept = 0
    while True:
        with transaction.atomic():
            # A choice holds one offer, then its rivals: what it holds waits for the next night.
            due = Offer.objects.to_expire(today).order_by("pk")
            due = due.select_for_update(of=("self",), skip_locked=True)
            keys = list(due.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
            if not keys:
                return swept
            Offer.objects.filter(pk__in=keys).update(state=Offer.State.EXPIRED, ended_at=now)
            append(chain="offers", name="offers_expired", at=now, actor=None, data={"offers": keys})
            swept += len(keys)
