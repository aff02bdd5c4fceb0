"""Who the company is, told to the one firm whose offer it accepted, for as long as its request follows that firm."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from applications.models import Offer, QuoteInvitation
from applications.services.people import members_of
from applications.workflow.states import LIVE


@dataclass(frozen=True)
class Contact:
    """The company, the person to write to, and whether its request is filed; no telephone of theirs is known."""

    company: str
    person: str
    email: str
    is_filed: bool


def contact_of(invitation: QuoteInvitation) -> Contact | None:
    """Return who asked, None unless this firm's offer is accepted and the living request still names this firm.

    The person is who accepted, or the first member of the company where that one left it.
    """
    if invitation.chosen_at is None:
        return None
    followed = Offer.objects.filter(
        invitation=invitation,
        state=Offer.State.ACCEPTED,
        dossier__state__in=LIVE,
        dossier__firm=F("invitation__firm"),
    )
    offer = followed.select_related("dossier__company").first()
    if offer is None or offer.dossier is None:
        return None
    company = offer.dossier.company
    people = list(members_of(company.organisation_id))
    person = next((one for one in people if one.pk == offer.accepted_by_id), people[0] if people else None)
    return Contact(
        company=company.name,
        person=str(person) if person else "",
        email=person.email if person else "",
        is_filed=offer.dossier.submitted_at is not None,
    )
