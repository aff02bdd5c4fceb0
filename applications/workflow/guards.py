"""The conditions of the request and of its review: statements that are true when satisfied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from applications.workflow.policy import policy
from applications.workflow.refusals import Obstacle
from applications.workflow.situation import Situation
from portal.display import euros
from tariffs.engine.facts import CaseError
from tariffs.engine.terms import add_months

Guard = Callable[[Situation], Iterator[Obstacle]]

ENGAGEMENTS: dict[str, str] = {
    "accuracy": "l’exactitude des informations",
    "no_early_start": "l’absence de démarrage avant la signature du contrat",
    "availability": "la disponibilité de la direction",
    "transmission": "la transmission du rapport final aux ministères",
}


# --- Inputs ------------------------------------------------------------------------------------
def motive_is_given(situation: Situation) -> Iterator[Obstacle]:
    """A motive of at least ten characters is written."""
    if len(situation.text("motive")) < 10:
        yield Obstacle(
            "motive_missing",
            "Le motif manque ou est trop court.",
            "Écrivez en une phrase au moins pourquoi.",
            field="motive",
        )


def date_is_given(name: str) -> Guard:
    """The input `name` is a civil date, not after today."""

    def guard(situation: Situation) -> Iterator[Obstacle]:
        value = situation.inputs.get(name)
        if not isinstance(value, date):
            yield Obstacle("date_missing", "La date manque.", "Indiquez-la au format JJ/MM/AAAA.", field=name)
        elif value > situation.today:
            yield Obstacle(
                "date_in_future",
                "La date est à venir.",
                "Indiquez une date passée ou celle du jour.",
                field=name,
            )

    guard.__name__ = f"{name}_is_given"
    return guard


# --- Submission --------------------------------------------------------------------------------
def device_and_firm_are_chosen(situation: Situation) -> Iterator[Obstacle]:
    """The request names its device and its expert firm."""
    if situation.dossier.device_id is None:
        yield Obstacle(
            "device_missing", "Le dispositif n’est pas choisi.", "Complétez l’étape « Dispositif »."
        )
    if situation.dossier.firm_id is None:
        yield Obstacle("firm_missing", "L’expert n’est pas choisi.", "Complétez l’étape « Expert ».")


def derogation_is_evidenced(situation: Situation) -> Iterator[Obstacle]:
    """A derogation asked by what is filed comes with one file at least: references, a CV, an insurance."""
    dossier = situation.dossier
    derogation = getattr(dossier, "derogation", None)
    if derogation is None or not derogation.asks_evidence:
        return
    joined = dossier.documents.filter(
        kind="derogation_evidence", replaced_at__isnull=True, document__isnull=False
    )
    if not joined.exists():
        yield Obstacle(
            "derogation_evidence_missing",
            "Aucune pièce n’appuie la demande de dérogation.",
            "Joignez à l’étape «\u00a0Expert\u00a0» des références, un CV ou une attestation d’assurance.",
        )


def nothing_is_missing(situation: Situation) -> Iterator[Obstacle]:
    """The evaluation at stage submission has no `missing` finding, and no file waits for the antivirus."""
    awaited = situation.dossier.documents.filter(replaced_at__isnull=True, document__state="pending")
    for name in awaited.values_list("document__original_name", flat=True):
        yield Obstacle(
            "file_awaited",
            f"L’antivirus analyse encore «\u00a0{name}\u00a0».",
            "Déposez la demande dans quelques minutes\u00a0: rien n’est perdu.",
        )
    try:
        findings = situation.facts.filing_evaluation["findings"]
    except CaseError as error:
        yield Obstacle("case_wrong", error.message, "Corrigez cette réponse dans l’étape concernée.")
        return
    for finding in findings:
        if finding["status"] == "missing":
            yield Obstacle(f"missing:{finding['rule']}", finding["message"], finding["remedy"] or "")


def failure_is_accepted(situation: Situation) -> Iterator[Obstacle]:
    """A request with a failing finding is filed only by an explicit « déposer quand même »."""
    fails = [f for f in situation.facts.filing_evaluation["findings"] if f["status"] == "fail"]
    if fails and not situation.inputs.get("file_anyway"):
        yield Obstacle(
            "fails",
            "Une condition au moins n’est pas remplie : " + " ".join(f["message"] for f in fails),
            "Corrigez, ou cochez « Déposer quand même ».",
            field="file_anyway",
        )


def engagements_are_ticked(situation: Situation) -> Iterator[Obstacle]:
    """Accuracy, no start before the contract, availability and transmission are declared."""
    for name, label in ENGAGEMENTS.items():
        if situation.inputs.get(name) is not True:
            yield Obstacle(
                f"engagement:{name}", f"Vous devez déclarer {label}.", "Cochez la déclaration.", field=name
            )


def review_is_current(situation: Situation) -> Iterator[Obstacle]:
    """What is filed is what was read over: no member changed the content since."""
    if situation.inputs.get("expected_revision") != situation.dossier.revision:
        yield Obstacle(
            "revision",
            "La demande a été modifiée depuis l’affichage de la relecture.",
            "Relisez-la, puis déposez-la à nouveau ; rien n’est perdu.",
        )


def completion_items_are_named(situation: Situation) -> Iterator[Obstacle]:
    """A completion request names at least one part to mend, each with its reason."""
    items = situation.inputs.get("items") or []
    if not items:
        yield Obstacle(
            "items_missing",
            "Aucun élément à compléter n’est désigné.",
            "Choisissez-en un au moins.",
            field="items",
        )
    for item in items:
        if not str(item.get("reason") or "").strip():
            yield Obstacle(
                "reason_missing",
                "Un élément à compléter n’a pas de motif.",
                "Dites pour chacun ce qui est attendu.",
                field="items",
            )


# --- Review ------------------------------------------------------------------------------------
def actor_did_not_reject(situation: Situation) -> Iterator[Obstacle]:
    """Who decides a review did not decide the rejection."""
    if situation.eyes & situation.facts.rejecters:
        yield Obstacle(
            "decided_before",
            "Vous avez pris la décision contestée.",
            "Le réexamen revient à un chargé d’affaires et à un responsable qui n’ont pas décidé.",
        )


def finding_exists(situation: Situation) -> Iterator[Obstacle]:
    """The finding judged is one that asks for a person's judgement."""
    rule = situation.text("rule")
    finding = situation.facts.decision_findings.get(rule)
    if rule == "expert.accredited" and situation.facts.derogation_waits:
        yield Obstacle(
            "derogation_waits",
            "Une dérogation est demandée pour cet expert : elle se décide à part, à deux.",
            "Donnez votre avis ; un responsable décide.",
            field="rule",
        )
        return
    overridable = rule in situation.facts.overridable_rules
    if finding is None or not (
        finding["status"] == "review" or (finding["status"] == "fail" and overridable)
    ):
        yield Obstacle(
            "finding_unknown",
            "Ce constat n’est pas à trancher.",
            "Choisissez un constat « à examiner ».",
            field="rule",
        )


def outcome_is_known(situation: Situation) -> Iterator[Obstacle]:
    """The judgement is accepted or refused."""
    if situation.text("outcome") not in {"accepted", "refused"}:
        yield Obstacle("outcome_unknown", "La conclusion manque.", "Choisissez-la.", field="outcome")


def findings_are_settled(situation: Situation) -> Iterator[Obstacle]:
    """Every `review` finding is settled favourably, and no `fail` or `missing` stands in the way."""
    facts = situation.facts
    for rule, finding in facts.decision_findings.items():
        outcome = facts.finding_outcomes.get(rule)
        if finding["status"] == "review" and outcome != "accepted":
            yield Obstacle(
                f"review:{rule}",
                "Un constat est à trancher : " + finding["message"]
                if outcome is None
                else "Un constat est maintenu contre la demande : " + finding["message"],
                "Levez-le avec un motif, ou rejetez la demande.",
            )
        elif finding["status"] == "fail" and not (rule in facts.overridable_rules and outcome == "accepted"):
            yield Obstacle(
                f"fail:{rule}", finding["message"], "La condition n’est pas remplie : rejetez la demande."
            )
        elif finding["status"] == "missing":
            yield Obstacle(f"missing:{rule}", finding["message"], "Demandez un complément à l’entreprise.")


def derogation_is_decided(situation: Situation) -> Iterator[Obstacle]:
    """An expert from outside the pool is accepted by officer and manager before the request is."""
    if situation.facts.derogation_waits:
        yield Obstacle(
            "derogation_waits",
            "La dérogation demandée pour cet expert n’est pas décidée.",
            "Le chargé d’affaires donne son avis, puis un responsable décide.",
        )


def day_checks_pass(situation: Situation) -> Iterator[Obstacle]:
    """On the day: no insolvency, expert accredited, PASSI valid, volet not used."""
    yield from situation.facts.day_obstacles


def term_is_known(situation: Situation) -> Iterator[Obstacle]:
    """The months of the term are known (edition 2023, volets 2 and 3 depend on the hardware)."""
    if situation.facts.term_months is None:
        yield Obstacle(
            "term_unknown",
            "La durée de la prestation dépend de la composante matérielle du dispositif, qui n’est pas renseignée.",
            "Demandez à l’entreprise si son dispositif a des fonctions numériques et une composante matérielle.",
        )


def envelope_has_room(situation: Situation) -> Iterator[Obstacle]:
    """The share can be committed against the open envelope."""
    remaining = situation.facts.envelope_remaining
    if remaining is None:
        yield Obstacle(
            "envelope_missing",
            "Aucune enveloppe n’est ouverte.",
            "Demandez à un responsable d’en ouvrir une.",
        )
    elif remaining < situation.dossier.bpifrance_share:
        yield Obstacle(
            "envelope_short",
            f"L’enveloppe est insuffisante : il y reste {euros(remaining)} pour une quote-part de "
            f"{euros(situation.dossier.bpifrance_share)}.",
            "Demandez à un responsable d’abonder l’enveloppe.",
        )


def funding_is_known(situation: Situation) -> Iterator[Obstacle]:
    """There is something to fund: the quote gives Bpifrance a share above zero."""
    if situation.dossier.bpifrance_share <= 0:
        yield Obstacle(
            "nothing_to_fund",
            "Le devis ne donne aucune quote-part à Bpifrance.",
            "Demandez un devis corrigé.",
        )


def rules_are_cited(situation: Situation) -> Iterator[Obstacle]:
    """A rejection cites at least one finding of the request's evaluation."""
    rules = situation.inputs.get("rules") or []
    known = situation.facts.decision_findings
    if not rules or any(rule not in known for rule in rules):
        yield Obstacle(
            "rules_missing",
            "Le rejet ne cite aucune règle du cahier des charges.",
            "Cochez les constats qui fondent le rejet.",
            field="rules",
        )


def review_is_possible(situation: Situation) -> Iterator[Obstacle]:
    """A rejection is reviewed once, within two months, where the volet was not taken again."""
    dossier = situation.dossier
    if dossier.review_requested_on is not None:
        yield Obstacle("review_twice", "Le réexamen n’est possible qu’une fois.")
    if dossier.rejected_on is not None and situation.today > add_months(
        dossier.rejected_on, policy().review_months
    ):
        yield Obstacle(
            "review_late",
            f"Le réexamen se demande dans les {policy().review_months} mois qui suivent le rejet.",
            "Vous pouvez déposer une nouvelle demande.",
        )
    yield from volet_is_free(situation)


def volet_is_free(situation: Situation) -> Iterator[Obstacle]:
    """No other live request of the company holds the volet, and it was not used."""
    if situation.facts.volet_taken:
        yield Obstacle(
            "volet_taken",
            "Le volet a été repris par une autre demande de l’entreprise, ou il est déjà utilisé.",
            "Chaque volet ne sert qu’une fois.",
        )


def derogation_is_open(situation: Situation) -> Iterator[Obstacle]:
    """A derogation was requested and is not decided."""
    derogation = situation.facts.derogation
    if derogation is None or derogation.status != "requested":
        yield Obstacle("no_derogation", "Aucune dérogation n’est à décider pour ce dossier.")


def derogation_is_advised(situation: Situation) -> Iterator[Obstacle]:
    """The officer gave an opinion before the manager decides, and they are two persons."""
    derogation = situation.facts.derogation
    if derogation is not None and derogation.officer_id is None:
        yield Obstacle(
            "not_advised",
            "Le chargé d’affaires n’a pas encore donné son avis.",
            "Demandez-lui son avis motivé.",
        )
    elif derogation is not None and derogation.officer_id in situation.eyes:
        yield Obstacle("advised_before", "Vous avez donné l’avis : une autre personne décide.")


def takes_no_other_decision(act: str) -> Guard:
    """No person takes two of approve, approve_payment and mark_paid on one dossier; the same one again, they may."""

    def guard(situation: Situation) -> Iterator[Obstacle]:
        if situation.eyes & situation.facts.money_deciders(besides=act):
            yield Obstacle(
                "two_decisions",
                "Vous avez déjà pris une autre décision d’argent sur ce dossier (accord, validation ou paiement).",
                "Une autre personne doit prendre celle-ci.",
            )

    guard.__name__ = f"takes_no_decision_besides_{act}"
    return guard


def earlier_missions_are_settled(situation: Situation) -> Iterator[Obstacle]:
    """Missions are settled in their order: the first expert is paid for what it closed, the next has the rest."""
    mission = situation.mission
    open_before = [
        other
        for other in situation.facts.missions
        if mission is not None
        and other.rank < mission.rank
        and other.state not in {"payment_approved", "paid", "ended"}
    ]
    if open_before:
        yield Obstacle(
            "earlier_mission",
            "La mission de l’expert remplacé n’est pas soldée : elle l’est avant celle-ci.",
            "Validez son paiement, ou mettez-y fin.",
        )


def needs_manager_at_approval(situation: Situation) -> bool:
    """True for an override, a derogation, a share from the threshold on, or a reviewed rejection."""
    facts = situation.facts
    overrides = any(
        facts.decision_findings.get(rule, {}).get("status") == "fail" for rule in facts.finding_outcomes
    )
    derogation = facts.derogation is not None and facts.derogation_counts
    return (
        overrides
        or derogation
        or situation.dossier.bpifrance_share >= policy().manager_share
        or situation.dossier.review_requested_on is not None
    )


def was_reviewed(situation: Situation) -> bool:
    """True once the company asked for the review of a rejection."""
    return situation.dossier.review_requested_on is not None


def declared_after_term(situation: Situation) -> bool:
    """True when the end of work is declared after the term, which a manager then accepts."""
    due_on = situation.dossier.due_on
    return due_on is not None and situation.today > due_on


def always(_: Situation) -> bool:
    """True: the act always takes two persons."""
    return True
