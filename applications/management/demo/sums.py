"""What the synthetic dossiers add to the figures: money committed, rules cited, findings decided, answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from applications.models import Commitment, Envelope, FindingDecision, Mission, Satisfaction
from applications.services.feedback import WHOLE
from applications.services.figures.facts import PAID_STATES
from applications.workflow.states import AFTER_APPROVAL, State

if TYPE_CHECKING:
    from applications.management.demo.crowd import Plan

CITED = ["company.not_in_difficulty", "company.autonomy", "company.autonomy", "volet.device_class"]
CITED += ["documents.regularity_certificate", "expert.accredited", "company.category"]
DECIDED = ["volet.digital_target", "expert.accredited", "documents.tax_return"]
DECIDED_RATE, ANSWERED_RATE = 0.06, 0.6
# An envelope is larger than what is taken from it.
ROOM = Decimal("1.25")
MOTIVE = "Vérifié sur pièces avec l’entreprise."
CODE = "FOULE"


class Sums:
    """Writes them beside each batch of dossiers."""

    def __init__(self, chance: random.Random) -> None:
        """Take the envelope of the crowd: open where no other is."""
        self.random = chance
        self.envelope, _ = Envelope.objects.get_or_create(
            code=CODE,
            defaults={
                "label": "Enveloppe des dossiers de synthèse",
                "amount": Decimal(0),
                "is_open": not Envelope.objects.filter(is_open=True).exists(),
            },
        )
        self.committed = Decimal(0)

    def told(self, plan: Plan, state: str) -> dict[str, Any]:
        """Return what the event that leads to a state says besides it."""
        if state != State.REJECTED:
            return {}
        count = 1 + (plan.rank % 4 == 0)
        return {"rules": sorted({CITED[(plan.rank + place * 3) % len(CITED)] for place in range(count)})}

    def add(self, plans: Sequence[Plan]) -> None:
        """Add what each of these dossiers has."""
        self._commit([plan for plan in plans if plan.path.state in AFTER_APPROVAL])
        self._decide([plan for plan in plans if plan.path.state in AFTER_APPROVAL | {State.REJECTED}])
        self._answer([plan for plan in plans if plan.path.state in PAID_STATES])

    def _commit(self, plans: Sequence[Plan]) -> None:
        rows = [
            Commitment(
                dossier=plan.dossier, envelope=self.envelope, amount=plan.pattern.money["bpifrance_share"]
            )
            for plan in plans
        ]
        self.committed += sum((row.amount for row in rows), Decimal(0))
        Commitment.objects.bulk_create(rows)

    def _decide(self, plans: Sequence[Plan]) -> None:
        FindingDecision.objects.bulk_create(
            FindingDecision(
                dossier=plan.dossier,
                rule=DECIDED[plan.rank % len(DECIDED)],
                outcome="refused" if plan.rank % 5 == 0 else "accepted",
                motive=MOTIVE,
                decided_by=plan.officer,
                decided_at=plan.at(10),
            )
            for plan in plans
            if plan.officer is not None and self.random.random() < DECIDED_RATE
        )

    def _answer(self, plans: Sequence[Plan]) -> None:
        chosen = {plan.dossier.pk: plan for plan in plans if self.random.random() < ANSWERED_RATE}
        rows = []
        for mission in Mission.objects.filter(dossier__in=list(chosen)).order_by("pk"):
            plan = chosen[mission.dossier_id]
            items = [line["item"] for line in plan.pattern.lines]
            for phase in [*(items if len(items) > 1 else []), WHOLE]:
                score = self.random.choice((2, 3, 4, 4, 5, 5))
                rows.append(
                    Satisfaction(
                        mission=mission, phase=phase, score=score, given_by=plan.owner, given_at=plan.at(92)
                    )
                )
        Satisfaction.objects.bulk_create(rows)

    def close(self) -> None:
        """Make the envelope somewhat larger than what is taken from it."""
        envelope = Envelope.objects.get(pk=self.envelope.pk)
        envelope.amount += (self.committed * ROOM).quantize(Decimal(1))
        self.committed = Decimal(0)
        envelope.save(update_fields=["amount"])
