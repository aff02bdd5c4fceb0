"""The task « Relecture et dépôt »: everything on one page, the commitments, and the filing itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applications.forms.filing_pieces import ENGAGEMENTS, SubmitForm
from applications.forms.filing_quote import DECLARATIONS
from applications.models import Dossier
from applications.services.transitions import execute
from applications.steps import REVIEW, edited_quote, relevant_declarations, volet_choice
from applications.views.differences import shown_differences
from applications.views.filing_cards import cards
from applications.views.filing_page import Page, read_page, shown_rows
from applications.views.filing_steps import HANDLERS
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale, WrongState
from applications.workflow.states import State
from portal.accounts.access import Role, access, writes
from portal.display import euros, french_date

Rows = list[tuple[str, Any]]

YES_NO = {True: "Oui", False: "Non", None: ""}


def show(request: HttpRequest, page: Page, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show the whole request, block by block, and what is declared at the end."""
    fails = [f for f in page.evaluation["findings"] if f["status"] == "fail"]
    missing = [f for f in page.evaluation["findings"] if f["status"] == "missing"]
    to_do = [task for task in page.tasks[:-1] if task.status == "due"]
    context = page.context() | {
        "step": page.task(REVIEW).step,
        "task": page.task(REVIEW),
        "blocks": blocks(page),
        "fails": fails,
        "missing": missing,
        "to_do": to_do,
        "engagements": ENGAGEMENTS,
        "ticked": {},
        "entered_here": [],
        "resubmission": page.dossier.state == State.INCOMPLETE,
        "differences": shown_differences(page.changed, page.items, edition=page.edition.code),
        **more,
    }
    return render(request, "company/filing/review.html", context, status=status)


def blocks(page: Page) -> list[dict[str, Any]]:
    """Return each task with what was told in it, ready to be read over."""
    rows = {
        "entreprise": _told(page, "entreprise"),
        "dispositif": _told(page, "dispositif"),
        "volet": _volet(page),
        "expert": _expert(page.dossier),
        "devis": _quote(page),
        "pieces": _pieces(page),
        "declarations": _declarations(page),
    }
    return [
        {"task": task, "rows": rows[task.step.slug], "entered": page.entered.get(task.step.slug, [])}
        for task in page.tasks
        if task.step.slug in rows
    ]


def _told(page: Page, step: str) -> Rows:
    """Return the label and the answer of each field of a form task."""
    idle = {"legal_form_code"}
    facts = page.dossier.device_facts
    if facts.get("kind") == "digital_solution":
        idle |= {"risk_class"}
    elif facts.get("kind"):
        idle |= {"audience", "purpose"}
    form = HANDLERS[step].build(page, None, None)
    if "legal_form_code" in form.fields and form["legal_form_code"].value():
        idle = (idle - {"legal_form_code"}) | {"legal_form"}
    return shown_rows(form, without=idle)


def _volet(page: Page) -> Rows:
    volet = page.edition.volets[page.dossier.volet]
    wanted = [page.edition.item_label(code) for code in volet_choice(page.dossier).get("items") or []]
    rows: Rows = [("Volet", f"{volet.number}. {volet.label}"), ("Règlement", page.edition.label)]
    return [*rows, ("Prestations souhaitées", ", ".join(wanted))] if wanted else rows


def _expert(dossier: Dossier) -> Rows:
    derogation = getattr(dossier, "derogation", None)
    rows: Rows = [("Cabinet", dossier.firm.name if dossier.firm else "")]
    if derogation is not None:
        rows += [("Dérogation", derogation.get_status_display()), ("Motif", derogation.reason)]
    return rows


def _quote(page: Page) -> Rows:
    quote = edited_quote(page.dossier)
    if quote is None:
        return [("Lignes", "")]
    rows: Rows = [
        ("Date", french_date(quote.issued_on) if quote.issued_on else ""),
        ("Déjà signé", YES_NO[quote.signed]),
    ]
    for line in quote.lines.all():
        name = page.edition.item_label(line.item)
        rows.append((f"{name} – {line.label}" if line.label else name, euros(line.amount)))
    return rows


def _pieces(page: Page) -> Rows:
    rows: Rows = []
    for card in cards(page):
        files = [
            f"{row.document.original_name}"
            + (f" (daté du {french_date(row.piece.issued_on)})" if row.piece.issued_on else "")
            for row in card["files"]
        ]
        excuse = f"Non fournie : {card['absent'].absent_because}" if card["absent"] else ""
        if files or excuse or card["required"]:
            rows.append((card["label"], ", ".join(files) or excuse))
    return rows


def _declarations(page: Page) -> Rows:
    said = page.dossier.declarations
    rows: Rows = [(DECLARATIONS[n][0], YES_NO[said.get(n)]) for n in relevant_declarations(page.evaluation)]
    return rows or [("Déclarations propres au volet", "Aucune")]


@access(Role.COMPANY)
@writes
def filing_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """File the request, or its completion, exactly as it was read over."""
    page = read_page(request, pk)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "La page de relecture était incomplète. Rien n’a été déposé : relisez, puis déposez."
        )
        return redirect("filing_step", pk=pk, step=REVIEW)
    name = "resubmit" if page.dossier.state == State.INCOMPLETE else "submit"
    inputs = form.inputs()
    if name == "resubmit":
        inputs = {"expected_revision": inputs["expected_revision"]}
    try:
        outcome = execute(
            name,
            dossier=page.dossier,
            actor=request.user,  # type: ignore[arg-type]
            expected_version=form.cleaned_data["version"],
            **inputs,
        )
    except Refused as refusal:
        return _refused(request, pk, form, refusal.obstacles)
    except (Stale, WrongState, NotYours) as refusal:
        messages.error(request, str(refusal))
        return redirect("filing_tasks", pk=pk)
    number = outcome.dossier.number
    messages.success(
        request,
        f"Votre complément au dossier {number} est déposé."
        if name == "resubmit"
        else f"Votre demande est déposée sous le numéro {number}. L’accusé de dépôt suit par courriel.",
    )
    return redirect("company_dossier", pk=pk)


def _refused(
    request: HttpRequest, pk: int, form: SubmitForm, obstacles: tuple[Obstacle, ...]
) -> HttpResponse:
    """Show what stands in the way, with what was ticked still ticked."""
    status = 409 if any(obstacle.code == "revision" for obstacle in obstacles) else 422
    return show(request, read_page(request, pk), status=status, obstacles=obstacles, ticked=form.cleaned_data)
