"""How the desk reads what was declared and what happened: facts in French, evidence of a finding, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from applications.models import Dossier, DossierDocument, Letter
from applications.models.assistance import SOURCES
from applications.services.provenance import entered_labels
from applications.steps import BY_SLUG
from applications.workflow.situation import LENT_BY
from applications.workflow.states import MissionState, State
from applications.workflow.table import TRANSITIONS
from portal.audit.models import Event
from portal.display import euros, french_date, number, percent
from tariffs.forms import choices

Json = dict[str, Any]
Kind = DossierDocument.Kind
EUROS = frozenset({"turnover", "balance_sheet", "equity", "subscribed_capital"})
OTHER_EVENTS = {
    "document_read": "Rapport téléchargé",
    "document_copied": "Copie de lecture du rapport",
    "used_volet_recorded": "Volet utilisé hors du portail enregistré",
    "used_volet_completed": "Dossier passé complété par un import",
    "company_imported": "Entreprise ouverte par un import de dossiers passés",
    "company_opened_for_it": "Espace ouvert pour une demande reçue par Bpifrance",
    "assistance_opened": "Saisie pour l’entreprise commencée",
    "assistance_passed": "Saisie pour l’entreprise confiée à une autre personne",
    "assistance_closed": "Saisie pour l’entreprise terminée",
    "insolvency_recorded": "Procédure collective enregistrée",
    "insolvency_lifted": "Fin de la procédure collective enregistrée",
    "delegation_checked": "Délégation de signature vérifiée",
    "signatory_named": "Signataire désigné par l’entreprise",
    "signatory_ended": "Signataire retiré par l’entreprise",
    "opinion_asked": "Avis extérieur demandé",
    "opinion_revoked": "Demande d’avis annulée",
    "opinion_read": "Demande d’avis lue",
    "opinion_piece_read": "Pièce lue pour un avis",
    "opinion_given": "Avis extérieur rendu",
    "service_contract_filed": "Contrat de prestation déposé",
    "report_filed": "Retard ou incident signalé",
    "correction_answered": "Réponse de l’expert à une correction demandée",
    "minutes_proposed": "Compte rendu de réunion proposé",
    "minutes_correction_asked": "Correction d’un compte rendu demandée",
    "minutes_approved": "Compte rendu de réunion approuvé",
    "phase_done": "Phase déclarée terminée",
    "phase_reopened": "Fin de phase retirée",
    "satisfaction_given": "Avis de l’entreprise donné",
    "batch_made": "Lot préparé",
    "batch_approved": "Lot validé",
    "batch_cancelled": "Lot annulé",
    "order_retired": "Virement retiré",
    "order_retiring_asked": "Retrait d’un virement demandé",
    "order_kept": "Virement maintenu",
}
BANK_FILE_READ = "Fichier téléchargé"
# The pieces in which what a rule asks is proven.
EVIDENCE: dict[str, tuple[str, ...]] = {
    "company.tax_and_social": (Kind.REGULARITY,),
    "company.category": (Kind.TAX_RETURN,),
    "company.not_in_difficulty": (Kind.TAX_RETURN,),
    "company.autonomy": (Kind.TAX_RETURN,),
    "expert.accredited": (Kind.DEROGATION,),
    "documents.regularity_certificate": (Kind.REGULARITY,),
    "documents.tax_return": (Kind.TAX_RETURN,),
}


def _words(listed: Iterable[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, label in listed:
        found |= dict(label) if isinstance(label, list) else {code: label}
    return found


WORDS: dict[str, dict[str, str]] = {
    "legal_form": _words(choices.LEGAL_FORMS),
    "registered_in": _words(choices.COUNTRIES),
    "kind": {
        "dm": "Dispositif médical",
        "dmdiv": "Diagnostic in vitro",
        "digital_solution": "Solution numérique",
    },
    "ce_marking": _words(choices.CE_MARKINGS),
    "audience": _words(choices.AUDIENCES),
    "purpose": _words(choices.PURPOSES),
    "targets": _words(choices.TARGETS),
}


def written(name: str, value: Any) -> str:
    """Return one declared fact as it is read; « non renseigné » where nothing was said."""
    if value is None or value == "" or (value == [] and name != "shareholders"):
        return "Non renseigné"
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if name == "shareholders":
        return " ; ".join(_holder(one) for one in value) or "Aucun actionnaire déclaré"
    if isinstance(value, list):
        return ", ".join(WORDS.get(name, {}).get(one, str(one)) for one in value)
    return _figure(name, str(value))


def _figure(name: str, value: str) -> str:
    try:
        if name in EUROS:
            return euros(value)
        if name == "headcount":
            return number(value)
        if name.endswith("_on"):
            return french_date(value)
    except (TypeError, ValueError):
        return value
    return WORDS.get(name, {}).get(value, value)


def _holder(holder: Json) -> str:
    kind = "personne" if holder.get("kind") == "person" else "entreprise"
    exempt = ", investisseur exempté" if holder.get("exempt_investor") else ""
    share = holder.get("share")
    held = percent(Decimal(str(share)) / 100) if share not in (None, "") else "part inconnue"
    return f"{holder.get('name') or 'Sans nom'} ({kind}{exempt}) : {held}"


def declared(dossier: Dossier) -> list[Json]:
    """Return the facts declared as blocks {title, rows [(label, text)], entered [labels of Bpifrance's own]}."""
    sections = (
        ("entreprise", "Entreprise", dossier.company_facts),
        ("dispositif", "Dispositif", dossier.device_facts),
        ("declarations", "Déclarations", dossier.declarations),
    )
    entered = entered_labels(dossier)
    return [
        {"title": title, "rows": _rows(slug, facts), "entered": entered.get(slug, [])}
        for slug, title, facts in sections
    ]


def entry_told(dossier: Dossier, events: Iterable[Event]) -> Json | None:
    """Return who entered the request for its company {who, source, received_on}; None where it wrote itself."""
    if dossier.entered is None:
        return None
    names = {"assistance_opened", "assistance_passed"}
    entries = [event for event in events if event.name in names]
    if not entries:
        return None
    who = [getattr(one, "detail", None) for one in reversed(entries)]
    return {
        "who": ", puis ".join(dict.fromkeys(d.names.get("officer", "") for d in who if d is not None)),
        "source": SOURCES[entries[0].data["channel"]],
        "received_on": entries[0].data["received_on"],
    }


def _rows(slug: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    labels = BY_SLUG[slug].targets
    asked = [name for name in labels if name not in {"name", "description"}]
    if slug != "entreprise":
        asked = [name for name in asked if name in facts]
    return [(labels[name], written(name, facts.get(name))) for name in asked]


def evidence(rule: str, pieces: Iterable[DossierDocument]) -> list[DossierDocument]:
    """Return the pieces in force that prove what `rule` asks."""
    kinds = (
        (Kind.QUOTE,) if rule.startswith("quote.") or rule == "documents.quote" else EVIDENCE.get(rule, ())
    )
    return [piece for piece in pieces if piece.kind in kinds and piece.replaced_at is None]


# An act done to somebody reads as done by somebody.
GIVEN = {"assign": "Affecté", "assign_by_rules": "Affecté", "reassign": "Réaffecté"}


def event_label(name: str) -> str:
    """Return what an event says happened."""
    if name in TRANSITIONS:
        return TRANSITIONS[name].label
    for ending, words in (("_asked", "demandé, à confirmer"), ("_dropped", "abandonné avant confirmation")):
        act = name.removesuffix(ending)
        if act != name and act in TRANSITIONS:
            return f"{TRANSITIONS[act].label} : {words}"
    return OTHER_EVENTS.get(name, name.replace("_", " ").capitalize())


def _state_label(code: str) -> str:
    if code in State.values:
        return str(State(code).label)
    return str(MissionState(code).label) if code in MissionState.values else code


def told(events: Iterable[Event]) -> list[Json]:
    """Return the history {at, label, who, before, after, motive}, in the order given."""
    found = []
    for event in events:
        detail = getattr(event, "detail", None)
        names = detail.names if detail is not None else {}
        before, after = event.data.get("from"), event.data.get("to")
        moved = bool(before and after and before != after)
        found.append(
            {
                "at": event.at,
                "rank": event.sequence,
                "label": BANK_FILE_READ
                if event.data.get("kind") == "payment_file"
                else GIVEN.get(event.name) or event_label(event.name),
                "who": _given(event, names) if event.name in GIVEN else _who(event, names),
                "before": _state_label(before) if moved else "",
                "after": _state_label(after) if moved else "",
                "motive": detail.motive if detail is not None else "",
            }
        )
    return found


def _given(event: Event, names: dict[str, Any]) -> str:
    """Return by whom a dossier was given, and from whom to whom where the event keeps their names."""
    by = _who(event, names)
    by = by if event.name == "assign_by_rules" else f"par {by}"
    people = " → ".join(filter(None, (names.get("previous"), names.get("officer"))))
    return f"{by}\u00a0: {people}" if people else by


def _who(event: Event, names: dict[str, Any]) -> str:
    who = names.get("actor") or _nobody(event)
    if LENT_BY not in event.data:
        return who
    return f"{who}, par délégation de {names.get('giver') or f'compte nº {event.data[LENT_BY]}'}"


def _nobody(event: Event) -> str:
    if event.name == "assign_by_rules":
        return "Règles d’affectation"
    return "Échéance automatique" if event.actor_ref is None else f"Compte nº {event.actor_ref}"


def letters_shown(letters: Iterable[Letter]) -> list[Letter]:
    """Return the letters, latest first."""
    return sorted(letters, key=lambda letter: (letter.created_at, letter.pk), reverse=True)
