"""The filing task list as data: eight tasks, the rules and fields each answers for, and where each stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models

from applications.workflow.states import State

if TYPE_CHECKING:
    from applications.models import CompletionItem, Dossier

Json = dict[str, Any]
Gap = Callable[["Dossier"], str]


class Status(models.TextChoices):
    """Where a task stands."""

    DONE = "done", "Fait"
    DUE = "due", "À faire"
    MEND = "mend", "À corriger"
    LATER = "later", "Plus tard"
    THEIRS = "theirs", "À faire par l’entreprise"
    SEALED = "sealed", "Non modifiable"


@dataclass(frozen=True, slots=True)
class Step:
    """One task. `targets`: its fields or document kinds, as completions name them, and their labels."""

    slug: str
    label: str
    summary: str
    targets: Mapping[str, str]
    gap: Gap


@dataclass(frozen=True, slots=True)
class Task:
    """A step as it stands for one dossier; `notes` are French sentences saying what is lacking or wrong."""

    step: Step
    status: Status
    notes: tuple[str, ...] = ()


# --- What the engine does not ask but a dossier needs ------------------------------------------
def _nothing(_dossier: Dossier) -> str:
    return ""


def _ageing_facts_are_confirmed(dossier: Dossier) -> str:
    asked = any(
        draft.carried.get("to_confirm") for draft in dossier.draft_steps.all() if draft.step == "entreprise"
    )
    return "Confirmez l’effectif et les comptes repris de votre demande précédente." if asked else ""


def _device_is_chosen(dossier: Dossier) -> str:
    return "" if dossier.device_id else "Choisissez ou ajoutez le dispositif concerné."


def _volet_is_confirmed(dossier: Dossier) -> str:
    confirmed = dossier.submitted_at or volet_choice(dossier).get("confirmed")
    return "" if confirmed else "Confirmez le volet et cochez les prestations souhaitées."


def _firm_is_chosen(dossier: Dossier) -> str:
    if not dossier.firm_id:
        return "Choisissez votre expert."
    derogation = getattr(dossier, "derogation", None)
    if derogation is None or not derogation.asks_evidence:
        return ""
    joined = any(
        piece.kind == "derogation_evidence" and piece.document_id and piece.replaced_at is None
        for piece in dossier.documents.all()
    )
    return "" if joined else "Joignez une pièce à l’appui de la dérogation\u00a0: références, CV, assurance."


def _quote_is_dated(dossier: Dossier) -> str:
    quote = edited_quote(dossier)
    if quote is None or not quote.lines.all():
        return "Reportez les lignes du devis de votre expert."
    return "" if quote.issued_on else "Indiquez la date du devis."


STEPS: tuple[Step, ...] = (
    Step(
        "entreprise",
        "Entreprise",
        "Forme juridique, taille, situation financière, actionnaires",
        {
            "legal_form": "Forme juridique",
            "registered_in": "Lieu d’immatriculation",
            "created_on": "Date de création",
            "headcount": "Effectif",
            "turnover": "Chiffre d’affaires",
            "balance_sheet": "Total du bilan",
            "equity": "Capitaux propres",
            "subscribed_capital": "Capital souscrit",
            "insolvency_proceedings": "Procédure collective",
            "in_difficulty": "Entreprise en difficulté",
            "tax_and_social_up_to_date": "Obligations fiscales et sociales",
            "shareholders": "Actionnaires",
        },
        _ageing_facts_are_confirmed,
    ),
    Step(
        "dispositif",
        "Dispositif",
        "Produit concerné, classe de risque, fonctions numériques, marquage CE",
        {
            "name": "Nom du dispositif",
            "description": "Description",
            "kind": "Nature du produit",
            "risk_class": "Classe de risque",
            "digital_functions": "Fonctions numériques",
            "hardware": "Composante matérielle",
            "targets": "Référencement visé",
            "ce_marking": "Marquage CE",
            "audience": "Public de la solution",
            "purpose": "Objet de la solution",
        },
        _device_is_chosen,
    ),
    Step(
        "volet",
        "Volet et prestations",
        "Ce que vous demandez et ce que le volet couvre",
        {"items": "Prestations souhaitées"},
        _volet_is_confirmed,
    ),
    Step(
        "expert",
        "Expert",
        "Cabinet agréé, ou demande de dérogation",
        {"firm": "Cabinet choisi", "reason": "Motif de la dérogation"},
        _firm_is_chosen,
    ),
    Step(
        "devis",
        "Devis",
        "Lignes du devis, hors taxes, et plafonds",
        {"lines": "Lignes du devis", "issued_on": "Date du devis", "signed": "Devis non signé"},
        _quote_is_dated,
    ),
    Step(
        "pieces",
        "Pièces",
        "Devis en PDF, attestations, liasse fiscale",
        {
            "quote": "Devis de l’expert",
            "regularity_certificate": "Attestation de régularité fiscale et sociale",
            "tax_return": "Liasse fiscale",
            "derogation_evidence": "Justificatif de dérogation",
            "other": "Autre pièce",
        },
        _nothing,
    ),
    Step(
        "declarations",
        "Déclarations",
        "Ce que vous attestez sur l’honneur",
        {
            "training_not_cumulated": "Formation sans CPF ni OPCO",
            "business_model_defined": "Modèle d’affaires et accès au marché",
            "medical_committee": "Comité d’experts médicaux",
        },
        _nothing,
    ),
    Step("relecture", "Relecture et dépôt", "Tout relire sur une page, puis déposer", {}, _nothing),
)
BY_SLUG: dict[str, Step] = {step.slug: step for step in STEPS}
REVIEW = "relecture"
FILES = "pieces"
# What nobody does in the company's place.
DECLARATIONS = "declarations"

# A rule without a line here belongs to the step of its family.
STEP_OF_RULE = {
    "company.volet_unused": "volet",
    "volet.exists": "volet",
    "volet.device_class": "dispositif",
    "volet.digital_target": "dispositif",
    "volet.digital_or_connected": "dispositif",
    "volet.ce_marking": "dispositif",
    "volet.business_model": "declarations",
    "volet.medical_committee": "declarations",
    "volet.training_not_cumulated": "declarations",
}
STEP_OF_FAMILY = {
    "company": "entreprise",
    "device": "dispositif",
    "volet": "volet",
    "expert": "expert",
    "quote": "devis",
    "documents": FILES,
}
RULE_OF_DECLARATION = {
    "training_not_cumulated": "volet.training_not_cumulated",
    "business_model_defined": "volet.business_model",
    "medical_committee": "volet.medical_committee",
}


def step_of_rule(rule: str) -> str:
    """Return the slug of the task in which a rule's facts are told."""
    return STEP_OF_RULE.get(rule) or STEP_OF_FAMILY[rule.partition(".")[0]]


def volet_choice(dossier: Dossier) -> Json:
    """Return {confirmed, items}: what the company said of its volet."""
    choice = dossier.commitments.get("volet")
    return choice if isinstance(choice, dict) else {}


def edited_quote(dossier: Dossier) -> Any:
    """Return the quote that the company fills in, None before its first line.

    After a replacement of the expert it is the new firm's; an amendment's is never the company's to write.
    """
    quotes = [quote for quote in dossier.quotes.all() if quote.accepted_on is None]
    if len(quotes) > 1:
        proposed = {amendment.quote_id for amendment in dossier.amendments.all()}
        quotes = [quote for quote in quotes if quote.pk not in proposed]
    return max(quotes, key=lambda quote: quote.number, default=None)


def part_of(dossier: Dossier, slug: str) -> Json:
    """Return what is stored of a form step, answer by answer, as plain data; {} for the other steps."""
    if slug == "entreprise":
        return dict(dossier.company_facts)
    if slug == "dispositif":
        device = dossier.device
        identity = {"name": device.name, "description": device.description} if device else {}
        return {**dossier.device_facts, **identity}
    if slug == "volet":
        choice = volet_choice(dossier)
        return {"items": choice.get("items") or [], "confirmed": bool(choice.get("confirmed"))}
    if slug == "expert":
        derogation = getattr(dossier, "derogation", None)
        return {"firm": dossier.firm_id, "reason": derogation.reason if derogation else ""}
    if slug == "declarations":
        return dict(dossier.declarations)
    return _quote_part(dossier) if slug == "devis" else {}


def _quote_part(dossier: Dossier) -> Json:
    quote = edited_quote(dossier)
    if quote is None:
        return {"lines": []}
    names = ("item", "label", "complexity", "performed_by")
    return {
        "signed": quote.signed,
        "issued_on": quote.issued_on.isoformat() if quote.issued_on else None,
        "lines": [
            {**{name: getattr(line, name) for name in names}, "amount": format(line.amount, ".2f")}
            for line in quote.lines.all()
        ],
    }


def relevant_declarations(evaluation: Json) -> list[str]:
    """Return the declarations that some rule of this case reads, in their fixed order."""
    concerned = {f["rule"] for f in evaluation["findings"] if f["status"] != "not_applicable"}
    return [name for name, rule in RULE_OF_DECLARATION.items() if rule in concerned]


# --- What may be changed -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Scope:
    """What the company may change: everything in a draft, what was named in a completion."""

    everything: bool
    named: Mapping[str, frozenset[str]]

    def opens(self, step: str) -> bool:
        """Tell whether something of the step may be changed."""
        return self.everything or step in self.named

    def allows(self, step: str, target: str) -> bool:
        """Tell whether this field or document kind may be changed."""
        if self.everything:
            return True
        targets = self.named.get(step, frozenset())
        return "" in targets or target in targets


def scope_of(dossier: Dossier, items: Iterable[CompletionItem], evaluation: Json | None) -> Scope:
    """Return what may be changed; in a completion, what is missing opens too, so that it can be answered."""
    if dossier.state == State.DRAFT:
        return Scope(everything=True, named={})
    named: dict[str, set[str]] = {}
    for item in items:
        named.setdefault(item.step, set()).add(item.target)
    for finding in evaluation["findings"] if evaluation else ():
        if finding["status"] == "missing":
            step = step_of_rule(finding["rule"])
            named.setdefault(step, set()).update(_unanswered(dossier, step, finding["rule"]))
    derogation = getattr(dossier, "derogation", None)
    if derogation is not None and derogation.asks_evidence and derogation.officer_id is None:
        # Asked by this completion, for another expert: its evidence is joined with it.
        named.setdefault(FILES, set()).add("derogation_evidence")
    if named.get("expert", set()) & {"", "firm"}:
        # Another expert comes with another quote: whoever may change the one changes the other.
        named.setdefault("devis", set()).add("")
        named.setdefault(FILES, set()).add("quote")
    return Scope(everything=False, named={step: frozenset(targets) for step, targets in named.items()})


def _unanswered(dossier: Dossier, step: str, rule: str) -> set[str]:
    """Return what opens so that a missing answer can be given: what is blank, never what was accepted."""
    if step == FILES:
        return {rule.partition(".")[2]}
    part = part_of(dossier, step)
    blank = {name for name in BY_SLUG[step].targets if part.get(name) in (None, "")}
    return blank or {""}


# --- Where each task stands --------------------------------------------------------------------
def tasks(
    dossier: Dossier,
    evaluation: Json,
    *,
    items: Collection[CompletionItem] = (),
    answered: Collection[int] = (),
) -> list[Task]:
    """Return the eight tasks in their order; `answered` holds the keys of the completion items dealt with."""
    scope = scope_of(dossier, items, evaluation)
    found = [
        _task(step, dossier, evaluation, scope, [item for item in items if item.pk not in answered])
        for step in STEPS[:-1]
    ]
    ready = all(task.status != Status.DUE for task in found)
    review = Task(STEPS[-1], Status.DUE) if ready else Task(STEPS[-1], Status.LATER)
    return [*found, review]


def _task(
    step: Step,
    dossier: Dossier,
    evaluation: Json,
    scope: Scope,
    items: Collection[CompletionItem],
) -> Task:
    open_items = [item for item in items if item.step == step.slug]
    if not scope.opens(step.slug):
        return Task(step, Status.SEALED)
    if open_items:
        return Task(step, Status.MEND, tuple(item.reason for item in open_items))
    return _judged(step, dossier, evaluation)


def _judged(step: Step, dossier: Dossier, evaluation: Json) -> Task:
    gap = step.gap(dossier)
    if gap:
        return Task(step, Status.DUE, (gap,))
    concerned = [f for f in evaluation["findings"] if step_of_rule(f["rule"]) == step.slug]
    failing = tuple(f["message"] for f in concerned if f["status"] == "fail")
    missing = tuple(f["message"] for f in concerned if f["status"] == "missing")
    if failing:
        return Task(step, Status.MEND, failing + missing)
    return Task(step, Status.DUE, missing) if missing else Task(step, Status.DONE)


def next_task(found: Iterable[Task]) -> Task | None:
    """Return the first task that asks for something."""
    return next((task for task in found if task.status in {Status.DUE, Status.MEND}), None)
