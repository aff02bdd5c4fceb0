"""What the company sees of a filed request: what is asked of it, where it stands, what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from applications.models import Amendment, Deadline, Dossier, Letter, MinutesVersion, Mission
from applications.services.court import Told
from applications.services.feedback import Phase
from applications.services.mission.reading import Row
from applications.workflow.policy import policy
from applications.workflow.states import FREED, State
from portal.clock import civil_date
from portal.display import french_date
from tariffs import catalogue
from tariffs.engine.terms import add_months

Json = dict[str, Any]
# The restitution is confirmed or contested in these states of its mission.
RESTITUTABLE = frozenset({State.WORK_DONE, State.CLOSURE_SUBMITTED, State.CLOSURE_INCOMPLETE})
# A quote signed in these states is signed before the contract, and not paid for (000 §2.2).
QUOTE_WAITS = frozenset(
    {State.SUBMITTED, State.UNDER_REVIEW, State.INCOMPLETE, State.APPROVED, State.CONTRACT_SENT}
)
# What a manager answers the company with a motive of its own.
ANSWERS = {"decline_cancellation": "Annulation refusée", "decline_extension": "Prolongation refusée"}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the company now: a sentence, a date where there is one, and a way to do it.

    `url_name` is a page of the dossier, `anchor` a place of its own page.
    """

    title: str
    text: str
    due_on: date | None = None
    url_name: str = ""
    anchor: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Bpifrance answered to a wish of the company, and why."""

    title: str
    on: date
    motive: str


# --- What is asked -------------------------------------------------------------------------------
def asked_now(
    dossier: Dossier,
    mission: Mission | None,
    deadlines: list[Deadline],
    *,
    replaced: Iterable[Mission] = (),
    amendment: Amendment | None = None,
    minutes: Iterable[Row] = (),
    unanswered: list[Phase] | None = None,
) -> list[Ask]:
    """Return what the company must do, the most pressing first; nothing when it is somebody else's turn.

    `replaced` are the missions of replaced experts whose restitution is open, `amendment` the one that is
    open, `minutes` those that wait for the company, `unanswered` the phases over of which it said nothing.
    """
    found = [
        _completion(dossier, deadlines),
        _contract(dossier, deadlines),
        _amendment(amendment),
        _restitution(dossier, mission, deadlines),
        *(_restitution_of_replaced(one, deadlines) for one in replaced),
        *(_minutes(row) for row in minutes),
        _satisfaction(unanswered or []),
    ]
    return [ask for ask in found if ask is not None]


def _completion(dossier: Dossier, deadlines: list[Deadline]) -> Ask | None:
    if dossier.state != State.INCOMPLETE:
        return None
    return Ask(
        "Complétez votre demande",
        "Bpifrance a besoin de quelques éléments ; chacun est expliqué, le reste est acquis.",
        deadline_of(deadlines, Deadline.Kind.COMPLETION),
        url_name="filing_tasks",
        label="Compléter la demande",
    )


def _contract(dossier: Dossier, deadlines: list[Deadline]) -> Ask | None:
    if dossier.state != State.CONTRACT_SENT:
        return None
    return Ask(
        "Signez le contrat",
        "Il se lit et se signe sur le portail, avec un code reçu par courriel.",
        deadline_of(deadlines, Deadline.Kind.SIGNATURE),
        url_name="company_sign",
        label="Lire et signer",
    )


def _amendment(amendment: Amendment | None) -> Ask | None:
    if amendment is None or amendment.company_signed_at is not None:
        return None
    what = "Il prolonge le terme de la prestation." if amendment.new_due_on else amendment.motive
    return Ask("Signez l’avenant", what, url_name="company_amendment", label="Lire l’avenant")


def _restitution(dossier: Dossier, mission: Mission | None, deadlines: list[Deadline]) -> Ask | None:
    if mission is None or dossier.state not in RESTITUTABLE or not _is_open(mission):
        return None
    return Ask(
        "Confirmez la restitution",
        "L’expert doit vous présenter ses travaux : c’est une condition de son paiement par Bpifrance.",
        deadline_of_mission(deadlines, mission),
        anchor="acte-confirm_restitution",
        label="Confirmer la restitution",
    )


def _restitution_of_replaced(mission: Mission, deadlines: list[Deadline]) -> Ask | None:
    if not _is_open(mission):
        return None
    return Ask(
        f"Confirmez la restitution de {mission.firm.name}",
        "Il n’est plus votre expert, mais la présentation de ses travaux conditionne son paiement.",
        deadline_of_mission(deadlines, mission),
        anchor=f"acte-confirm_restitution-{mission.pk}",
        label="Confirmer la restitution",
    )


def _minutes(row: Row) -> Ask | None:
    """Ask for an approval, or for the correction of what the company wrote; its own drafts ask for nothing."""
    version, of = row.version, f"Compte rendu du {french_date(row.version.met_on)}"
    if version.state == MinutesVersion.State.PROPOSED:
        text = "L’expert le propose\u00a0: approuvez-le, ou dites ce qui est à corriger."
        return Ask(f"{of} à approuver", text, anchor="comptes-rendus", label="Aller aux comptes rendus")
    if version.state == MinutesVersion.State.CORRECTION:
        return Ask(
            f"{of} à corriger", version.reason, anchor="comptes-rendus", label="Aller aux comptes rendus"
        )
    return None


def _satisfaction(unanswered: list[Phase]) -> Ask | None:
    if not unanswered:
        return None
    return Ask(
        "Donnez votre avis sur la prestation",
        "Une note par étape suffit ; vous pouvez aussi passer.",
        anchor="satisfaction",
        label="Donner mon avis",
    )


def _is_open(mission: Mission) -> bool:
    return mission.restitution_on is None and mission.restitution_contested_at is None


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


# --- What was answered ---------------------------------------------------------------------------
def answers(journal: Iterable[Told]) -> list[Answer]:
    """Return what Bpifrance answered to the company's wishes, the latest first."""
    found = [
        Answer(ANSWERS[told.name], civil_date(told.at), told.motive)
        for told in journal
        if told.name in ANSWERS and told.motive
    ]
    return found[::-1]


def refusal_of(dossier: Dossier, letters: Iterable[Letter]) -> Json | None:
    """Return the letter that rejects a request, to be read on its page: motive, findings, last date of a review."""
    letter = next((one for one in letters if one.kind == Letter.Kind.REJECTION), None)
    if dossier.state != State.REJECTED or letter is None:
        return None
    return {"letter": letter, **letter.context, "review_until": review_until(dossier)}


def review_until(dossier: Dossier) -> date | None:
    """Return the last date on which a review of the rejection may be asked; None once it was."""
    if dossier.rejected_on is None or dossier.review_requested_on is not None:
        return None
    return add_months(dossier.rejected_on, policy().review_months)


# --- Where it stands -----------------------------------------------------------------------------
def timeline(dossier: Dossier, mission: Mission | None, deadlines: list[Deadline]) -> list[Json]:
    """Return the stages of a request with the dates done and, for the next ones, expected where a term sets them.

    `current` marks the first stage that is not done. No date is guessed: where no term runs, none is shown.
    """
    if not dossier.edition:
        return [{"label": dossier.company_state_label, "on": dossier.ended_on, "done": True}]
    items = [
        {"label": label, "on": done, "done": done is not None, "expected": expected, "note": note}
        for label, done, expected, note in _stages(dossier, mission, deadlines)
    ]
    if dossier.state in FREED:
        items = [item for item in items if item["done"]]
        return [*items, {"label": dossier.company_state_label, "on": dossier.ended_on, "done": True}]
    for item in items:
        if not item["done"]:
            item["current"] = True
            break
    return items


Stage = tuple[str, date | None, date | None, str]


def _stages(dossier: Dossier, mission: Mission | None, deadlines: list[Deadline]) -> list[Stage]:
    edition = catalogue.get_edition(dossier.edition)
    ended, due_on = dossier.work_ended_on, dossier.due_on
    report_at_most = due_on + timedelta(days=edition.term.report_days) if due_on else None
    return [
        ("Demande déposée", _day(dossier.submitted_at), None, ""),
        *_completion_stage(dossier, deadlines),
        ("Décision de Bpifrance", dossier.validated_on or dossier.rejected_on, None, ""),
        ("Contrat envoyé", dossier.contract_sent_on, None, ""),
        ("Contrat signé", dossier.signed_on, deadline_of(deadlines, Deadline.Kind.SIGNATURE), ""),
        ("Prestation commencée", dossier.work_started_on, None, mission.firm.name if mission else ""),
        ("Prestation terminée", ended, due_on, "" if ended else _last_day(due_on)),
        (
            "Rapport final remis",
            mission.report_given_on if mission else None,
            dossier.report_due_on or report_at_most,
            "" if ended else f"{edition.term.report_days} jours après la fin de la prestation",
        ),
        (
            "Restitution",
            mission.restitution_on if mission else None,
            deadline_of_mission(deadlines, mission) if mission else None,
            _contested(mission),
        ),
        ("Expert payé par Bpifrance", _paid_on(mission), None, ""),
    ]


def _completion_stage(dossier: Dossier, deadlines: list[Deadline]) -> list[Stage]:
    if dossier.state != State.INCOMPLETE:
        return []
    return [("Complément de votre part", None, deadline_of(deadlines, Deadline.Kind.COMPLETION), "")]


def _last_day(due_on: date | None) -> str:
    return "Au plus tard à cette date : c’est le terme." if due_on else ""


def _contested(mission: Mission | None) -> str:
    contested = mission is not None and mission.restitution_on is None and mission.restitution_contested_at
    return "Vous l’avez contestée : le paiement est suspendu." if contested else ""


def _day(instant: Any) -> date | None:
    return civil_date(instant) if instant else None


def _paid_on(mission: Mission | None) -> date | None:
    if mission is None:
        return None
    standing = [payment for payment in mission.payments.all() if payment.reversed_on is None]
    return standing[0].paid_on if standing else None
