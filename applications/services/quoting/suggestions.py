"""The firms proposed for a request: who may be, how each stands, and the trace of what was proposed."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from django.db.models import Count, Exists, Max, OuterRef

from applications.models import Mission, QuoteRequest, Suggestion
from applications.services.filing_start import firms_of, needs_passi
from applications.services.quoting.choice import WANTED, Candidate, Round, choose
from experts.models import AuditScope, Consultant, ExpertFirm, ExpertFirmQuerySet, PassiCertificate
from portal.accounts.models import Membership, User
from portal.audit.services import append
from tariffs import catalogue

# A company may ask for others, as many firms as it may invite.
MOST = 6


def may_answer(volet: int, today: date) -> ExpertFirmQuerySet:
    """Return the firms that may be asked today: accredited in force, PASSI where asked, and somebody to answer."""
    firms = firms_of(volet=volet, edition=catalogue.edition_at(today), today=today)
    members = Membership.objects.active().filter(organisation=OuterRef("organisation"))
    return firms.filter(Exists(members))


def asks_passi(volet: int, today: date) -> bool:
    """Tell whether the edition of the day asks for a PASSI certificate in the volet."""
    edition = catalogue.edition_at(today)
    return edition is not None and needs_passi(edition, volet)


def suggest(request: QuoteRequest, *, actor: User, now: datetime, today: date) -> Round:
    """Propose firms that were not yet, keep what the choice was made on, and return it.

    Called in the transaction that holds the request's row. The firms' rows are held too, in one order, so
    that two companies that ask at once are not both sent to the same ones.
    """
    known = list(request.suggestions.values_list("firm_id", flat=True))
    room = min(WANTED, MOST - len(known))
    firms = list(may_answer(request.volet, today).order_by("pk").select_for_update(of=("self",), no_key=True))
    found = choose(
        candidates(firms, request, today),
        volet=request.volet,
        count=room,
        passi=asks_passi(request.volet, today),
        already=known,
    )
    Suggestion.objects.bulk_create(
        Suggestion(
            request=request,
            firm_id=one.candidate.key,
            rank=len(known) + one.rank,
            made_at=now,
            live_missions=one.candidate.live_missions,
            consultants=one.candidate.consultants,
            last_suggested_at=one.candidate.last_at,
            reason=one.reason,
        )
        for one in found.choices
    )
    _record(request, found, len(firms), actor=actor, now=now)
    return found


def _record(request: QuoteRequest, found: Round, eligible: int, *, actor: User, now: datetime) -> None:
    """Write the choice and its figures into the request's chain of events."""
    weighed = [
        {
            "firm": one.candidate.key,
            "live_missions": one.candidate.live_missions,
            "consultants": one.candidate.consultants,
            "last_at": one.candidate.last_at.isoformat() if one.candidate.last_at else "",
            "covered": one.candidate.covered,
        }
        for one in found.choices
    ]
    append(
        chain=request.chain,
        name="firms_suggested",
        at=now,
        actor=actor,
        data={"request": request.pk, "volet": request.volet, "eligible": eligible, "firms": weighed},
        motive=found.shortfall,
    )


def candidates(firms: list[ExpertFirm], request: QuoteRequest, today: date) -> list[Candidate]:
    """Return how each firm stands now, in three queries however many there are, and one more for audits."""
    keys = [firm.pk for firm in firms]
    live = _counted(Mission.objects.running().filter(firm__in=keys))
    people = _counted(Consultant.objects.filter(firm__in=keys, is_active=True))
    last = cast(
        "dict[int, datetime]",
        dict(
            Suggestion.objects.filter(firm__in=keys)
            .order_by()
            .values_list("firm")
            .annotate(last=Max("made_at"))
        ),
    )
    audits = wanted_audits(request, today)
    covered = _covered(keys, audits, today) if audits else {}
    return [
        Candidate(
            key=firm.pk,
            name=firm.name,
            live_missions=live.get(firm.pk, 0),
            consultants=people.get(firm.pk, 0),
            last_at=last.get(firm.pk),
            in_region=bool(request.region) and firm.region == request.region,
            covered=covered.get(firm.pk, 0),
            wanted=len(audits),
        )
        for firm in firms
    ]


def _counted(rows: object) -> dict[int, int]:
    """Return how many of the rows each firm has, in one query."""
    return dict(rows.order_by().values_list("firm").annotate(count=Count("pk")))  # type: ignore[attr-defined]


def wanted_audits(request: QuoteRequest, today: date) -> frozenset[str]:
    """Return the audits that the request wants, all of the volet's where it names none; none outside volet 5."""
    if not asks_passi(request.volet, today):
        return frozenset()
    edition = catalogue.edition_at(today)
    known = catalogue.items(edition, request.volet) if edition is not None else {}
    return frozenset(request.items or known) & frozenset(AuditScope.values)


def _covered(firms: list[int], audits: frozenset[str], today: date) -> dict[int, int]:
    """Return how many of the audits each firm's best certificate covers."""
    best: dict[int, int] = {}
    for certificate in PassiCertificate.objects.valid(today).filter(firm__in=firms):
        covers = len(audits & set(certificate.scopes))
        best[certificate.firm_id] = max(covers, best.get(certificate.firm_id, 0))
    return best
