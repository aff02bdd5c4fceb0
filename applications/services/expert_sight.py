"""What an expert may see of the dossier of a mission, and nothing else of it.

The company's identity and contacts, the device, the volet, the findings of the expert and of the quote,
amounts, shares and dates: never the company's financials, its tax documents, or a rival's quote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from applications.models import Amendment, Dossier, Letter, Mission, Payment, Quote, Snapshot
from applications.services.contents import item_labels
from applications.services.mission_work import stage_of
from applications.services.settlement import contracted_amounts, quote_of
from applications.workflow.states import FREED, MissionState, State
from portal.accounts.models import Membership, User
from tariffs import catalogue

Json = dict[str, Any]
SEEN_RULES = ("expert.", "quote.")
QUOTE_UNSIGNED = "quote.unsigned"
JUDGED = (
    Snapshot.Moment.SUBMISSION,
    Snapshot.Moment.RESUBMISSION,
    Snapshot.Moment.DECISION,
    Snapshot.Moment.AMENDMENT,
    Snapshot.Moment.REPLACEMENT,
)
KINDS = {
    "dm": "Dispositif médical",
    "dmdiv": "Dispositif de diagnostic in vitro",
    "digital_solution": "Solution numérique",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What the mission asks now; `form` names the form that answers, empty when one only waits.

    `answer` is the words of the link to the messages with Bpifrance, empty where nothing calls for one.
    """

    title: str
    text: str
    form: str = ""
    due_on: date | None = None
    tone: str = "info"
    answer: str = ""


def is_over(mission: Mission) -> bool:
    """Say whether nothing more is expected of anyone for this mission."""
    ended = mission.is_current and mission.dossier.state in FREED
    return ended or stage_of(mission) in {MissionState.ENDED, State.PAID, State.CLOSED}


def evaluation_seen(mission: Mission) -> Json | None:
    """Return the evaluation as last judged; none for a mission that another took over or has not begun."""
    if not mission.is_current:
        return None
    found = mission.dossier.snapshots.filter(moment__in=JUDGED).order_by("taken_at", "pk").last()
    return found.evaluation if found else None


def findings_seen(mission: Mission) -> list[Json]:
    """Return the findings about the expert and the quote that concern this case.

    Once the contract is signed, the quote is too: that it was not yet is no longer told.
    """
    evaluation = evaluation_seen(mission) or {"findings": []}
    return [
        finding
        for finding in evaluation["findings"]
        if finding["rule"].startswith(SEEN_RULES)
        and finding["status"] != "not_applicable"
        and not (finding["rule"] == QUOTE_UNSIGNED and mission.dossier.signed_on)
    ]


def money_seen(mission: Mission) -> Json:
    """Return {lines [{label, amount, ceiling, eligible, excess}], total, bpifrance_share, company_share}.

    Shares are None for a mission that is not the dossier's current one: they are settled at its closure.
    """
    dossier, labels = mission.dossier, item_labels(mission.dossier.edition)
    evaluation = evaluation_seen(mission)
    if evaluation is not None and evaluation["funding"] is not None:
        lines = [
            {**line, "label": labels.get(line["item"], line["item"])}
            for line in evaluation["funding"]["lines"]
        ]
        return {**evaluation["funding"], "lines": lines}
    amounts = contracted_amounts(quote_of(mission))
    lines = [_line(dossier, item, amount, labels) for item, amount in amounts.items()]
    total = sum(amounts.values(), Decimal("0.00"))
    return {"lines": lines, "total": total, "bpifrance_share": None, "company_share": None}


def _line(dossier: Dossier, item: str, amount: Decimal, labels: dict[str, str]) -> Json:
    edition = catalogue.get_edition(dossier.edition)
    known = item in edition.items
    ceiling = (
        catalogue.ceiling(edition, item, dossier.device_kind, dossier.device_class or None) if known else None
    )
    eligible = min(amount, ceiling) if ceiling is not None else Decimal("0.00")
    excess = amount - eligible if ceiling is not None else Decimal("0.00")
    return {
        "item": item,
        "label": labels.get(item, item),
        "amount": amount,
        "ceiling": ceiling,
        "eligible": eligible,
        "excess": excess,
    }


def device_seen(dossier: Dossier) -> list[tuple[str, str]]:
    """Return labels and values of the device, for display."""
    facts = dossier.device_facts
    kind = KINDS.get(facts.get("kind", ""), "—")
    risk_class = facts.get("risk_class")
    rows = [
        ("Nom", dossier.device.name if dossier.device else "—"),
        ("Type", f"{kind}, classe {risk_class}" if risk_class else kind),
    ]
    if dossier.device and dossier.device.description:
        rows.append(("Description", dossier.device.description))
    return rows


def contacts_of(dossier: Dossier) -> list[User]:
    """Return the owners of the company's space, whom the expert may write to."""
    owners = Membership.objects.owners().filter(organisation_id=dossier.company.organisation_id)
    return [owner.user for owner in owners.select_related("user").order_by("pk")]


def own_quote(mission: Mission) -> Quote | None:
    """Return the quote the mission works under when it is this firm's own."""
    quote = quote_of(mission)
    return quote if quote is not None and quote.firm_id in {None, mission.firm_id} else None


def amendment_to_sign(mission: Mission) -> Amendment | None:
    """Return the amendment that waits for this firm's signature."""
    found = mission.dossier.amendments.filter(status=Amendment.Status.OPEN).first()
    if found is None or found.expert_signed_at is not None:
        return None
    concerned = found.mission_id == mission.pk if found.mission_id else mission.is_current
    return found if concerned else None


def standing_payment(mission: Mission) -> Payment | None:
    """Return the payment that was not reversed."""
    return mission.payments.filter(reversed_on__isnull=True).first()


def payment_waits_for(mission: Mission) -> list[str]:
    """Return, in plain sentences, what separates a mission whose closure was never sent from its payment."""
    waits = ["La clôture n’est pas encore envoyée."]
    if mission.restitution_contested_at is not None and mission.restitution_on is None:
        waits.append("L’entreprise conteste la restitution.")
    elif mission.restitution_on is None:
        waits.append("L’entreprise n’a pas encore confirmé la restitution de vos travaux.")
    waits += [
        f"Bpifrance a suspendu le paiement\u00a0: {hold.get_reason_display().lower()}."
        for hold in mission.holds.filter(lifted_at__isnull=True)
    ]
    if not mission.firm.iban:
        waits.append("L’IBAN de votre cabinet n’est pas renseigné.")
    return waits


def letters_for(mission: Mission) -> list[Letter]:
    """Return the letters that an expert receives: the notices before lapse, the corrections of this mission."""
    found = Letter.objects.filter(
        Q(kind=Letter.Kind.LAPSE_NOTICE) | Q(kind=Letter.Kind.CORRECTIONS, context__mission=mission.pk),
        dossier=mission.dossier_id,
    )
    return list(found.order_by("-created_at", "-pk"))
