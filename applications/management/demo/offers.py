"""The demo world's requests for quotes: one company asks, one firm has answered on the portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from applications.management.demo.cast import Cast
from applications.management.demo.papers import paper
from applications.models import Offer
from applications.services.offers import drafting, sending
from applications.services.offers.clauses import IpChoices
from applications.services.offers.confidentiality import ConfidentialityChoices
from applications.services.offers.drafting import Line, Told
from applications.services.offers.planning import Phase
from applications.services.quoting.requests import Wish, ask, send
from portal.clock import civil_date

NEED = (
    "Auditer la sécurité d’une application de télésurveillance et de son hébergement avant son référencement\u00a0: "
    "environ 60 000 lignes de code, une dizaine de rôles."
)
METHOD = (
    "Nous commençons par une demi-journée de cadrage avec vos équipes.\n\n"
    "- Lecture du code par deux auditeurs\n- Intrusion en boîte grise\n- Restitution et plan de correction"
)
RIGHTS = {
    "kind": "concession",
    "exclusivity": "shared",
    "rights": {
        "reproduction": ["digital", "backup"],
        "representation": ["internal", "authorities"],
        "adaptation": ["update", "integration"],
        "translation": ["european"],
    },
    "extent": "tous les livrables de la prestation, rapport final compris",
    "purpose": "la sécurité, la certification et le suivi du dispositif",
    "place": "world",
    "duration": "legal",
    "beneficiaries": ["company", "subcontractors"],
    "remuneration": "lump_sum",
    "ground": "4",
    "others": {"marks": "none", "designs": "none", "patents": "none"},
}
SECRET = {"years": 5, "back": "destroy", "days": 30, "exceptions": ["public", "known", "law"]}


def answered(cast: Cast, *, now: datetime) -> Offer:
    """Have Cardiolog ask two firms for audits, and Cyberius send its offer."""
    today = civil_date(now)
    company, firm = cast.companies["cardiolog"], cast.firms["cyberius"]
    wish = Wish("dm", "IIa", NEED, today + timedelta(days=14), ("code_audit", "penetration_test"))
    owner = cast.owners["cardiolog"]
    request, found = ask(company=company, volet=5, wish=wish, actor=owner, now=now, today=today)
    firms = {firm.pk, *(choice.candidate.key for choice in found.choices)}
    invited = send(request, firms=firms, actor=owner, now=now, today=today)
    invitation = next(one for one in invited if one.firm_id == firm.pk)
    expert = cast.experts["cyberius"]
    offer = drafting.start(invitation=invitation, actor=expert, now=now, today=today)
    terms = paper("cgv-cyberius", "Conditions générales de vente", "Paiement à trente jours.")
    offer = drafting.attach_terms(offer=offer, actor=expert, now=now, file=terms)
    consultant = firm.consultants.order_by("pk").values_list("pk", flat=True).first()
    told = Told(
        lines=(
            Line(
                "code_audit",
                Decimal("9450.00"),
                label="Revue du code serveur et mobile",
                consultant=consultant,
                pricing="days",
                days=Decimal("10.5"),
                daily_rate=Decimal("900.00"),
                complexity="medium",
            ),
            Line("penetration_test", Decimal("12500.00"), label="Intrusion externe", complexity="medium"),
            Line("travel", Decimal("380.00"), label="Un aller-retour"),
        ),
        method=METHOD,
        planning=(Phase("Cadrage", None, 1), Phase("Audits", None, 7), Phase("Restitution", None, 9)),
        interview_confirmed_on=today,
        valid_until=today + timedelta(days=60),
        ip=IpChoices.read(RIGHTS),
        confidentiality=ConfidentialityChoices.read(SECRET),
    )
    offer = drafting.save(offer=offer, actor=expert, now=now, expected_revision=offer.revision, told=told)
    return sending.send(offer=offer, actor=expert, now=now, expected_revision=offer.revision)
