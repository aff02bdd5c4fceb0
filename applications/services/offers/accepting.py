"""The company accepts one offer: exactly one wins, and its lines and its PDF become the quote of the draft.

Locks, in this order: the request, the invitation, the offer, then the dossier (by the filing's own services).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from applications.models import Dossier, Offer, OfferQuerySet, Quote, QuoteInvitation, QuoteRequest
from applications.services import filing, filing_drafts
from applications.services.filing_offer import release_quote
from applications.services.filing_pieces import put_quote_file
from applications.services.filing_start import firms_of, start_dossier
from applications.services.offers.answering import NOT_IN_FORCE, locked_in_force, require_company
from applications.services.offers.drafting import refused
from applications.services.offers.words import firm_of, tell, volet_of
from applications.steps import edited_quote
from applications.workflow.refusals import Stale
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.models import Document
from portal.documents.services import store_bytes
from tariffs import catalogue

Json = dict[str, Any]

FILED_ALREADY = "Une demande est déjà déposée pour ce volet\u00a0: un devis ne s’y ajoute plus."
EXPIRED = "Ce devis n’est plus valable\u00a0: sa date est passée."
NOT_ACCREDITED = "Ce cabinet n’est plus agréé pour ce volet\u00a0: son devis ne peut pas être retenu."
PDF_TO_COME = "Le PDF de ce devis se prépare encore."


def accept(*, offer: Offer, actor: User, now: datetime, expected_version: int) -> Dossier:
    """Accept an offer for the company and return the draft that carries it.

    `expected_version` is the version that the page showed. Raises NotYours to who is not of the company, Stale
    or WrongState where another offer won or this one changed, Refused where it can't be taken today.
    """
    today = civil_date(now)
    with transaction.atomic():
        require_company(offer, actor)
        locked = locked_in_force(offer)
        document = _takeable(locked, expected_version, today)
        request = locked.invitation.request
        dossier = _draft_for(request, actor=actor, now=now, today=today)
        quote = _carry(locked, document, dossier, actor=actor, now=now, today=today)
        former = _end(Offer.objects.filter(dossier=dossier, state=Offer.State.ACCEPTED), now=now)
        losers = _close(locked, dossier, quote, actor=actor, now=now)
        append(
            chain=request.chain,
            name="offer_accepted",
            at=now,
            actor=actor,
            data={
                "offer": locked.pk,
                "version": locked.version,
                "firm": locked.invitation.firm_id,
                "dossier": dossier.pk,
                "lines": locked.lines_hash,
                "terms": locked.terms_sha256,
                "pdf": document.sha256,
                "superseded": [one.pk for one in (*losers, *former)],
            },
        )
        _announce(locked, losers, now)
        _tell_dropped([one for one in former if one.invitation.firm_id != locked.invitation.firm_id], now)
    return Dossier.objects.get(pk=dossier.pk)


def _takeable(offer: Offer, expected_version: int, today: date) -> Document:
    """Return the PDF of an offer that may be accepted today."""
    if offer.version != expected_version:
        raise Stale(NOT_IN_FORCE)
    if offer.valid_until is not None and offer.valid_until < today:
        raise refused(EXPIRED, "Demandez au cabinet une nouvelle version.", code="expired")
    able = firms_of(volet=volet_of(offer), edition=catalogue.edition_at(today), today=today)
    if not able.filter(pk=offer.invitation.firm_id).exists():
        raise refused(NOT_ACCREDITED, "Choisissez un autre devis.", code="not_accredited")
    if offer.document is None:
        raise refused(PDF_TO_COME, "Réessayez dans un instant.", code="no_pdf")
    return offer.document


def _draft_for(request: QuoteRequest, *, actor: User, now: datetime, today: date) -> Dossier:
    dossier = request.dossier
    if dossier is None:
        device = {"kind": request.device_kind, "risk_class": request.risk_class}
        told = {name: value for name, value in device.items() if value}
        dossier = start_dossier(
            company=request.company,
            volet=request.volet,
            actor=actor,
            now=now,
            today=today,
            case={"device": told},
        )
    if not dossier.is_editable:
        raise refused(FILED_ALREADY, code="filed")
    return dossier


def _carry(
    offer: Offer, document: Document, dossier: Dossier, *, actor: User, now: datetime, today: date
) -> Quote:
    """Write the firm, the lines and the PDF into the draft by the filing's services; return its quote."""
    stand: Json = {"actor": actor, "today": today}
    firm = offer.invitation.firm
    if dossier.firm_id != firm.pk:
        dossier = filing.save_expert(dossier, firm=firm, now=now, expected_revision=dossier.revision, **stand)
        filing_drafts.remember(
            dossier, step="expert", actor=actor, now=now, changed=["firm"], typed={}, touched=["firm"]
        )
    release_quote(dossier)
    dossier = filing.save_quote_lines(
        dossier,
        lines=[_line(line) for line in offer.lines.all()],
        issued_on=offer.issued_on,
        signed=False,
        expected_revision=dossier.revision,
        **stand,
    )
    told = ["lines", "issued_on", "signed"]
    filing_drafts.remember(dossier, step="devis", actor=actor, now=now, changed=told, typed={}, touched=told)
    put_quote_file(dossier, stored=_own_copy(document, dossier, offer, now), now=now, **stand)
    quote: Quote | None = edited_quote(Dossier.objects.get(pk=dossier.pk))
    if quote is None or quote.lines_hash != offer.lines_hash:
        raise refused("Les lignes de ce devis n’ont pas pu être reprises telles quelles.", code="lines")
    return quote


def _line(line: Any) -> Json:
    return {
        "item": line.item,
        "label": line.label,
        "amount": line.amount,
        "complexity": line.complexity,
        "performed_by": "expert",
    }


def _own_copy(document: Document, dossier: Dossier, offer: Offer, now: datetime) -> Document:
    """Return the offer's PDF as a piece of the company's, byte for byte."""
    with document.file.open("rb") as file:
        content = file.read()
    return store_bytes(
        content=content,
        name=document.original_name,
        kind="quote",
        organisation=dossier.company.organisation,
        issued_on=offer.issued_on,
        now=now,
    )


def _close(offer: Offer, dossier: Dossier, quote: Quote, *, actor: User, now: datetime) -> list[Offer]:
    """End the request in favour of one offer; return those of the other firms that were in force."""
    invitation, request = offer.invitation, offer.invitation.request
    rivals = Offer.objects.in_force().filter(invitation__request=request).exclude(pk=offer.pk)
    losers = list(rivals.select_related("invitation__firm", "invitation__request").order_by("pk"))
    Offer.objects.filter(pk__in=[one.pk for one in losers]).update(state=Offer.State.SUPERSEDED, ended_at=now)
    offer.state, offer.ended_at, offer.accepted_by = Offer.State.ACCEPTED, now, actor
    offer.dossier, offer.quote = dossier, quote
    offer.save(update_fields=["state", "ended_at", "accepted_by", "dossier", "quote"])
    invitation.chosen_at = now
    invitation.save(update_fields=["chosen_at"])
    request.closed_at, request.close_reason = now, QuoteRequest.CloseReason.CHOSEN
    request.dossier = dossier
    request.save(update_fields=["closed_at", "close_reason", "dossier"])
    return losers


def _end(offers: OfferQuerySet, *, now: datetime) -> list[Offer]:
    """End accepted offers that their dossier no longer follows; return them."""
    found = list(offers.select_related("invitation__firm", "invitation__request").order_by("pk"))
    Offer.objects.filter(pk__in=[one.pk for one in found]).update(
        state=Offer.State.SUPERSEDED, ended_at=now, dossier=None, quote=None
    )
    QuoteInvitation.objects.filter(offers__in=found).update(chosen_at=None)
    return found


def end_unfollowed(*, now: datetime) -> int:
    """End the accepted offers that the request was filed without, with another firm; return how many.

    Until it is filed the company may come back to them, so that nobody is told before.
    """
    with transaction.atomic():
        found = _end(Offer.objects.unfollowed(), now=now)
        for one in found:
            append(
                chain=one.invitation.request.chain,
                name="offer_unfollowed",
                at=now,
                actor=None,
                data={"offer": one.pk, "version": one.version, "firm": one.invitation.firm_id},
            )
        _tell_dropped(found, now)
    return len(found)


def _tell_dropped(offers: list[Offer], now: datetime) -> None:
    for one in offers:
        tell(
            firm_of(one),
            one,
            what="dropped",
            title=f"Votre devis {one.reference} n’est plus retenu",
            body=f"L’entreprise a finalement choisi un autre cabinet pour le volet {volet_of(one)}. Merci de votre "
            "réponse\u00a0: vous n’avez rien à faire.",
            action="Voir le devis",
            now=now,
        )


def _announce(offer: Offer, losers: list[Offer], now: datetime) -> None:
    tell(
        firm_of(offer),
        offer,
        what="accepted",
        title=f"Votre devis {offer.reference} est retenu",
        body=f"L’entreprise retient votre devis pour le volet {volet_of(offer)}\u00a0: son nom et son adresse sont "
        "sur la page du devis. La mission apparaît dans vos missions une fois la demande déposée\u00a0; ne signez rien "
        "et ne commencez rien avant le contrat.",
        action="Voir le devis",
        now=now,
    )
    for one in losers:
        tell(
            firm_of(one),
            one,
            what="superseded",
            title=f"Votre devis {one.reference} n’est pas retenu",
            body=f"L’entreprise a choisi un autre cabinet pour le volet {volet_of(one)}. Merci de votre réponse.",
            action="Voir le devis",
            now=now,
        )
