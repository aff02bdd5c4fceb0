"""The conditions of the contract, of the work and of the ends: statements that are true when satisfied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from applications.workflow.guards import Guard
from applications.workflow.policy import policy
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import CODE_VERIFIED, SECOND_MOTIVE, Actor, Situation
from applications.workflow.states import State
from experts.charter import charter_is_current


# --- Contract ----------------------------------------------------------------------------------
def signatory_has_delegation(situation: Situation) -> Iterator[Obstacle]:
    """Who signs for Bpifrance holds a dated delegation in force."""
    if situation.facts.delegation_of(situation.actor) is None:
        yield Obstacle(
            "no_delegation",
            "Vous n’avez pas de délégation de signature en vigueur.",
            "Demandez à un administrateur de l’enregistrer.",
        )


def conflict_is_declared(situation: Situation) -> Iterator[Obstacle]:
    """The expert declared to be free of conflicts of interest."""
    mission = situation.mission
    if mission is None or mission.conflict_declared_at is None:
        yield Obstacle(
            "conflict_undeclared",
            "L’expert n’a pas fait sa déclaration d’absence de conflit d’intérêts.",
            "Elle lui est demandée sur la page de sa mission.",
        )
    elif mission.conflict_free is False:
        yield Obstacle(
            "conflict_declared",
            "L’expert a déclaré un conflit d’intérêts.",
            "Remplacez l’expert ou rejetez la demande.",
        )


def bpifrance_signed(situation: Situation) -> Iterator[Obstacle]:
    """The contract is composed and signed first by a signatory of Bpifrance."""
    if situation.facts.contract is None:
        yield Obstacle(
            "not_signed_by_bpifrance",
            "Le contrat n’est pas encore signé pour Bpifrance.",
            "Un responsable titulaire d’une délégation doit le signer.",
        )


def contract_is_not_signed_yet(situation: Situation) -> Iterator[Obstacle]:
    """Bpifrance signs once."""
    if situation.facts.contract is not None:
        yield Obstacle("signed_already", "Le contrat est déjà signé pour Bpifrance.", "Il reste à l’envoyer.")


def contract_is_intact(situation: Situation) -> Iterator[Obstacle]:
    """The contract is there, signed by Bpifrance, and its terms are those that were sealed."""
    if situation.facts.contract is None:
        yield Obstacle(
            "contract_voided",
            "Le contrat est à signer de nouveau par Bpifrance, depuis le changement d’expert.",
            "Vous serez prévenu quand il sera prêt.",
        )
    elif not situation.facts.contract_is_intact:
        yield Obstacle(
            "contract_altered",
            "Le contrat ne correspond plus à son empreinte.",
            "Prévenez votre chargé d’affaires.",
        )


def signatory_may_sign(situation: Situation) -> Iterator[Obstacle]:
    """The company's signatory is its legal representative, or a delegate whose delegation was checked."""
    signatory = situation.facts.signatory_of(situation.actor)
    if signatory is None or not signatory.may_sign:
        yield Obstacle(
            "may_not_sign",
            "Votre pouvoir de signer n’est pas établi.",
            "Le représentant légal signe, ou une personne dont Bpifrance a vérifié la délégation.",
        )


def identity_is_confirmed(situation: Situation) -> Iterator[Obstacle]:
    """The signatory re-authenticated just now and typed the one-time code received."""
    if situation.inputs.get("reauthenticated") is not True:
        yield Obstacle(
            "not_reauthenticated", "Confirmez d’abord votre identité.", "Saisissez votre mot de passe."
        )
    elif situation.inputs.get(CODE_VERIFIED) is not True:
        yield Obstacle(
            "wrong_code",
            "Le code est inexact, déjà utilisé ou périmé.",
            "Demandez un nouveau code.",
            field="code",
        )


def charter_is_accepted(situation: Situation) -> Iterator[Obstacle]:
    """The firm accepted the charter in force before its first act on a mission (edition 2024, §3)."""
    if not charter_is_current(situation.the_mission.firm):
        yield Obstacle(
            "charter_outdated",
            "La charte éthique en vigueur n’est pas acceptée par votre cabinet.",
            "Acceptez-la sur la page «\u00a0Mon cabinet\u00a0», puis faites votre déclaration.",
        )


def conflict_statement_is_given(situation: Situation) -> Iterator[Obstacle]:
    """The expert says yes or no, and explains a conflict."""
    free = situation.inputs.get("conflict_free")
    if free is None:
        yield Obstacle(
            "conflict_missing", "La déclaration manque.", "Choisissez une réponse.", field="conflict_free"
        )
    elif free is False and len(situation.text("statement")) < 10:
        yield Obstacle("statement_missing", "Décrivez le conflit d’intérêts.", field="statement")


# --- Work --------------------------------------------------------------------------------------
def service_contract_is_there(situation: Situation) -> Iterator[Obstacle]:
    """The signed contract between expert and company is filed."""
    if situation.facts.service_contract is None:
        yield Obstacle(
            "no_service_contract",
            "Le contrat de prestation signé avec l’entreprise n’est pas déposé.",
            "Déposez-le sur la page de la mission.",
        )


def work_did_not_start(situation: Situation) -> Iterator[Obstacle]:
    """The start of work is declared once."""
    if situation.the_mission.work_started_on is not None:
        yield Obstacle("started_already", "Le démarrage est déjà déclaré.")


def start_follows_signature(situation: Situation) -> Iterator[Obstacle]:
    """Work does not start before the last signature of the contract (edition 2024, §2.2)."""
    started, signed = situation.inputs.get("work_started_on"), situation.dossier.signed_on
    if isinstance(started, date) and signed is not None and started < signed:
        yield Obstacle(
            "started_early",
            f"La prestation ne peut pas commencer avant la signature du contrat, le {signed:%d/%m/%Y}.",
            "Si elle a commencé plus tôt, écrivez à votre chargé d’affaires.",
            field="work_started_on",
        )


def no_end_awaits_a_manager(situation: Situation) -> Iterator[Obstacle]:
    """No end of work, declared in time by the expert, waits for a manager's agreement."""
    if situation.facts.end_awaits_a_manager:
        yield Obstacle("end_awaits", "Une fin de prestation attend l’accord d’un responsable.")


def a_replaced_mission_is_open(situation: Situation) -> Iterator[Obstacle]:
    """The mission is a replaced expert's, neither paid nor ended."""
    mission = situation.mission
    if mission is None or mission.is_current or mission.replaced_on is None:
        yield Obstacle("not_replaced", "Cette mission n’est pas celle d’un expert remplacé.")


def work_started(situation: Situation) -> Iterator[Obstacle]:
    """The start of work was declared."""
    if situation.the_mission.work_started_on is None:
        yield Obstacle(
            "not_started", "Le démarrage n’est pas déclaré.", "Déclarez d’abord la date de démarrage."
        )


def end_follows_start(situation: Situation) -> Iterator[Obstacle]:
    """Work ends on or after its start."""
    ended = situation.inputs.get("work_ended_on")
    started = situation.inputs.get("work_started_on") or situation.the_mission.work_started_on
    if isinstance(ended, date) and isinstance(started, date) and ended < started:
        yield Obstacle(
            "ended_before_start",
            f"La fin précède le démarrage, déclaré au {started:%d/%m/%Y}.",
            "Corrigez la date de fin.",
            field="work_ended_on",
        )


def end_is_within_term(situation: Situation) -> Iterator[Obstacle]:
    """The term is met when work ends on it or before; a replaced expert's ends with the replacement."""
    ended, due_on = situation.inputs.get("work_ended_on"), situation.dossier.due_on
    replaced_on = situation.the_mission.replaced_on
    if isinstance(ended, date) and replaced_on is not None and ended > replaced_on:
        yield Obstacle(
            "after_replacement",
            f"Vous avez été remplacé le {replaced_on:%d/%m/%Y} : votre prestation ne peut pas finir après.",
            "Corrigez la date de fin.",
            field="work_ended_on",
        )
    elif isinstance(ended, date) and due_on is not None and ended > due_on:
        yield Obstacle(
            "after_term",
            f"Le terme était le {due_on:%d/%m/%Y} : une prestation finie après n’est pas prise en charge.",
            "Si elle s’est achevée avant, indiquez la date exacte.",
            field="work_ended_on",
        )


def lateness_is_accepted(situation: Situation) -> Iterator[Obstacle]:
    """The manager who accepts an end of work declared after the term says why."""
    motive = situation.inputs.get(SECOND_MOTIVE)
    if motive is not None and len(str(motive)) < 10:
        yield Obstacle(
            "motive_missing",
            "Le motif de l’acceptation manque ou est trop court.",
            "Écrivez en une phrase pourquoi vous acceptez une fin déclarée après le terme.",
            field="motive",
        )


def no_amendment_is_open(situation: Situation) -> Iterator[Obstacle]:
    """No amendment waits for a signature."""
    if situation.facts.open_amendment is not None:
        yield Obstacle(
            "amendment_open", "Un avenant attend encore une signature.", "Faites-le signer ou abandonnez-le."
        )


def an_amendment_is_open(situation: Situation) -> Iterator[Obstacle]:
    """An amendment waits for a signature."""
    if situation.facts.open_amendment is None:
        yield Obstacle("no_amendment", "Aucun avenant n’est à la signature.")


def amendment_is_signable(situation: Situation) -> Iterator[Obstacle]:
    """An officer opens an amendment when none is open; company and expert sign the one that is open, once."""
    amendment = situation.facts.open_amendment
    if Actor.OFFICER in situation.standing:
        if amendment is not None:
            yield Obstacle("amendment_open", "Un avenant est déjà à la signature.")
        if situation.dossier.state != State.IN_PROGRESS:
            yield Obstacle(
                "amendment_early",
                "Un avenant ne modifie le devis qu’une fois le contrat signé.",
                "Avant la signature, seul l’expert peut être remplacé.",
            )
        return
    if amendment is None:
        yield Obstacle("no_amendment", "Aucun avenant n’est à signer.")
        return
    signed = amendment.expert_signed_at if Actor.EXPERT in situation.standing else amendment.company_signed_at
    if signed is not None:
        yield Obstacle("amendment_signed", "Vous avez déjà signé cet avenant.")


def amendment_signer_is_sure(situation: Situation) -> Iterator[Obstacle]:
    """The officer gives lines and a motive, the company's signatory a code, the expert an explicit agreement."""
    if Actor.OFFICER in situation.standing:
        if len(situation.text("motive")) < 10:
            yield Obstacle("motive_missing", "L’objet de l’avenant manque.", "Décrivez-le.", field="motive")
        yield from situation.facts.amended_quote_obstacles(situation.inputs.get("lines") or [])
    elif Actor.EXPERT in situation.standing:
        if situation.inputs.get("agreed") is not True:
            yield Obstacle("not_agreed", "Cochez votre accord pour signer.", field="agreed")
        yield from conflict_is_declared(situation)
    else:
        yield from signatory_may_sign(situation)
        yield from identity_is_confirmed(situation)


def replacement_is_possible(situation: Situation) -> Iterator[Obstacle]:
    """The new firm is another one, passes `expert.*` that day, and takes no more than what was contracted."""
    firm = situation.inputs.get("firm")
    if firm is None:
        yield Obstacle("firm_missing", "Le nouvel expert manque.", "Choisissez-le.", field="firm")
        return
    if firm.pk == situation.the_mission.firm_id:
        yield Obstacle(
            "same_firm", "C’est déjà l’expert du dossier.", "Choisissez-en un autre.", field="firm"
        )
        return
    yield from situation.facts.firm_obstacles(firm)
    yield from situation.facts.amended_quote_obstacles(situation.inputs.get("lines") or [], firm=firm)


# --- Ends --------------------------------------------------------------------------------------
def every_mission_is_over(situation: Situation) -> Iterator[Obstacle]:
    """Every mission of the dossier is paid or ended."""
    if any(mission.state not in {"paid", "ended"} for mission in situation.facts.missions):
        yield Obstacle("mission_open", "Une mission n’est ni payée ni terminée.", "Clôturez-la d’abord.")


def report_is_forwarded(situation: Situation) -> Iterator[Obstacle]:
    """The final report went to each ministry that the edition names."""
    missing = situation.facts.recipients_to_serve
    if missing:
        yield Obstacle(
            "not_forwarded",
            "Le rapport final n’a pas été transmis à : " + ", ".join(missing.values()) + ".",
            "Enregistrez la transmission.",
        )


def recipients_are_known(situation: Situation) -> Iterator[Obstacle]:
    """The recipients ticked are of the edition's list and were not served before."""
    chosen = situation.inputs.get("recipients") or []
    if not chosen or any(code not in situation.facts.recipients_to_serve for code in chosen):
        yield Obstacle(
            "recipients_missing",
            "Aucun destinataire à servir n’est coché.",
            "Cochez-en un.",
            field="recipients",
        )


def cancellation_is_asked(situation: Situation) -> Iterator[Obstacle]:
    """The company asked for the cancellation."""
    if situation.dossier.cancellation_requested_at is None:
        yield Obstacle("not_asked", "L’annulation n’est pas demandée.")


def cancellation_is_not_asked(situation: Situation) -> Iterator[Obstacle]:
    """The company asks once."""
    if situation.dossier.cancellation_requested_at is not None:
        yield Obstacle("asked_already", "L’annulation est déjà demandée.", "Un responsable vous répond.")


def lapse_can_be_reopened(situation: Situation) -> Iterator[Obstacle]:
    """A lapse is reopened within 60 days, where a signed contract was running and the volet is still free."""
    dossier = situation.dossier
    if dossier.signed_on is None:
        yield Obstacle("never_signed", "Le contrat n’a jamais été signé : il n’y a rien à rouvrir.")
    if dossier.ended_on is not None and situation.today > dossier.ended_on + timedelta(
        days=policy().reopen_days
    ):
        yield Obstacle(
            "reopen_late", f"La réouverture n’est possible que dans les {policy().reopen_days} jours."
        )


def the_edition_extends(situation: Situation) -> Iterator[Obstacle]:
    """The edition allows the term to be extended."""
    if situation.facts.extension_months == 0:
        yield Obstacle(
            "no_extension",
            "Le cahier des charges fixe une durée maximale et ne prévoit aucune prolongation.",
            "La prestation doit s’achever avant son terme.",
        )


def an_extension_may_be_asked(situation: Situation) -> Iterator[Obstacle]:
    """One extension per dossier, asked before the term."""
    dossier = situation.dossier
    if situation.facts.was_extended:
        yield Obstacle("extended_already", "Le terme a déjà été prolongé.", "Il ne l’est qu’une fois.")
    elif dossier.extension_requested_at is not None:
        yield Obstacle("extension_asked", "La prolongation est déjà demandée.", "Un responsable vous répond.")
    elif dossier.due_on is not None and situation.today >= dossier.due_on:
        yield Obstacle("extension_late", "La prolongation se demande avant le terme.")


def an_extension_is_asked(situation: Situation) -> Iterator[Obstacle]:
    """The company asked for an extension, which is not granted yet."""
    if situation.facts.extension_months == 0:
        return
    if situation.dossier.extension_requested_at is None or situation.facts.was_extended:
        yield Obstacle("extension_not_asked", "L’entreprise n’a pas demandé de prolongation.")


def term_is_over(situation: Situation) -> Iterator[Obstacle]:
    """The term of the work is past and no notice was given yet."""
    due_on = situation.dossier.due_on
    if due_on is None or situation.today <= due_on or situation.facts.deadline_on("lapse") is not None:
        yield Obstacle("not_due", "Le terme n’est pas passé, ou la mise en demeure est partie.")


def deadline_is_over(kind: str) -> Guard:
    """The running deadline of that kind is past: the sweep acts on the day after it, never before."""

    def guard(situation: Situation) -> Iterator[Obstacle]:
        due_on = situation.facts.deadline_on(kind)
        if due_on is None or situation.today <= due_on:
            yield Obstacle("not_due", "L’échéance n’est pas passée.")

    guard.__name__ = f"{kind}_deadline_is_over"
    return guard
