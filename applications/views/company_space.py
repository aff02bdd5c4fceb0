"""The company's own space: « Mes demandes », its passport of volets and the aid it received."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applications.models import Company
from applications.services.filing_home import read_space
from applications.services.passport import Card, Passport, Possible
from applications.views.filing_start import own_companies
from portal import clock
from portal.accounts.access import Role, access
from portal.display import euros

Json = dict[str, Any]


@access(Role.COMPANY)
@require_safe
def company_home(request: HttpRequest) -> HttpResponse:
    """Show the five volets of a company, what they may still bring and what it has to do next."""
    companies = list(own_companies(request))
    if not companies:
        return redirect("company_create")
    wanted = request.GET.get("entreprise", "")
    company = next((one for one in companies if str(one.pk) == wanted), companies[0])
    space = read_space(company, today=clock.today())
    passport = space.passport
    context = {
        "space": space,
        "company": company,
        "companies": companies,
        "passport": passport,
        "figures": figures(passport),
        "cards": [shown(card, company) for card in passport.cards],
        "by_device": [(one.name, euros(one.most)) for one in passport.remaining_by_device],
    }
    return render(request, "company/home.html", context)


def figures(passport: Passport) -> list[Json]:
    """Return the aid by where it stands; what is nought is left out, but for what remains."""
    at_most = "au plus, selon le dispositif" if not passport.has_device else "au plus, HT"
    rows = [
        {"label": "Aide encore possible", "value": euros(passport.remaining), "note": at_most},
        {"label": "Demandée", "value": euros(passport.asked), "note": "à l’étude"}
        if passport.asked
        else None,
        {"label": "Accordée", "value": euros(passport.committed), "note": "à verser à l’expert"}
        if passport.committed
        else None,
        {"label": "Versée", "value": euros(passport.paid), "note": "payée à l’expert"}
        if passport.paid
        else None,
    ]
    return [row for row in rows if row is not None]


def shown(card: Card, company: Company) -> Json:
    """Return what `components/volet_card.html` takes of a card."""
    row: Json = {
        "number": card.number,
        "title": card.label,
        "status": card.status,
        "items": card.items,
        "amount": card.most or None,
        "reasons": card.reasons,
        "note": _note(card),
        "action_of": f"(volet {card.number})",
    }
    start = f"{reverse('dossier_start')}?volet={card.number}&entreprise={company.pk}"
    if card.dossier is not None:
        device = card.dossier.device
        row |= {
            "state_label": card.dossier.company_state_label,
            "state_note": device.name if device else "",
            "action_label": "Reprendre" if card.status == "drafted" else "Voir le dossier",
            "action_url": reverse(
                "filing_resume" if card.status == "drafted" else "company_dossier", args=[card.dossier.pk]
            ),
            "action_main": card.status == "drafted",
        }
        if card.status == "in_progress":
            row |= {"amount": card.dossier.bpifrance_share or None, "amount_label": "Quote-part de Bpifrance"}
    elif card.status in {"available", "unknown"}:
        row |= {"action_label": "Commencer une demande", "action_url": start}
    elif card.status == "closed":
        row |= {"action_label": "Ouvrir une demande malgré cela", "action_url": start}
    return row


def _note(card: Card) -> str:
    if card.status == "used" and card.dossier is None:
        return "Ce volet a déjà bénéficié à l’entreprise ; il ne sert qu’une fois."
    if card.status == "unknown":
        return "Le montant dépend de la classe du dispositif, que vous n’avez pas encore décrit."
    if card.status == "closed":
        return "D’après ce que vous avez dit de l’entreprise et de ses dispositifs."
    if card.by_device:
        return " ; ".join(_of_device(one) for one in card.by_device) + "."
    return ""


def _of_device(possible: Possible) -> str:
    said = f"au plus {euros(possible.most)}" if not possible.reasons else "volet fermé"
    return f"{possible.name} : {said}"
