"""Sending an offer: what it lacks is said, then its content is frozen, its PDF ordered and the company told, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction

from applications.models import Offer, OfferLine, QuoteInvitation
from applications.models.quote import COMPLEXITIES, QuoteLine, hash_of_lines
from applications.services.contents import jsonable
from applications.services.offers.clauses import Lack, ip_clause, ip_lacks
from applications.services.offers.confidentiality import confidentiality_clause, confidentiality_lacks
from applications.services.offers.drafting import NO_ANSWER, editing, lock_request, told_of
from applications.services.offers.planning import phases_lacks
from applications.services.offers.pricing import CENT, Figures, figures_of
from applications.services.offers.words import company_of, tell
from applications.services.quoting.sight import device_of
from applications.services.signals.marks import mark_of
from applications.workflow.refusals import Obstacle, Refused, WrongState
from experts.models import ExpertFirm, VatRegime
from experts.services import expert_facts
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.display import french_date
from portal.documents.models import DocumentState
from portal.notifications.outbox import enqueue
from tariffs import catalogue

Json = dict[str, Any]

LONGEST_VALIDITY = timedelta(days=366)
SHORTEST_METHOD = 20
# The standard rate of French VAT, percent (CGI, art. 278).
STANDARD_RATE = Decimal(20)
VAT_WORDS = {
    VatRegime.FRANCHISE: "TVA non applicable, article 293 B du code général des impôts",
    VatRegime.REVERSE_CHARGE: "TVA due par le preneur (autoliquidation, article 283-2 du code général des impôts)",
}


def figures(offer: Offer, *, today: date) -> Figures:
    """Return what the stored lines of an offer are worth today."""
    request = offer.invitation.request
    return figures_of(
        volet=request.volet,
        device_kind=request.device_kind,
        risk_class=request.risk_class,
        lines=[_priced(line) for line in offer.lines.all()],
        today=today,
    )


def _priced(line: OfferLine) -> Json:
    return {"item": line.item, "amount": line.amount, "complexity": line.complexity}


def obstacles(offer: Offer, *, today: date) -> list[Obstacle]:
    """Return all that keeps a draft from being sent, in the order of its page."""
    return list(_obstacles(offer, today))


def _obstacles(offer: Offer, today: date) -> Iterator[Obstacle]:
    if offer.typed:
        yield Obstacle(
            "typed", "Une partie de la saisie ne se comprend pas.", "Corrigez les champs signalés."
        )
    yield from _lines(offer, today)
    told = told_of(offer)
    if len(told.method.strip()) < SHORTEST_METHOD:
        yield Obstacle(
            "method", "La méthode n’est pas décrite.", "Décrivez-la en quelques phrases.", "method"
        )
    yield from _from_lacks(phases_lacks(told.planning))
    yield from _dates(offer, today)
    yield from _from_lacks(ip_lacks(told.ip))
    yield from _from_lacks(confidentiality_lacks(told.confidentiality))
    yield from _terms(offer)
    yield from _firm(offer, today)


def _from_lacks(lacks: list[Lack]) -> Iterator[Obstacle]:
    for lack in lacks:
        yield Obstacle(f"lack:{lack.field}", lack.sentence, "", lack.field)


def _lines(offer: Offer, today: date) -> Iterator[Obstacle]:
    lines = list(offer.lines.all())
    worth = figures(offer, today=today)
    mine = {one.item for one in worth.items}
    if not any(line.item in mine and line.amount > 0 for line in lines):
        yield Obstacle(
            "no_line",
            "Le devis ne comporte aucune prestation du volet.",
            "Ajoutez une ligne et son prix.",
            "line0_item",
        )
    known = mine | set(catalogue.uncovered_items(worth.edition))
    if any(line.item not in known for line in lines):
        yield Obstacle(
            "foreign_line",
            "Une ligne porte sur un autre volet, qui se demande à part.",
            "Retirez-la.",
            "line0_item",
        )


def interview_obstacle(day: date, *, asked_on: date, today: date) -> Obstacle | None:
    """Return what refuses the day of an interview: held since the request was received, today at the latest."""
    if day > today:
        return Obstacle(
            "interview_to_come",
            "L’entretien de pré-qualification est à venir.",
            "Indiquez-en le jour une fois qu’il a eu lieu.",
            "interview_confirmed_on",
        )
    if day < asked_on:
        return Obstacle(
            "interview_too_early",
            f"L’entretien de pré-qualification précède la demande, que vous avez reçue le {french_date(asked_on)}.",
            "Indiquez le jour où il a eu lieu.",
            "interview_confirmed_on",
        )
    return None


def _dates(offer: Offer, today: date) -> Iterator[Obstacle]:
    asked_on = civil_date(offer.invitation.invited_at)
    if offer.interview_confirmed_on is None:
        yield Obstacle(
            "no_interview",
            "L’entretien de pré-qualification n’est pas confirmé.",
            "Indiquez le jour où il a eu lieu.",
            "interview_confirmed_on",
        )
    elif found := interview_obstacle(offer.interview_confirmed_on, asked_on=asked_on, today=today):
        yield found
    if offer.valid_until is None:
        yield Obstacle("no_validity", "Le devis n’a pas de date de validité.", "Indiquez-la.", "valid_until")
    elif not today <= offer.valid_until <= today + LONGEST_VALIDITY:
        yield Obstacle(
            "validity",
            "La date de validité est passée, ou à plus d’un an.",
            "Choisissez une date de l’année qui vient.",
            "valid_until",
        )


def _terms(offer: Offer) -> Iterator[Obstacle]:
    if offer.terms is None:
        yield Obstacle("no_terms", "Vos conditions générales manquent.", "Joignez leur PDF.", "terms")
    elif offer.terms.state == DocumentState.REFUSED:
        yield Obstacle("terms_refused", offer.terms.refusal, "Joignez un fichier sain.", "terms")
    elif not offer.terms.is_readable:
        yield Obstacle(
            "terms_pending",
            "Vos conditions générales sont en cours d’analyse.",
            "Patientez un instant.",
            "terms",
        )


def _firm(offer: Offer, today: date) -> Iterator[Obstacle]:
    """What the firm itself must hold on the day: the engine's rules of the expert, and its insurance."""
    firm, request = offer.invitation.firm, offer.invitation.request
    items = [line.item for line in offer.lines.all()]
    case = {
        "on": today.isoformat(),
        "volet": request.volet,
        "expert": expert_facts(firm, volet=request.volet, on=today, items=items),
        "quote": {"lines": [{"item": item, "amount": "1"} for item in items]},
    }
    for finding in catalogue.evaluate_json(case, today=today)["findings"]:
        if finding["rule"].startswith("expert.") and finding["status"] == "fail":
            yield Obstacle(f"firm:{finding['rule']}", finding["message"], finding["remedy"] or "")
    if firm.insurance_until is not None and firm.insurance_until < today:
        yield Obstacle(
            "insurance",
            f"L’assurance professionnelle du cabinet a pris fin le {french_date(firm.insurance_until)}.",
            "Indiquez la nouvelle date dans «\u00a0Mon cabinet\u00a0».",
        )


def send(*, offer: Offer, actor: User, now: datetime, expected_revision: int) -> Offer:
    """Send a draft to the company: what it says is frozen, and it takes the place of the version before."""
    today = civil_date(now)
    with transaction.atomic():
        invitation = lock_request(offer.invitation)
        with editing(offer, actor=actor, now=now, expected_revision=expected_revision) as locked:
            if not invitation.may_answer(today):
                raise WrongState(NO_ANSWER)
            found = obstacles(locked, today=today)
            if found:
                raise Refused(found)
            _freeze(locked, invitation, today)
            invitation.offers.in_force().update(state=Offer.State.SUPERSEDED, ended_at=now)
            locked.state, locked.sent_at = Offer.State.SENT, now
        _after(locked, actor=actor, now=now)
    return locked


def _after(offer: Offer, *, actor: User, now: datetime) -> None:
    request = offer.invitation.request
    append(
        chain=request.chain,
        name="offer_sent",
        at=now,
        actor=actor,
        data={"offer": offer.pk, "firm": offer.invitation.firm_id, "version": offer.version},
    )
    enqueue(kind="render_offer", dedup_key=f"offer:{offer.pk}:pdf", payload={"offer": offer.pk}, due_at=now)
    again = "une nouvelle version de son devis" if offer.version > 1 else "son devis"
    tell(
        company_of(offer),
        offer,
        what="sent",
        title=f"Devis reçu\u00a0: {offer.invitation.firm.name}",
        body=f"Le cabinet {offer.invitation.firm.name} vous adresse {again} pour le volet {request.volet}, "
        f"valable jusqu’au {french_date(offer.valid_until)}.",
        action="Lire le devis",
        now=now,
        blocking=True,
    )


# --- What is frozen ------------------------------------------------------------------------------
def _freeze(offer: Offer, invitation: QuoteInvitation, today: date) -> None:
    worth = figures(offer, today=today)
    lines = list(offer.lines.select_related("consultant"))
    offer.issued_on, offer.edition = today, worth.edition.code
    offer.method_mark = mark_of(offer.method)
    offer.lines_hash = hash_of_lines(
        (line.item, line.amount, line.complexity, QuoteLine.PerformedBy.EXPERT.value) for line in lines
    )
    offer.total, offer.eligible_total = worth.total, worth.eligible_total
    offer.bpifrance_share, offer.company_share = worth.bpifrance_share, worth.company_share
    offer.content = content_of(offer, invitation, lines, worth, today)


def content_of(
    offer: Offer, invitation: QuoteInvitation, lines: list[OfferLine], worth: Figures, today: date
) -> Json:
    """Return all that the offer says, as plain data; it never names the company, which the firm does not know."""
    told, request = told_of(offer), invitation.request
    ip, secret = told.ip, told.confidentiality
    return {
        "reference": offer.reference,
        "request": invitation.token.hex[:8].upper(),
        "on": today.isoformat(),
        "firm": _identity(invitation.firm),
        "volet": request.volet,
        "volet_label": worth.edition.volets[request.volet].label,
        "edition_label": worth.edition.label,
        "device": device_of(request),
        "lines": [_line(line, worth) for line in lines],
        "items": [jsonable(_item(one)) for one in worth.items if one.amount],
        "uncovered": _uncovered(worth),
        "is_funded": worth.is_funded,
        "money": jsonable(
            {
                "total": worth.total,
                "eligible_total": worth.eligible_total,
                "excess_total": worth.excess_total,
                "bpifrance_share": worth.bpifrance_share,
                "company_share": worth.company_share,
            }
        ),
        "vat": vat_of(invitation.firm, worth.total),
        "method": told.method,
        "planning": [{"label": phase.label, "end": phase.end} for phase in told.planning],
        "interview_on": offer.interview_confirmed_on.isoformat() if offer.interview_confirmed_on else None,
        "valid_until": offer.valid_until.isoformat() if offer.valid_until else None,
        "ip": [[title, list(told)] for title, told in ip_clause(ip)],
        "confidentiality": [[title, list(told)] for title, told in confidentiality_clause(secret)],
        "terms": {"name": offer.terms.original_name if offer.terms else "", "sha256": offer.terms_sha256},
    }


def _uncovered(worth: Figures) -> list[Json]:
    """Return what is never covered, travel first."""
    travel = [(catalogue.uncovered_items(worth.edition)["travel"], worth.travel)] if worth.travel else []
    return [{"label": label, "amount": format(amount, "f")} for label, amount in (*travel, *worth.uncovered)]


def _identity(firm: ExpertFirm) -> Json:
    names = ("name", "siren", "address", "postcode", "city", "contact_email", "phone", "vat_number")
    return {name: getattr(firm, name) for name in names}


def _item(one: Any) -> Json:
    names = ("label", "amount", "ceiling", "eligible", "excess", "bpifrance", "company")
    return {name: getattr(one, name) for name in names}


def _line(line: OfferLine, worth: Figures) -> Json:
    edition = worth.edition
    known = edition.items.get(line.item) or edition.uncovered_items.get(line.item)
    told: Json = jsonable(
        {
            "item": line.item,
            "item_label": known.label if known else line.item,
            "label": line.label,
            "consultant": line.consultant.full_name if line.consultant else "",
            "pricing": line.pricing,
            "days": line.days,
            "daily_rate": line.daily_rate,
            "amount": line.amount,
            "complexity": COMPLEXITIES.get(line.complexity, ""),
            "covered": line.item in edition.items,
        }
    )
    return told


def vat_of(firm: ExpertFirm, total: Decimal) -> Json:
    """Return {words, vat, ttc}: what the firm's regime makes of a total HT; amounts null where it bills no VAT."""
    if firm.vat_regime != VatRegime.STANDARD:
        return {"words": VAT_WORDS[VatRegime(firm.vat_regime)], "vat": None, "ttc": None}
    vat = (total * STANDARD_RATE / 100).quantize(CENT, ROUND_HALF_UP)
    return {
        "words": "TVA au taux normal de 20\u00a0%",
        "vat": format(vat, "f"),
        "ttc": format(total + vat, "f"),
    }
