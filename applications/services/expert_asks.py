"""What a mission asks of its expert now, on the list as on its page, and in which group of the list it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When

from applications.models import Amendment, Dossier, Hold, Mission, PendingApproval, ServiceContract
from applications.models.mission import MissionQuerySet
from applications.services.deadlines import corrections_due_on
from applications.services.expert_sight import Ask, is_over
from applications.services.mission_work import stage_of
from applications.services.payments.following import HELD
from applications.workflow.states import State
from portal.clock import civil_date
from portal.display import french_date

TO_DECLARE, TO_START, RUNNING, TO_CLOSE, AWAITED, PAID, ENDED = (
    "declare",
    "start",
    "running",
    "close",
    "awaited",
    "paid",
    "ended",
)
GROUPS: dict[str, str] = {
    TO_DECLARE: "À déclarer",
    TO_START: "À démarrer",
    RUNNING: "En cours",
    TO_CLOSE: "À clôturer",
    AWAITED: "En attente de paiement",
    PAID: "Payées",
    ENDED: "Sans suite",
}
"""The groups of the expert's list, in the order of a mission's life."""
OF_ONE = {**GROUPS, PAID: "Payée"}
"""The same, said of one mission."""

_BY_STAGE = {
    State.WORK_DONE: TO_CLOSE,
    State.CLOSURE_INCOMPLETE: TO_CLOSE,
    State.CLOSURE_SUBMITTED: AWAITED,
    State.PAYMENT_APPROVED: AWAITED,
    State.PAID: PAID,
    State.CLOSED: PAID,
}


_ENDS = {
    State.REJECTED: ("Demande refusée", "Bpifrance n’a pas retenu la demande de l’entreprise"),
    State.WITHDRAWN: ("Demande retirée", "L’entreprise a retiré sa demande"),
    State.ABANDONED: ("Demande abandonnée", "Faute de complément, la demande a été abandonnée"),
    State.CANCELLED: ("Dossier annulé", "Bpifrance a annulé le dossier"),
    State.LAPSED: ("Dossier caduc", "La prestation n’a pas été achevée dans le délai\u00a0: dossier caduc"),
}


@dataclass(frozen=True, slots=True)
class End:
    """How a mission ended without payment; `on` is None where no date is kept."""

    title: str
    why: str
    on: date | None


def group_of(mission: Mission) -> str:
    """Return the group of the expert's list in which the mission stands."""
    stage = stage_of(mission)
    if stage in _BY_STAGE:
        return _BY_STAGE[State(stage)]
    if is_over(mission):
        return ENDED
    if mission.conflict_declared_at is None:
        return TO_DECLARE
    return RUNNING if mission.work_started_on else TO_START


def with_asks(missions: MissionQuerySet) -> MissionQuerySet:
    """Have missions bring along what `asks_of` reads, in the same query: the list and the page say the same."""
    itself = Q(mission=OuterRef("pk"))
    whole = Q(mission__isnull=True, dossier__missions=OuterRef("pk"), dossier__missions__is_current=True)
    amendments = Amendment.objects.filter(
        itself | whole, status=Amendment.Status.OPEN, expert_signed_at__isnull=True
    )
    # What the company disputes comes before what Bpifrance checks: it calls for the expert's word.
    disputed_first = Case(When(reason=Hold.Reason.RESTITUTION, then=0), default=1)
    holds = Hold.objects.filter(itself, lifted_at__isnull=True).order_by(disputed_first, "set_at", "pk")
    return missions.annotate(
        held_for=Subquery(holds.values("reason")[:1]),
        held_since=Subquery(holds.values("set_at")[:1]),
        signs_amendment=Exists(amendments),
        has_service_contract=Exists(ServiceContract.objects.filter(itself)),
        end_waits=Exists(_ends_awaiting().filter(itself, version=OuterRef("dossier__version"))),
    )


def due_of(mission: Mission) -> tuple[str, date] | None:
    """Return the next date that binds the expert, with its name."""
    stage = stage_of(mission)
    if stage == State.WORK_DONE and mission.report_due_on:
        return "Rapport dû le", mission.report_due_on
    if stage == State.CLOSURE_INCOMPLETE and (asked := corrections_due_on(mission)):
        # The report was sent: its own date binds no more.
        return "Corrections avant le", asked
    if stage == State.IN_PROGRESS and mission.dossier.due_on:
        return "Terme", mission.dossier.due_on
    return None


def asks_of(mission: Mission) -> list[Ask]:
    """Return what is asked of the expert now, the most pressing first, or what there is to wait for; never nothing.

    The mission was read by `with_asks`.
    """
    if is_over(mission):
        return [_end(mission)]
    asks = []
    if mission.signs_amendment:  # type: ignore[attr-defined]
        asks.append(
            Ask("Signer l’avenant", "Un avenant attend votre signature.", form="amendment", tone="warning")
        )
    if mission.conflict_declared_at is None:
        asks.append(
            Ask(
                "Déclarer vos intérêts",
                "Avant tout contrat, dites si un intérêt lie votre cabinet à l’entreprise.",
                form="conflict",
                tone="warning",
            )
        )
    held, there = _held(mission), _at_stage(mission)
    if stage_of(mission) in {State.CLOSURE_SUBMITTED, State.PAYMENT_APPROVED}:
        # Nothing goes on meanwhile: the control or the transfer is no longer what there is to wait for.
        return asks + (held or there)
    return asks + there + held


def _held(mission: Mission) -> list[Ask]:
    """Say since when and why the payment is suspended; the company's own words and Bpifrance's stay theirs."""
    reason = mission.held_for  # type: ignore[attr-defined]
    if reason is None:
        return []
    what, who = HELD[reason]
    since = french_date(civil_date(mission.held_since))  # type: ignore[attr-defined]
    answer = "Donner ma version" if reason == Hold.Reason.RESTITUTION else "Écrire à Bpifrance"
    return [
        Ask(
            "Paiement suspendu",
            f"Depuis le {since}\u00a0: {_lowered(what)}. {who}",
            tone="warning",
            answer=answer,
        )
    ]


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _at_stage(mission: Mission) -> list[Ask]:
    stage = stage_of(mission)
    if stage in {State.APPROVED, State.CONTRACT_SENT, State.IN_PROGRESS}:
        return _before_closure(mission, stage)
    if stage == State.WORK_DONE:
        return [
            Ask(
                "Envoyer la clôture",
                "Rapport final, devis signé, factures\u00a0: la liste vous guide.",
                form="closure",
                due_on=mission.report_due_on,
                tone="warning",
            )
        ]
    if stage == State.CLOSURE_INCOMPLETE:
        return [
            Ask(
                "Corriger la clôture",
                "Bpifrance demande des corrections.",
                form="closure",
                due_on=corrections_due_on(mission),
                tone="warning",
            )
        ]
    if stage == State.CLOSURE_SUBMITTED:
        return [Ask("Clôture en cours de contrôle", "Bpifrance la contrôle. Rien n’est attendu de vous.")]
    if stage == State.PAYMENT_APPROVED:
        return [Ask("Paiement validé", "Le virement est en préparation. Rien n’est attendu de vous.")]
    reviewed_on = mission.dossier.review_requested_on
    if reviewed_on is not None:
        studied = (
            f"Refusée, la demande de l’entreprise est réexaminée depuis le {french_date(reviewed_on)}\u00a0: "
            "votre mission peut de nouveau avoir lieu."
        )
    else:
        studied = "Bpifrance étudie la demande de l’entreprise."
    return [Ask("Décision attendue", f"{studied} La prestation ne peut pas commencer.")]


def end_of(mission: Mission) -> End:
    """Return how a mission without sequel ended, in words that its expert may read: no motive, no name."""
    dossier = mission.dossier
    if not mission.is_current:
        return End("Mission terminée", "Le dossier a été confié à un autre cabinet", mission.replaced_on)
    title, why = _ENDS[State(dossier.state)]
    if dossier.state == State.CANCELLED and mission.closure_submitted_on is not None:
        title, why = "Clôture refusée", "Bpifrance a refusé la clôture et mis fin à la mission sans paiement"
    if dossier.state == State.LAPSED and _never_signed(dossier):
        why = "L’entreprise n’a pas signé son contrat dans le délai\u00a0: dossier caduc"
    return End(title, why, dossier.ended_on)


def _never_signed(dossier: Dossier) -> bool:
    """Say whether the signature alone lacked; a term may run from the validation, and pass as well."""
    past_term = dossier.due_on and dossier.ended_on and dossier.ended_on > dossier.due_on
    return dossier.signed_on is None and not past_term


def _before_closure(mission: Mission, stage: str) -> list[Ask]:
    asks = []
    if not mission.has_service_contract:  # type: ignore[attr-defined]
        asks.append(
            Ask(
                "Déposer le contrat de prestation",
                "Signé avec l’entreprise, il règle la confidentialité et la propriété intellectuelle.",
                form="service_contract",
                tone="warning",
            )
        )
    if stage != State.IN_PROGRESS:
        waits = (
            "Bpifrance prépare le contrat de l’entreprise."
            if stage == State.APPROVED
            else "L’entreprise doit signer son contrat avec Bpifrance."
        )
        asks.append(Ask("Attendre le contrat", f"{waits} Rien ne commence avant."))
    elif asks and mission.work_started_on is None:
        asks.append(Ask("Puis déclarer le démarrage", "La prestation commence une fois ce contrat déposé."))
    elif mission.work_started_on is None:
        asks.append(
            Ask(
                "Déclarer le démarrage",
                "Le contrat est signé\u00a0: la prestation peut commencer.",
                form="start",
                due_on=mission.dossier.due_on,
            )
        )
    else:
        asks.append(_end_of_work(mission))
    return asks


def _end_of_work(mission: Mission) -> Ask:
    if mission.end_waits:  # type: ignore[attr-defined]
        return Ask(
            "Fin déclarée, en attente d’un responsable",
            "Vous l’avez déclarée après le terme\u00a0: un responsable de Bpifrance doit l’accepter. "
            "Une erreur dans la date\u00a0? Renoncez à cette déclaration, puis faites-en une autre.",
            form="pending",
        )
    return Ask(
        "Déclarer la fin de la prestation",
        "Dès que les travaux sont achevés\u00a0; le rapport final est alors dû dans les dix jours.",
        form="done",
        due_on=mission.dossier.due_on,
    )


def _ends_awaiting() -> QuerySet[PendingApproval]:
    return PendingApproval.objects.filter(transition="declare_work_done", status=PendingApproval.Status.OPEN)


def end_awaiting_manager(mission: Mission) -> PendingApproval | None:
    """Return the end of work that the expert declared after the term and that a manager has yet to accept."""
    return _ends_awaiting().filter(mission=mission, version=mission.dossier.version).first()


def _end(mission: Mission) -> Ask:
    if stage_of(mission) in {State.PAID, State.CLOSED}:
        return Ask("Mission payée", "Bpifrance a réglé sa quote-part.", tone="success")
    end = end_of(mission)
    on = f" le {french_date(end.on)}" if end.on else ""
    text = f"{end.why}{on}. Rien n’est attendu de vous."
    may_come_back = mission.is_current and mission.dossier.state == State.REJECTED
    if may_come_back and mission.dossier.review_requested_on is None:
        text += " Si l’entreprise en obtient le réexamen, vous en serez prévenu."
    return Ask(end.title, text, tone="neutral")
