"""What time does to requests for quotes: silent firms reminded, the past date told, overtaken requests closed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from applications.models import Offer, QuoteInvitation, QuoteRequest
from applications.services.offers import accepting
from applications.services.quoting import requests, told
from applications.workflow.refusals import WrongState
from portal.sweeps import batches, work

REMINDED_BEFORE = timedelta(days=3)
JUST_TOLD = timedelta(days=1)
BATCH = 500


def sweep(*, now: datetime, today: date) -> int:
    """Do what is due, once however often this runs; return how many firms and companies were told."""
    return _remind(now, today) + _lapse(now, today)


def end_overtaken(*, now: datetime) -> int:
    """End what a filed dossier went without, so that no firm works or waits for nothing; return how much.

    Not when the dossier is filed: a choice locks the request, then the dossier, and never the other way round.
    """
    done = accepting.end_unfollowed(now=now)
    for batch in batches(QuoteRequest.objects.overtaken(), by="answer_by"):
        done += sum(work([one.pk], partial(_drop, now=now), what="QuoteRequest") for one in batch)
    return done


def _drop(keys: list[int], *, now: datetime) -> int:
    with suppress(WrongState):
        requests.drop(QuoteRequest.objects.get(pk=keys[0]), actor=None, now=now)
        return 1
    return 0


def _remind(now: datetime, today: date) -> int:
    """Remind the firms that neither answered nor declined, three days before the date at the earliest."""
    do = partial(_remind_some, now=now, today=today)
    found = batches(_silent(now, today), by="pk", size=BATCH)
    return sum(work([one.pk for one in batch], do, what="QuoteInvitation") for batch in found)


def _remind_some(keys: list[int], *, now: datetime, today: date) -> int:
    held = _silent(now, today).filter(pk__in=keys).order_by("pk")
    found = list(
        held.select_for_update(of=("self",), skip_locked=True).select_related("firm", "request"),
    )
    told.reminded(found, now=now)
    QuoteInvitation.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=now)
    return len(found)


def _silent(now: datetime, today: date) -> models.QuerySet[QuoteInvitation]:
    answered = Offer.objects.filter(invitation=OuterRef("pk"), state=Offer.State.SENT)
    return QuoteInvitation.objects.open().filter(
        ~Exists(answered),
        reminded_at__isnull=True,
        request__answer_by__gte=today,
        request__answer_by__lte=today + REMINDED_BEFORE,
        # Asked within the last day, it has just been told.
        invited_at__lt=now - JUST_TOLD,
    )


def _lapse(now: datetime, today: date) -> int:
    """Tell each company whose date to answer is past how many offers came."""
    do = partial(_lapse_some, now=now, today=today)
    found = batches(QuoteRequest.objects.to_lapse(today), by="answer_by", size=BATCH)
    return sum(work([one.pk for one in batch], do, what="QuoteRequest") for batch in found)


def _lapse_some(keys: list[int], *, now: datetime, today: date) -> int:
    held = QuoteRequest.objects.to_lapse(today).filter(pk__in=keys).order_by("pk")
    found = list(held.select_for_update(of=("self",), skip_locked=True).select_related("company"))
    came = _offers_of(found)
    for request in found:
        told.lapsed(request, came.get(request.pk, 0), now=now)
    QuoteRequest.objects.filter(pk__in=[one.pk for one in found]).update(lapsed_at=now)
    return len(found)


def _offers_of(requests: list[QuoteRequest]) -> dict[int, int]:
    """Return how many firms have an offer in force, by request, in one query."""
    counted = (
        QuoteInvitation.objects.filter(request__in=requests)
        .order_by()
        .values_list("request")
        .annotate(count=Count("offers", filter=Q(offers__state=Offer.State.SENT), distinct=True))
    )
    return dict(counted)
