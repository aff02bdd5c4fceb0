"""The findings as the desk judges them, with the page that proves each; and the facts that were told twice."""

from __future__ import annotations

from typing import Any

from applications.forms.officer_acts import FindingForm
from applications.models import DossierDocument, FindingDecision
from applications.models.company import DIRECTORY_FIELDS
from applications.services import provenance
from applications.services.dossier_file import DossierFile
from applications.services.transitions import Offer
from applications.steps import BY_SLUG
from applications.views.officer_facts import evidence, written
from tariffs import catalogue

Json = dict[str, Any]
PRESSING = frozenset({"fail", "missing", "review", "warning"})


def findings_shown(file: DossierFile, offers: list[Offer]) -> tuple[list[Json], list[Json]]:
    """Return the findings that ask for something, those to judge first, and those that passed."""
    may_decide = any(offer.transition.name == "decide_finding" for offer in offers)
    rules = catalogue.get_edition(file.evaluation["edition"]).by_name
    pressing: list[Json] = []
    passed: list[Json] = []
    for finding in file.evaluation["findings"]:
        # What an officer lifted stays where it was raised, to be read and judged again.
        raised = finding.get("raised", finding["status"])
        row = _row(file, finding, rules.get(finding["rule"]), may_decide=may_decide)
        (pressing if raised in PRESSING else passed).append(row)
    pressing.sort(key=lambda row: not row["waiting"])
    return pressing, passed


def _row(file: DossierFile, finding: Json, rule: Any, *, may_decide: bool) -> Json:
    raised = finding.get("raised", finding["status"])
    overridable = raised == "fail" and rule is not None and rule.overridable
    to_judge = raised == "review" or overridable
    decided = file.decisions.get(finding["rule"])
    return {
        "finding": {
            **finding,
            "decision": rule.decision if rule else None,
            "title": rule.title if rule else None,
        },
        "evidence": [shown(piece) for piece in evidence(finding["rule"], file.documents)],
        "decided": decided,
        "form": _form(file, finding, decided) if may_decide and to_judge else None,
        "waiting": to_judge and decided is None,
        # To lift it is to override the rule: the table then asks for a manager's agreement.
        "override": overridable,
    }


def shown(piece: DossierDocument) -> Json:
    """Return a piece of evidence: the page to open, and the date read there beside the one declared."""
    document = piece.document
    read = document.date_read if document is not None else None
    return {
        "piece": piece,
        "page": (document.date_page or 1) if document is not None and document.has_preview else None,
        "read_on": read,
        "read_page": document.date_page if document is not None else None,
        "differs": piece.contradicts_file,
    }


def _form(file: DossierFile, finding: Json, decided: FindingDecision | None) -> FindingForm:
    initial = {"rule": finding["rule"]}
    if decided is not None:
        initial |= {"outcome": decided.outcome, "motive": decided.motive}
    auto_id = f"{finding['rule'].replace('.', '-')}-%s"
    return FindingForm(dossier=file.dossier, evaluation=file.evaluation, initial=initial, auto_id=auto_id)


# --- Facts told twice ----------------------------------------------------------------------------
def sources_shown(file: DossierFile) -> list[Json]:
    """Return {label, declared, told, by, piece, page, differs} for each fact told twice, those that differ first."""
    pieces = [*file.documents, *(piece for one in file.missions for piece in one.documents)]
    return [
        {
            "label": _label(source),
            "declared": _told(source.name, source.declared),
            "told": _told(source.name, source.told),
            "piece": source.piece,
            "page": shown(source.piece)["page"] if source.piece is not None else None,
            "differs": source.differs,
        }
        for source in provenance.sources(file.dossier, pieces)
    ]


def _label(source: provenance.Source) -> str:
    if source.piece is not None:
        what = "Signature" if source.name == "signed" else "Date"
        return f"{what} : {source.piece.get_kind_display()}"
    return DIRECTORY_FIELDS.get(source.name) or BY_SLUG["entreprise"].targets.get(source.name, source.name)


def _told(name: str, value: Any) -> str:
    return written(name, value.isoformat() if hasattr(value, "isoformat") else value)
