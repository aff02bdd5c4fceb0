"""The facts that conditions look at, taken from a dossier's file where the page has read them already."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Any

from applications.models import Amendment, Contract, Derogation, Mission, PendingApproval
from applications.services.dossier_file import HISTORY_SHOWN, DossierFile, MissionFile
from applications.services.facts import DossierFacts
from applications.services.preflight import Preflight, examine

Json = dict[str, Any]


class PageFacts(DossierFacts):
    """Facts for the buttons of a page, as old as the page: an act reads its own anew under the lock."""

    def __init__(self, file: DossierFile, *, today: date, now: datetime) -> None:
        super().__init__(file.dossier, today=today, now=now)
        self.file = file

    @cached_property
    def decision_evaluation(self) -> Json:
        """What a decision judges."""
        if self.dossier.state in {"submitted", "under_review"}:
            return self.file.judged
        return super().decision_evaluation

    @cached_property
    def finding_outcomes(self) -> dict[str, str]:
        """What the officer concluded, by rule."""
        return {rule: decision.outcome for rule, decision in self.file.decisions.items()}

    @cached_property
    def derogation(self) -> Derogation | None:
        """The derogation asked for this dossier."""
        return self.file.derogation

    @cached_property
    def contract(self) -> Contract | None:
        """The contract, once composed and signed for Bpifrance."""
        found: Contract | None = getattr(self.dossier, "contract", None)
        return found

    @cached_property
    def open_amendment(self) -> Amendment | None:
        """The amendment that waits for signatures."""
        waiting = (one for one in self.file.amendments if one.status == Amendment.Status.OPEN)
        return next(waiting, None)

    @cached_property
    def pending(self) -> PendingApproval | None:
        """The act that waits for its second person."""
        return self.file.pending

    def preflight(self, mission: Mission) -> Preflight:
        """The closure as the page read it, examined once."""
        filed = self._filed(mission)
        if filed is not None and mission.pk not in self.examined:
            self.examined[mission.pk] = examine(
                mission, filed=filed.documents, invoiced=filed.invoices, settlement=filed.settlement
            )
        return super().preflight(mission)

    def _filed(self, mission: Mission) -> MissionFile | None:
        return next((one for one in self.file.missions if one.mission.pk == mission.pk), None)

    def _acts(self, *names: str) -> list[tuple[int | None, Json]]:
        if len(self.file.events) >= HISTORY_SHOWN:
            return super()._acts(*names)
        return [(event.actor_ref, event.data) for event in self.file.events if event.name in names]
