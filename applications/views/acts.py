"""Turns a POST into one act of the workflow, and a refusal into words on the page it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applications.forms.obstacles import put_on
from applications.models import Dossier, Mission
from applications.services.transitions import Outcome, execute
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale, WrongState
from applications.workflow.table import TRANSITIONS
from portal.accounts.models import User
from portal.documents.checks import FileRefused

VERSION_FIELD = "version"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an act went: its outcome, or the obstacles to show beside what was typed."""

    outcome: Outcome | None = None
    obstacles: tuple[Obstacle, ...] = ()

    def __bool__(self) -> bool:
        return self.outcome is not None


def expected_version(request: HttpRequest) -> int:
    """Return the dossier's version on the page that sent the form; -1 (never right) when absent or garbled."""
    return typed_number(request, VERSION_FIELD)


def typed_number(request: HttpRequest, *names: str) -> int:
    """Return the first of these numbers that a form sent; -1 (never right) when absent or garbled."""
    typed = next((request.POST[name] for name in names if name in request.POST), "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def attempt(
    request: HttpRequest,
    name: str,
    dossier: Dossier,
    *,
    mission: Mission | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Attempt:
    """Do the act; a refusal on conditions comes back as obstacles.

    Raises PermissionDenied (403) without standing; Stale and WrongState rise to `conflict_page`.
    """
    try:
        outcome = execute(
            name,
            dossier=dossier,
            actor=cast("User", request.user),
            expected_version=expected_version(request),
            mission=mission,
            **dict(inputs or {}),
        )
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        return Attempt(obstacles=refusal.obstacles)
    return Attempt(outcome=outcome)


def conflict_page(request: HttpRequest, refusal: Stale | WrongState, *, back: str) -> HttpResponse:
    """Return the 409 page: what happened, what was kept, and the way back to the dossier as it is now."""
    return render(request, "409.html", {"reason": str(refusal), "back_url": back}, status=409)


def perform(
    request: HttpRequest,
    name: str,
    dossier: Dossier,
    *,
    back: str,
    success: str,
    mission: Mission | None = None,
    inputs: Mapping[str, Any] | None = None,
    refused: Callable[[tuple[Obstacle, ...]], HttpResponse] | None = None,
    overtaken: Callable[[Stale], HttpResponse] | None = None,
) -> HttpResponse:
    """Do the act and answer: redirect to `back` with `success`, a 409 page, or the obstacles.

    `refused` renders the page again with the obstacles and what was typed; without it the obstacles are
    shown as messages on `back`. `overtaken` does so where the page was older than somebody else's act.
    """
    try:
        tried = attempt(request, name, dossier, mission=mission, inputs=inputs)
    except Stale as refusal:
        return overtaken(refusal) if overtaken else conflict_page(request, refusal, back=back)
    except WrongState as refusal:
        return conflict_page(request, refusal, back=back)
    if tried.outcome is None:
        if refused is not None:
            return refused(tried.obstacles)
        for obstacle in tried.obstacles:
            messages.error(request, obstacle.sentence)
        return redirect(back)
    if tried.outcome.pending is not None:
        label = TRANSITIONS[name].label
        messages.info(
            request, f"« {label} » est enregistré : une seconde personne doit maintenant le confirmer."
        )
    else:
        messages.success(request, success)
    return redirect(back)


# --- Services beside the workflow ----------------------------------------------------------------
def write(
    request: HttpRequest, form: forms.Form, *, back: str, do: Callable[[], object]
) -> HttpResponse | None:
    """Call a service that writes; return the 409 page, or None with any refusal put on the form."""
    try:
        do()
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=back)
    except Refused as refusal:
        put_on(form, refusal.obstacles)
    except FileRefused as refusal:
        form.add_error("file", str(refusal))
    return None


def acted(request: HttpRequest, act: Callable[[], object], *, back: str, success: str) -> HttpResponse:
    """Call a service that no form was filled for and go back; a refusal is told there, a conflict on a 409 page."""
    try:
        act()
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (Stale, WrongState) as refusal:
        return conflict_page(request, refusal, back=back)
    except (Refused, FileRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, success)
    return redirect(back)


__all__ = [
    "Attempt",
    "acted",
    "attempt",
    "conflict_page",
    "expected_version",
    "perform",
    "typed_number",
    "write",
]
