"""What a company reads on « Mes demandes »: where each volet stands, and what is expected of it next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, prefetch_related_objects

from applications.models import Amendment, Company, CompletionRequest, Dossier, Mission
from applications.services.company_page import RESTITUTABLE
from applications.services.feedback import WHOLE, is_asked
from applications.services.passport import Card, Passport, read_passport
from applications.services.talk import unread_of_company
from applications.workflow.policy import policy
from applications.workflow.states import ENDED, State
from applications.workflow.table import TRANSITIONS

# In any other state an amendment can't be signed: none is looked for.
AMENDABLE = frozenset(TRANSITIONS["amend"].sources)


@dataclass(frozen=True, slots=True)
class Next:
    """What the company has to do, until when (None: no date), and on which request."""

    label: str
    dossier: Dossier
    on: date | None
    late: bool
    anchor: str = ""


@dataclass(slots=True)
class Space:
    """The whole page."""

    company: Company
    passport: Passport
    next_actions: list[Next]
    past: list[Dossier]

    @property
    def cards(self) -> list[Card]:
        """The five volets."""
        return self.passport.cards


def read_space(company: Company, *, today: date) -> Space:
    """Return the page of a company with a number of queries that does not grow with its requests."""
    missions = Mission.objects.select_related("firm").order_by("rank")
    dossiers = list(
        Dossier.objects.filter(company=company)
        .select_related("device", "firm", "company")
        .prefetch_related(Prefetch("missions", queryset=missions))
        .order_by("volet", "-pk")
    )
    _fetch_expected(dossiers)
    return Space(
        company=company,
        passport=read_passport(company, dossiers, today=today),
        next_actions=[*next_actions(dossiers, today=today), *_to_read(dossiers)],
        past=[dossier for dossier in dossiers if dossier.state in ENDED],
    )


def _fetch_expected(dossiers: list[Dossier]) -> None:
    """Read at once what may be expected of the company, and only where a request's state allows it."""
    requests = CompletionRequest.objects.filter(answered_at__isnull=True)
    prefetch_related_objects(
        [one for one in dossiers if one.state == State.INCOMPLETE],
        Prefetch("completion_requests", queryset=requests),
    )
    amendments = Amendment.objects.filter(status=Amendment.Status.OPEN)
    prefetch_related_objects(
        [one for one in dossiers if one.state in AMENDABLE], Prefetch("amendments", queryset=amendments)
    )
    current = [mission for one in dossiers if (mission := one.current_mission) is not None]
    prefetch_related_objects([one for one in current if is_asked(one)], "satisfactions")


def next_actions(dossiers: Iterable[Dossier], *, today: date) -> list[Next]:
    """Return what the company has to do, the nearest date first, then what has no date."""
    found = [action for dossier in dossiers if (action := next_action(dossier, today=today))]
    return sorted(found, key=lambda action: (action.on is None, action.on or today, action.dossier.pk))


def _to_read(dossiers: Iterable[Dossier]) -> list[Next]:
    """Return the requests in which Bpifrance wrote something that nobody of the company has read."""
    unread = unread_of_company(dossiers)
    return [
        Next(_unread_label(unread[dossier.pk]), dossier, None, late=False, anchor="#echanges")
        for dossier in dossiers
        if dossier.pk in unread
    ]


def _unread_label(count: int) -> str:
    return "Lire un message de Bpifrance" if count == 1 else f"Lire {count} messages de Bpifrance"


def next_action(dossier: Dossier, *, today: date) -> Next | None:
    """Return what is expected of the company on one request, if anything."""
    for expected in (_of_state, _of_amendment, _of_restitution, _of_satisfaction):
        found = expected(dossier)
        if found is not None:
            label, on = found
            return Next(label, dossier, on, bool(on and on < today))
    return None


def _of_state(dossier: Dossier) -> tuple[str, date | None] | None:
    if dossier.state == State.DRAFT:
        return "Compléter et déposer la demande", None
    if dossier.state == State.INCOMPLETE:
        on = next((request.due_on for request in dossier.completion_requests.all()), None)
        return "Répondre à la demande de complément", on
    if dossier.state == State.CONTRACT_SENT and dossier.contract_sent_on:
        return "Lire et signer le contrat", dossier.contract_sent_on + timedelta(days=policy().signature_days)
    return None


def _of_amendment(dossier: Dossier) -> tuple[str, date | None] | None:
    if dossier.state not in AMENDABLE:
        return None
    waiting = [one for one in dossier.amendments.all() if one.status == Amendment.Status.OPEN]
    if any(one.company_signed_at is None for one in waiting):
        return "Lire et signer l’avenant", None
    return None


def _of_restitution(dossier: Dossier) -> tuple[str, date | None] | None:
    """A restitution is confirmed within days of the closure; a replaced expert's too."""
    for mission in dossier.missions.all():
        state = dossier.state if mission.is_current else mission.state
        open_still = mission.restitution_on is None and mission.restitution_contested_at is None
        if state in RESTITUTABLE and open_still:
            sent = mission.closure_submitted_on
            on = sent + timedelta(days=policy().restitution_days) if sent else None
            return "Confirmer la restitution de l’expert", on
    return None


def _of_satisfaction(dossier: Dossier) -> tuple[str, date | None] | None:
    mission = dossier.current_mission
    if mission is None or not is_asked(mission):
        return None
    if any(answer.phase == WHOLE for answer in mission.satisfactions.all()):
        return None
    return "Donner votre avis sur la prestation", None
