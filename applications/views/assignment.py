"""The managers' page of assignments: the team, the rules and what they would give, absences, what was given at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from applications.forms.assignment import RuleForm
from applications.models import Absence, AssignmentRule, BulkAssignment, Dossier, Listing
from applications.models.worklist import ListingQuerySet
from applications.services.assignment import many, rules, team
from applications.views.officer_requests import FORM_METHODS, posted, signed_in
from applications.workflow.refusals import Refused, Stale
from applications.workflow.states import State
from portal import clock
from portal.accounts.access import Role, access, writes
from portal.accounts.models import StaffRole, User

Json = dict[str, Any]
SHOWN = 20
RECENT = 8
APPLIED = "Application des règles aux dossiers sans chargé d’affaires."


@require_safe
@access(Role.MANAGER)
def assignment_home(request: HttpRequest) -> HttpResponse:
    """Show who has how many dossiers, the rules in order, and what they would give to those that wait."""
    user, today = signed_in(request), clock.today()
    members = team.members(today)
    context = {
        "members": members,
        "left": sum(one.load for one in members if one.has_left),
        "uncovered": [one for one in members if one.is_uncovered],
        "is_on": team.is_on(),
        "rules": _rules(),
        "absences": Absence.objects.standing()
        .filter(until__gte=today)
        .select_related("person", "cover")
        .order_by("since", "pk"),
        "today": today,
        "recent": BulkAssignment.objects.select_related("owner", "officer")[:RECENT],
        **_tried(user),
    }
    return render(request, "officer/assignment/home.html", context)


def _rules() -> list[Json]:
    """Return the rules in order, with their people at work and those who are not."""
    found = list(AssignmentRule.objects.prefetch_related("officers"))
    rows = []
    for place, rule in enumerate(found):
        people = sorted(rule.officers.all(), key=lambda one: (str(one), one.pk))
        rows.append(
            {
                "rule": rule,
                "place": place + 1,
                "people": [one for one in people if one.serves_as(StaffRole.OFFICER)],
                "gone": [one for one in people if not one.serves_as(StaffRole.OFFICER)],
                "is_first": place == 0,
                "is_last": place == len(found) - 1,
            }
        )
    return rows


def _waiting(user: User) -> ListingQuerySet:
    """Return the dossiers that wait for an officer, the oldest first."""
    rows = Listing.objects.all().visible_to(user).filter(officer=None, state=State.SUBMITTED)
    return rows.order_by("submitted_at", "pk")


def _tried(user: User) -> Json:
    """Return how many dossiers wait, and what the rules would give to the oldest, with the reason."""
    waiting = _waiting(user).annotate(total=Window(Count("pk"))).values_list("pk", "total")[:SHOWN]
    totals = dict(waiting)
    keys = list(totals)
    found = Dossier.objects.visible_to(user).filter(pk__in=keys).select_related("company").in_bulk()
    tried = many.try_out([found[key] for key in keys if key in found], now=clock.now())
    names = many.names_of(choice for _, choice in tried)
    rows = [
        {"dossier": dossier, "officer": names.get(choice.officer or 0, ""), "why": choice.reason}
        for dossier, choice in tried
    ]
    able = sum(choice.officer is not None for _, choice in tried)
    return {
        "tried": rows,
        "waiting": next(iter(totals.values()), 0),
        "able": able,
        "unable": len(tried) - able,
    }


@access(Role.MANAGER)
@writes
def assignment_apply(request: HttpRequest) -> HttpResponse:
    """Prepare the assignment, by the rules, of the dossiers that wait: it is confirmed on the next page."""
    user = signed_in(request)
    try:
        bulk = many.prepare(
            actor=user,
            keys=_waiting(user).values_list("pk", flat=True)[: many.MOST],
            officer=None,
            motive=APPLIED,
            source="Dossiers sans chargé d’affaires",
            now=clock.now(),
        )
    except Refused as refusal:
        messages.info(request, str(refusal))
        return redirect("assignment_home")
    return redirect("assign_many", pk=bulk.pk)


# --- The rules -------------------------------------------------------------------------------------
@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def rule_add(request: HttpRequest) -> HttpResponse:
    """Add a rule, after the others."""
    return _rule_form(request, None)


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    return _rule_form(request, get_object_or_404(AssignmentRule, pk=pk))


def _rule_form(request: HttpRequest, rule: AssignmentRule | None) -> HttpResponse:
    form = RuleForm(posted(request), rule=rule, today=clock.today())
    if request.method == "POST" and form.is_valid():
        try:
            kept = rules.save(rule, **form.values(), actor=signed_in(request), now=clock.now())
        except Stale as gone:
            messages.error(request, str(gone))
        else:
            messages.success(request, f"La règle «\u00a0{kept.name}\u00a0» est enregistrée.")
        return redirect("assignment_home")
    context = {"form": form, "rule": rule, "back": reverse("assignment_home")}
    return render(request, "officer/assignment/rule.html", context, status=422 if form.errors else 200)


@access(Role.MANAGER)
@writes
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a rule one place before or after."""
    rule = get_object_or_404(AssignmentRule, pk=pk)
    rules.move(rule, up=request.POST.get("sens") == "haut", actor=signed_in(request), now=clock.now())
    return redirect(f"{reverse('assignment_home')}#regles")


@access(Role.MANAGER)
@writes
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a rule in service or out of it."""
    rule, on = get_object_or_404(AssignmentRule, pk=pk), request.POST.get("etat") == "oui"
    rules.switch_rule(rule, on=on, actor=signed_in(request), now=clock.now())
    words = "en service" if on else "hors service"
    messages.success(request, f"La règle «\u00a0{rule.name}\u00a0» est {words}.")
    return redirect(f"{reverse('assignment_home')}#regles")


@require_http_methods(FORM_METHODS)
@access(Role.MANAGER)
def rule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask again, then remove a rule for good."""
    rule = get_object_or_404(AssignmentRule, pk=pk)
    if request.method == "POST":
        rules.remove(rule, actor=signed_in(request), now=clock.now())
        messages.success(request, f"La règle «\u00a0{rule.name}\u00a0» est supprimée.")
        return redirect("assignment_home")
    context = {"rule": rule, "back": reverse("assignment_home")}
    return render(request, "officer/assignment/rule_remove.html", context)


@access(Role.MANAGER)
@writes
def rules_switch(request: HttpRequest) -> HttpResponse:
    """Have the rules give each new dossier by themselves, or not."""
    on = request.POST.get("etat") == "oui"
    rules.switch_all(on=on, actor=signed_in(request), now=clock.now())
    said = (
        "Chaque dossier déposé est désormais affecté selon les règles."
        if on
        else "L’affectation automatique est suspendue\u00a0: les dossiers déposés attendent un chargé d’affaires."
    )
    messages.success(request, said)
    return redirect("assignment_home")
