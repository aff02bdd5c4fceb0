"""« Voir le dossier à une date » : a dossier as it was, for auditors and managers, beside what it is today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.models import Deadline, Dossier, Hold
from applications.services.dossier_file import HISTORY_SHOWN
from applications.services.time_machine import reading
from applications.services.time_machine.reading import Then
from applications.services.time_machine.replay import Past
from applications.views.officer_facts import told
from applications.views.officer_requests import visible_dossier
from applications.views.officer_snapshots import VERDICTS
from applications.views.officer_talk import back_to
from applications.workflow.states import MissionState, State
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.access import Role, access
from portal.display import euros, french_date, french_datetime

Json = dict[str, Any]
UNKNOWN, NOTHING = "Inconnu", "—"
END_OF_DAY = time(23, 59, 59, 999999)
BAD_DATE = "Cette date n’est pas lisible\u00a0: choisissez-la dans le calendrier, ou écrivez-la AAAA-MM-JJ."
TO_COME = "Cette date est à venir\u00a0: le dossier est montré tel qu’il est aujourd’hui."
PRESSING = frozenset({"fail", "missing", "review", "warning"})
AMOUNTS = {
    "total": "Total du devis, HT",
    "eligible_total": "Montant éligible, HT",
    "bpifrance_share": "Quote-part de Bpifrance, HT",
    "company_share": "Quote-part de l’entreprise, HT",
}
DATES = {
    "submitted_at": "Déposé",
    "judged_on": "Jugé au",
    "validated_on": "Accepté",
    "rejected_on": "Rejeté",
    "review_requested_on": "Réexamen demandé",
    "contract_sent_on": "Contrat envoyé",
    "signed_on": "Contrat signé",
    "work_started_on": "Prestation commencée",
    "work_ended_on": "Prestation terminée",
    "due_on": "Terme de la prestation",
    "report_due_on": "Rapport dû",
    "cancellation_requested_at": "Annulation demandée",
    "extension_requested_at": "Prolongation demandée",
    "ended_on": "Fin du dossier",
}


@require_safe
@access(Role.AUDITOR, Role.MANAGER)
def dossier_then(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a dossier as it was at the date and time asked, or right after the event of a rank. Writes nothing."""
    dossier = visible_dossier(request, pk)
    rank, at, problem = _asked(request, dossier)
    seen = reading.read(dossier, at=at, rank=rank)
    civil = at.astimezone(clock.PARIS)
    context = {
        "dossier": dossier,
        "back": back_to(request, dossier, "historique"),
        "seen": seen,
        "filed": seen.then.filed_at is not None,
        "first": _first(seen),
        "problem": problem,
        "day": civil.date().isoformat(),
        "hour": civil.strftime("%H:%M"),
        "history": told(reversed(seen.events[-HISTORY_SHOWN:])),
        **(_shown(seen) if seen.then.filed_at is not None else {}),
    }
    return render(request, "officer/then.html", context)


# --- The moment asked ------------------------------------------------------------------------------
def _asked(request: HttpRequest, dossier: Dossier) -> tuple[int | None, datetime, str]:
    """Return the rank asked if any, the instant, and a sentence where what was asked can't be shown."""
    now, given = clock.now(), request.GET.get("rang", "")
    if given:
        at = reading.instant_of(dossier, int(given)) if given.isdecimal() and len(given) < 9 else None
        if at is None:
            raise Http404
        return int(given), at, ""
    day, hour = request.GET.get("le", ""), request.GET.get("heure", "")
    if not day:
        return None, now, ""
    try:
        at = _instant(day, hour)
    except ValueError:
        return None, now, BAD_DATE
    return (None, now, TO_COME) if at > now else (None, at, "")


def _instant(day: str, hour: str) -> datetime:
    """Return the instant that Paris calls so: the end of the minute, or of the day without an hour."""
    when = time.fromisoformat(hour).replace(second=59, microsecond=999999) if hour else END_OF_DAY
    if when.tzinfo is not None:
        raise ValueError(hour)
    found = date.fromisoformat(day)
    if not 2000 <= found.year <= 9000:
        raise ValueError(day)
    return datetime.combine(found, when, tzinfo=clock.PARIS).astimezone(UTC)


def _first(seen: Then) -> int | None:
    """Return the rank of the filing, where it comes after the moment asked."""
    return seen.now.filed_rank if seen.then.filed_at is None else None


# --- What is shown ---------------------------------------------------------------------------------
def _shown(seen: Then) -> Json:
    findings = (seen.evaluation or {}).get("findings", [])
    rows = list(_rows(seen))
    return {
        "rows": rows,
        "differences": sum(row["differs"] for row in rows),
        "state": _state(seen, seen.then),
        "pressing": [one for one in findings if one.get("raised", one["status"]) in PRESSING],
        "passed": [one for one in findings if one.get("raised", one["status"]) not in PRESSING],
        "labels": seen.labels,
        "lines": ((seen.evaluation or {}).get("funding") or {}).get("lines", []),
        "missions": [_mission(seen, one) for one in seen.then.missions.values()],
        "pending": TRANSITIONS[seen.then.pending].label if seen.then.pending else "",
    }


def _rows(seen: Then) -> Iterator[Json]:
    """Give {label, then, now, differs} for each thing told of the dossier, then and today."""
    for label, write in (("État", _state), ("Chargé d’affaires", _officer), ("Expert", _firm)):
        yield _row(label, seen, write)
    yield _row("Version", seen, lambda _, past: str(past.version))
    yield _row("Édition", seen, _column("edition", str))
    yield _row("Verdict au jugement", seen, _column("verdict", VERDICTS.__getitem__))
    for name, label in AMOUNTS.items():
        yield _row(label, seen, _column(name, euros))
    for name, label in DATES.items():
        row = _row(label, seen, _column(name, _when))
        if {row["then"], row["now"]} != {NOTHING}:
            yield row
    yield _row("Échéances en cours", seen, _terms)
    yield _row("Suspensions de paiement", seen, _holds)
    yield _row("Paiements", seen, _payments)


def _row(label: str, seen: Then, write: Callable[[Then, Past], str]) -> Json:
    then, now = write(seen, seen.then), write(seen, seen.now)
    return {"label": label, "then": then, "now": now, "differs": then != now}


def _text(past: Past, name: str, write: Callable[[Any], str]) -> str:
    if name not in past.known:
        return UNKNOWN
    value = past.known[name]
    return NOTHING if value in (None, "") else write(value)


def _column(name: str, write: Callable[[Any], str]) -> Callable[[Then, Past], str]:
    """Return what writes one column of the dossier."""
    return lambda _, past: _text(past, name, write)


def _when(value: str) -> str:
    """Write a civil date, or the day and time of an instant."""
    return (
        french_date(value)
        if len(value) == len("2026-01-01")
        else french_datetime(datetime.fromisoformat(value))
    )


def _state(_seen: Then, past: Past) -> str:
    return _text(past, "state", lambda code: str(State(code).label))


def _officer(seen: Then, past: Past) -> str:
    return _text(past, "officer_id", lambda key: str(seen.officers.get(key) or f"Compte nº {key}"))


def _firm(seen: Then, past: Past) -> str:
    return _text(past, "firm_id", lambda key: str(seen.firms.get(key) or f"Cabinet nº {key}"))


def _listed(past: Past, told_of: list[str]) -> str:
    """Write what stands; what began before the journal kept it is said to be unknown."""
    return (
        " ; ".join([*told_of, *([UNKNOWN.lower() + " pour ce qui précède"] if past.blank else [])]) or NOTHING
    )


def _terms(_seen: Then, past: Past) -> str:
    running = sorted(past.terms, key=lambda term: (term["due_on"], term["kind"]))
    return _listed(
        past, [f"{Deadline.Kind(term['kind']).label}, le {french_date(term['due_on'])}" for term in running]
    )


def _holds(_seen: Then, past: Past) -> str:
    return _listed(past, [str(Hold.Reason(hold["reason"]).label) for hold in past.holds.values()])


def _payments(_seen: Then, past: Past) -> str:
    made = [f"{euros(one['ttc'])} TTC, le {french_date(one['paid_on'])}" for one in past.payments.values()]
    return _listed(past, made)


def _mission(seen: Then, mission: Json) -> Json:
    """Return {title, state, rows} of a mission as it was."""
    firm = seen.firms.get(mission["firm_id"])
    dates = {
        "began_on": "Retenu",
        "work_started_on": "Prestation commencée",
        "work_ended_on": "Prestation terminée",
        "report_given_on": "Rapport remis",
        "closure_submitted_on": "Clôture envoyée",
        "restitution_on": "Restitution",
        "payment_approved_on": "Paiement validé",
        "replaced_on": "Remplacé",
    }
    rows = [(label, french_date(mission[name])) for name, label in dates.items() if mission[name]]
    if mission["final_share"] is not None:
        rows.append(("Quote-part finale, HT", euros(mission["final_share"])))
    return {
        "title": str(firm or f"Cabinet nº {mission['firm_id']}"),
        "state": MissionState(mission["state"]).label,
        "current": mission["is_current"],
        "rows": rows,
    }
