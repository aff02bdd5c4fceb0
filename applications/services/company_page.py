"""What the company sees of a filed request: where it stands, who has it, what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from applications.models import Deadline, Dossier, Mission
from applications.workflow.policy import policy
from applications.workflow.states import FREED, ON_BPIFRANCE, ON_COMPANY, ON_EXPERT, State
from portal.clock import civil_date

Json = dict[str, Any]
# The restitution is confirmed or contested in these states of its mission.
RESTITUTABLE = frozenset({State.WORK_DONE, State.CLOSURE_SUBMITTED, State.CLOSURE_INCOMPLETE})


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the company now: a sentence, a date where there is one, and a way to do it."""

    title: str
    text: str
    due_on: date | None = None
    url_name: str = ""
    label: str = ""


def who_has_it(state: str) -> str:
    """Return in whose court the ball is."""
    if state in ON_COMPANY:
        return "Vous"
    if state in ON_BPIFRANCE:
        return "Bpifrance"
    if state in ON_EXPERT:
        return "L’expert"
    return "Personne : le dossier est terminé"


def deadline_of(deadlines: list[Deadline], kind: str) -> date | None:
    """Return the due date of the running term of that kind."""
    return next((d.due_on for d in deadlines if d.kind == kind and d.closed_on is None), None)


def deadline_of_mission(deadlines: list[Deadline], mission: Mission) -> date | None:
    """Return the due date of the running term of a mission's restitution."""
    kind = Deadline.Kind.RESTITUTION
    return deadline_of([one for one in deadlines if one.mission_id == mission.pk], kind)


def replaced_to_restitute(dossier: Dossier) -> Iterable[Mission]:
    """Return the replaced experts' missions whose restitution is not settled, though their work is done."""
    return Mission.objects.select_related("firm").filter(
        dossier=dossier, is_current=False, state__in=sorted(RESTITUTABLE), restitution_on__isnull=True
    )


def asked_now(
    dossier: Dossier, mission: Mission | None, deadlines: list[Deadline], replaced: Iterable[Mission] = ()
) -> Ask | None:
    """Return what the company must do next; None when it is somebody else's turn.

    `replaced` are the missions of replaced experts whose restitution is open.
    """
    asked = _asked(dossier, mission, deadlines)
    for one in replaced:
        if asked is None and one.restitution_contested_at is None:
            text = "Il n’est plus votre expert, mais la présentation de ses travaux conditionne son paiement."
            asked = Ask(
                f"Confirmez la restitution de {one.firm.name}", text, deadline_of_mission(deadlines, one)
            )
    return asked


def _asked(dossier: Dossier, mission: Mission | None, deadlines: list[Deadline]) -> Ask | None:
    if dossier.state == State.INCOMPLETE:
        return Ask(
            "Complétez votre demande",
            "Bpifrance a besoin de quelques éléments ; chacun est expliqué.",
            deadline_of(deadlines, Deadline.Kind.COMPLETION),
            "filing_tasks",
            "Compléter la demande",
        )
    if dossier.state == State.CONTRACT_SENT:
        return Ask(
            "Signez le contrat",
            "La prestation ne peut pas commencer, ni le devis être signé, avant la signature du contrat.",
            deadline_of(deadlines, Deadline.Kind.SIGNATURE),
            "company_sign",
            "Lire et signer",
        )
    waits = (
        mission is not None and mission.restitution_on is None and mission.restitution_contested_at is None
    )
    if dossier.state in RESTITUTABLE and waits:
        return Ask(
            "Confirmez la restitution",
            "L’expert doit vous présenter ses travaux : c’est une condition de son paiement par Bpifrance.",
            deadline_of(deadlines, Deadline.Kind.RESTITUTION),
        )
    return None


def timeline(dossier: Dossier, mission: Mission | None) -> list[Json]:
    """Return the stages of a request with the dates done and, for the next ones, expected."""
    stages: list[tuple[str, date | None, date | None, str]] = [
        ("Demande déposée", _day(dossier.submitted_at), None, ""),
        ("Décision de Bpifrance", dossier.validated_on or dossier.rejected_on, None, ""),
        ("Contrat envoyé", dossier.contract_sent_on, None, ""),
        ("Contrat signé", dossier.signed_on, _signature_limit(dossier), ""),
        ("Prestation commencée", dossier.work_started_on, None, "" if not mission else mission.firm.name),
        ("Prestation terminée", dossier.work_ended_on, dossier.due_on, ""),
        (
            "Rapport final remis",
            mission.report_given_on if mission else None,
            dossier.report_due_on,
            "",
        ),
        ("Restitution", mission.restitution_on if mission else None, None, ""),
        ("Expert payé par Bpifrance", _paid_on(mission), None, ""),
    ]
    items = [
        {"label": label, "on": done or expected, "done": done is not None, "note": note}
        for label, done, expected, note in stages
    ]
    if dossier.state in FREED:
        items = [item for item in items if item["done"]]
        items.append({"label": dossier.company_state_label, "on": dossier.ended_on, "done": True, "note": ""})
    return items


def _day(instant: Any) -> date | None:
    return civil_date(instant) if instant else None


def _signature_limit(dossier: Dossier) -> date | None:
    sent = dossier.contract_sent_on
    return sent + timedelta(days=policy().signature_days) if sent else None


def _paid_on(mission: Mission | None) -> date | None:
    if mission is None:
        return None
    standing = [payment for payment in mission.payments.all() if payment.reversed_on is None]
    return standing[0].paid_on if standing else None
