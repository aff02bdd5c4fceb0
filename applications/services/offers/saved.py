"""The models that a firm keeps of its offers, to start the next ones from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from applications.models import Offer, OfferModel
from applications.services.contents import jsonable
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.drafting import Line, Told, editing, refused, require_firm, told_of, write
from applications.services.offers.planning import Phase
from applications.workflow.refusals import NotYours
from experts.models import ExpertFirm
from portal.accounts.models import Membership, User

Json = dict[str, Any]
MOST_MODELS, LONGEST_NAME = 50, 80


def name_typed(text: str) -> str:
    """Return a model's name as it is kept of what was typed; "" where nothing of it is left."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST_NAME].rstrip()


def save_model(*, offer: Offer, actor: User, now: datetime, name: str) -> OfferModel:
    """Keep an offer's lines, method, phases and clauses under a name; the same name is written over.

    Dates stay out: a phase that ends on a date keeps its name alone.
    """
    name = name_typed(name)
    if not name:
        raise refused("Donnez un nom au modèle.", input_name="name")
    invitation = offer.invitation
    require_firm(invitation, actor)
    with transaction.atomic():
        firm = ExpertFirm.objects.select_for_update(of=("self",)).get(pk=invitation.firm_id)
        others = OfferModel.objects.filter(firm=firm).exclude(name=name)
        if others.count() >= MOST_MODELS:
            raise refused(
                f"Votre cabinet garde déjà {MOST_MODELS} modèles.", "Supprimez-en un.", input_name="name"
            )
        model, _made = OfferModel.objects.update_or_create(
            firm=firm,
            name=name,
            defaults={
                "volet": invitation.request.volet,
                "content": _content(told_of(offer)),
                "saved_by": actor,
                "saved_at": now,
            },
        )
    return model


def _content(told: Told) -> Json:
    return {
        "lines": [jsonable(asdict(line)) for line in told.lines],
        "method": told.method,
        "planning": [Phase(phase.label, None, phase.weeks).to_json() for phase in told.planning],
        "ip": told.ip.to_json(),
        "confidentiality": told.confidentiality.to_json(),
    }


def take_model(
    *, offer: Offer, model: OfferModel, actor: User, now: datetime, expected_revision: int
) -> Offer:
    """Put a model of the firm into a draft, in the place of its lines, method, phases and clauses."""
    invitation = offer.invitation
    if model.firm_id != invitation.firm_id:
        raise NotYours("Ce modèle est celui d’un autre cabinet.")
    if model.volet != invitation.request.volet:
        raise refused("Ce modèle est celui d’un autre volet.", input_name="model")
    with editing(offer, actor=actor, now=now, expected_revision=expected_revision) as locked:
        content = model.content
        write(
            locked,
            Told(
                lines=tuple(_line(line) for line in content["lines"]),
                method=content["method"],
                planning=tuple(Phase.read(phase) for phase in content["planning"]),
                interview_confirmed_on=locked.interview_confirmed_on,
                valid_until=locked.valid_until,
                ip=IpChoices.read(content["ip"]),
                confidentiality=ConfidentialityChoices.read(content["confidentiality"]),
            ),
        )
    return locked


def _line(told: Json) -> Line:
    numbers = ("amount", "days", "daily_rate")
    exact = {name: Decimal(told[name]) if told[name] is not None else None for name in numbers}
    return Line(**{**told, **exact})


def delete_model(*, model: OfferModel, actor: User) -> None:
    """Forget a model; the offers made from it are not touched."""
    members = Membership.objects.active().filter(organisation=model.firm.organisation_id, user=actor)
    if not members.exists():
        raise NotYours("Ce modèle est celui d’un autre cabinet.")
    model.delete()
