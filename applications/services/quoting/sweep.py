"""What time does to requests for quotes: silent firms are reminded once, the company is told when the date is past."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q

from applications.models import Offer, QuoteInvitation, QuoteRequest
from applications.services.quoting import told

REMINDED_BEFORE = timedelta(days=3)
JUST_TOLD = timedelta(days=1)
BATCH = 500


def sweep(*, now: datetime, today: date) -> int:
    """Do what is due, once however often this runs; return how many firms and companies were told."""
    return _remind(now, today) + _lapse(now, today)


def _remind(now: datetime, today: date) -> int:
    """Remind the firms that neither answered nor declined, three days before the date at the earliest."""
    done = 0
    while True:
        with transaction.atomic():
            batch = list(
                _silent(now, today)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("firm", "request")[:BATCH]
            )
            told.reminded(batch, now=now)
            QuoteInvitation.objects.filter(pk__in=[one.pk for one in batch]).update(reminded_at=now)
        done += len(batch)
        if len(batch) < BATCH:
            return done


def _silent(now: datetime, today: date) -> models.QuerySet[QuoteInvitation]:
    answered = Offer.objects.filter(invitation=OuterRef("pk"), state=Offer.State.SENT)
    return (
        QuoteInvitation.objects.open()
        .filter(
            ~Exists(answered),
            reminded_at__isnull=True,
            request__answer_by__gte=today,
            request__answer_by__lte=today + REMINDED_BEFORE,
            # Asked within the last day, it has just been told.
            invited_at__lt=now - JUST_TOLD,
        )
        .order_by("pk")
    )


def _lapse(now: datetime, today: date) -> int:
    """Tell each company whose date to answer is past how many offers came."""
    done = 0
    while True:
        with transaction.atomic():
            batch = list(
                QuoteRequest.objects.to_lapse(today)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("company")
                .order_by("pk")[:BATCH]
            )
            came = _offers_of(batch)
            for request in batch:
                told.lapsed(request, came.get(request.pk, 0), now=now)
            QuoteRequest.objects.filter(pk__in=[one.pk for one in batch]).update(lapsed_at=now)
        done += len(batch)
        if len(batch) < BATCH:
            return done


def _offers_of(requests: list[QuoteRequest]) -> dict[int, int]:
    """Return how many firms have an offer in force, by request, in one query."""
    counted = (
        QuoteInvitation.objects.filter(request__in=requests)
        .order_by()
        .values_list("request")
        .annotate(count=Count("offers", filter=Q(offers__state=Offer.State.SENT), distinct=True))
    )
    return dict(counted)
