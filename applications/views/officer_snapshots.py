"""The evaluations kept of a dossier, side by side, for the desk: what differs first, what does not folded under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.services import snapshots
from applications.services.contents import item_labels
from applications.steps import BY_SLUG
from applications.views.officer_facts import written
from applications.views.officer_requests import READERS, visible_dossier
from applications.views.officer_talk import back_to
from portal.accounts.access import access
from portal.display import euros, french_date
from tariffs import catalogue

Json = dict[str, Any]
PARTS = {
    "verdict": "Verdict",
    "money": "Montants, HT",
    "findings": "Constats",
    "lines": "Lignes du devis, HT",
    "quote": "Devis",
    "documents": "Pièces",
    "company": "Entreprise",
    "device": "Dispositif",
    "declarations": "Déclarations",
    "expert": "Expert",
    "dates": "Dates du dossier",
}
NAMES = {
    "verdict": "Verdict",
    "total": "Total du devis",
    "eligible_total": "Montant éligible",
    "bpifrance_share": "Quote-part de Bpifrance",
    "company_share": "Quote-part de l’entreprise",
    "signed": "Devis signé",
    "issued_on": "Date du devis",
    "volets_used": "Volets déjà utilisés",
    "accredited_volets": "Volets de l’agrément",
    "derogation": "Dérogation",
    "passi": "Qualification PASSI",
    "contract_signed_on": "Signature du contrat",
    "validated_on": "Acceptation",
    "work_ended_on": "Fin de la prestation",
    "quote": "Devis de l’expert",
    "regularity_certificate": "Attestation de régularité",
    "tax_return": "Liasse fiscale",
}
STATUSES = {
    "pass": "Conforme",
    "fail": "Non conforme",
    "review": "À examiner",
    "missing": "À renseigner",
    "warning": "Attention",
    "not_applicable": "Sans objet",
    "not_evaluated": "Non évalué",
}
VERDICTS = {
    "eligible": "Éligible",
    "ineligible": "Non éligible",
    "needs_review": "À examiner",
    "incomplete": "À compléter",
}
DEROGATIONS = {"none": "Aucune", "requested": "Demandée", "granted": "Accordée", "refused": "Refusée"}


@require_safe
@access(*READERS)
def dossier_snapshots(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the evaluations kept, side by side: what differs first, what does not folded under it."""
    dossier = visible_dossier(request, pk)
    kept = snapshots.kept(dossier)
    rows = [(row.part, row.differs, _shown(row, dossier.edition)) for row in snapshots.compared(kept)]
    context = {
        "dossier": dossier,
        "back": back_to(request, dossier, "faits"),
        "snapshots": kept,
        "editions": len({one.edition for one in kept}) > 1,
        "changed": _by_part(rows, differs=True),
        "same": _by_part(rows, differs=False),
        "same_count": sum(not differs for _, differs, _ in rows),
    }
    return render(request, "officer/snapshots.html", context)


def _by_part(rows: list[tuple[str, bool, Json]], *, differs: bool) -> list[Json]:
    """Return {title, rows} for each part that has some, in the order of PARTS."""
    found = []
    for part, title in PARTS.items():
        mine = [row for of, other, row in rows if of == part and other is differs]
        if mine:
            found.append({"title": title, "rows": mine})
    return found


def _shown(row: snapshots.Row, edition: str) -> Json:
    """Return {label, cells: [{text, changed}]} of one value, moment by moment."""
    texts = [_text(row.part, row.name, value) for value in row.values]
    changed = [False, *(one != before for before, one in zip(row.values, row.values[1:], strict=False))]
    cells = [{"text": text, "changed": mark} for text, mark in zip(texts, changed, strict=True)]
    return {"label": _label(row.part, row.name, edition), "cells": cells}


def _label(part: str, name: str, edition: str) -> str:
    if part == "findings":
        rule = catalogue.get_edition(edition).by_name.get(name)
        return rule.title if rule else name
    if part == "lines":
        return str(item_labels(edition).get(name, name))
    return NAMES.get(name) or _target(part, name) or name


def _target(part: str, name: str) -> str:
    """Return what a fact of the case is called where it is asked."""
    step = {"company": "entreprise", "device": "dispositif", "declarations": "declarations"}.get(part)
    return BY_SLUG[step].targets.get(name, "") if step else ""


def _text(part: str, name: str, value: Any) -> str:
    if value is None:
        return "—"
    if part in TEXT_OF_PART:
        return TEXT_OF_PART[part](value)
    if name == "derogation":
        return DEROGATIONS.get(value, value)
    if name in {"volets_used", "accredited_volets"}:
        return ", ".join(str(one) for one in value) or "Aucun"
    if isinstance(value, dict):
        return " ; ".join(_plain(one) for one in value.values() if one not in (None, "", [])) or "—"
    return written(name, value)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _dated(one: str) -> str:
    try:
        return f"du {french_date(one)}"
    except (TypeError, ValueError):
        return f"absente : {one}" if one else "jointe"


# How each value of a part is written; of the other parts, by the name of the fact.
TEXT_OF_PART: dict[str, Callable[[Any], str]] = {
    "findings": lambda value: STATUSES.get(value, value),
    "verdict": lambda value: VERDICTS.get(value, value),
    "money": euros,
    "lines": lambda value: " + ".join(euros(amount) for amount in value.split(" + ")),
    "documents": lambda value: ", ".join(_dated(one) for one in value),
}
