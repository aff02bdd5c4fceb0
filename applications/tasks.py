"""Doors of the workers: each calls one service."""

from celery import shared_task

from applications.services import exports, opinions, sweeps, transmissions
from applications.services.assistance import sweep as entries
from applications.services.figures import rebuild, tally
from applications.services.offers import answering
from applications.services.payments import accounts
from applications.services.quoting import sweep as quotes
from applications.services.retention import sweep as retention
from portal import clock
from portal.notifications.rounds import remembered


@shared_task(name="applications.tasks.sweep_deadlines")
@remembered
def sweep_deadlines() -> None:
    """Do what is due today."""
    sweeps.sweep(now=clock.now(), today=clock.today())


@shared_task(name="applications.tasks.apply_account_changes")
@remembered
def apply_account_changes() -> None:
    """Put in force the bank accounts whose delay is over."""
    accounts.apply_due(now=clock.now())


@shared_task(name="applications.tasks.expire_exports")
@remembered
def expire_exports() -> None:
    """Remove the files of exports that have lived their seven days."""
    exports.expire(now=clock.now())


@shared_task(name="applications.tasks.remind_transmissions")
@remembered
def remind_transmissions() -> None:
    """Tell who sent a parcel to a ministry that it is still without a receipt."""
    transmissions.sweep(now=clock.now(), today=clock.today())


@shared_task(name="applications.tasks.remind_opinions")
@remembered
def remind_opinions() -> None:
    """Remind those outside whose opinion is awaited, and tell of those who stayed silent."""
    opinions.remind(now=clock.now(), today=clock.today())


@shared_task(name="applications.tasks.expire_offers")
@remembered
def expire_offers() -> None:
    """End the offers whose last day of validity is past, and what a filed dossier went without."""
    answering.expire(now=clock.now(), today=clock.today())
    quotes.end_overtaken(now=clock.now())


@shared_task(name="applications.tasks.sweep_assistances")
@remembered
def sweep_assistances() -> None:
    """End the entries that nobody can go on with; remind companies of those that wait for them."""
    entries.sweep(now=clock.now(), today=clock.today())


@shared_task(name="applications.tasks.fold_figures")
@remembered
def fold_figures() -> None:
    """Fold what changed into the figures, then count rows that never were."""
    tally.fold()
    rebuild.catch_up(today=clock.today())


@shared_task(name="applications.tasks.sweep_quote_requests")
@remembered
def sweep_quote_requests() -> None:
    """Remind the firms that have not answered, tell companies whose date to answer is past."""
    quotes.sweep(now=clock.now(), today=clock.today())


@shared_task(name="applications.tasks.sweep_retention")
@remembered
def sweep_retention() -> None:
    """Archive and erase what the rules of retention say, and tell of the drafts that will go."""
    retention.sweep(now=clock.now(), today=clock.today())
