"""The daily sweep: tells of drafts that will go, archives, erases; by batches, each with its event, none twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from applications.models import Dossier
from applications.services import listing
from applications.services.people import members_of
from applications.services.retention import due, erasing, logs, people
from applications.services.retention.rules import TOLD_DAYS, before, rule
from portal.notifications.services import notify
from portal.sweeps import batches, work

BATCH = 50


@dataclass(frozen=True, slots=True)
class Job:
    """What is done under one rule: which rows, and what to do with a batch of their keys."""

    rule: str
    found: QuerySet[Any]
    act: Callable[[Sequence[int]], None]


def sweep(*, now: datetime, today: date) -> dict[str, int]:
    """Do everything that is due on the civil date `today`; return how many rows each rule touched.

    A batch that fails is done again row by row; a row that fails is logged, left for the next day, and keeps
    none of the others from theirs.
    """
    due.touched_since_told().update(erasure_told_on=None)
    done: dict[str, int] = {"told": _tell_owners(now=now, today=today)}
    for job in jobs(now=now, today=today):
        done[job.rule] = done.get(job.rule, 0) + _work(job)
    with transaction.atomic():
        done["aid"] = people.end_register(now=now, today=today)
    done["log"] = sum(logs.remove(before("log", today), now=now).values())
    return done


def jobs(*, now: datetime, today: date) -> list[Job]:
    """Return what is to be done, in order: what becomes free of dossiers is looked at after them."""
    free = ~due.money_pending()
    never_filed = {"submitted_at__isnull": True}

    def erase(code: str) -> Callable[[Sequence[int]], None]:
        return lambda keys: erasing.erase(keys, rule=code, now=now, today=today)

    def remove(code: str) -> Callable[[Sequence[int]], None]:
        return lambda keys: erasing.remove(keys, rule=code, now=now)

    return [
        Job("draft", due.idle_drafts(today), remove("draft")),
        Job("ended", due.ended(today).filter(free, **never_filed), remove("ended")),
        Job("ended", due.ended(today).filter(free, submitted_at__isnull=False), erase("ended")),
        Job("archive", due.to_archive(today).filter(free), lambda keys: _archive(keys, now=now, today=today)),
        Job("paid", due.paid(today).filter(free), erase("paid")),
        Job(
            "request",
            due.loose_requests(today),
            lambda keys: erasing.remove_requests(keys, rule="request", now=now),
        ),
        Job(
            "account",
            due.empty_companies(today),
            lambda keys: people.erase_companies(keys, now=now, today=today),
        ),
        Job("account", due.idle_accounts(today), lambda keys: people.erase_accounts(keys, now=now)),
    ]


def _work(job: Job) -> int:
    """Work a rule to its end, a batch at a time."""
    done, last = 0, 0
    while keys := list(job.found.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = keys[-1]
        done += work(keys, partial(_batch, job), what=f"Retention, rule {job.rule}:")
    return done


def _batch(job: Job, keys: list[int]) -> int:
    """Read anew under the locks what is still due: whoever acted meanwhile, or another sweep, is not overtaken."""
    held = job.found.model.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    list(held.order_by("pk").values_list("pk", flat=True))
    still = sorted(job.found.filter(pk__in=keys).order_by().values_list("pk", flat=True))
    if still:
        job.act(still)
    return len(still)


def _archive(keys: Sequence[int], *, now: datetime, today: date) -> None:
    """Take closed dossiers out of the working lists."""
    Dossier.objects.filter(pk__in=keys).update(archived_on=today)
    listing.refresh(keys, today=today)
    erasing.record(erasing.ARCHIVED, rule="archive", now=now, data={"dossiers": list(keys)})


def _tell_owners(*, now: datetime, today: date) -> int:
    """Tell the members of a company that a draft of theirs will be erased; nothing goes before they were told."""
    do = partial(_tell_owner, now=now, today=today)
    found = batches(due.drafts_to_tell(today), by="updated_at")
    return sum(work([one.pk], do, what="Draft to erase") for batch in found for one in batch)


def _tell_owner(keys: list[int], *, now: datetime, today: date) -> int:
    (key,) = keys
    if not due.drafts_to_tell(today).filter(pk=key).update(erasure_told_on=today):
        return 0
    dossier = Dossier.objects.select_related("company").get(pk=key)
    notify(
        recipients=members_of(dossier.company.organisation_id),
        kind="draft_erasure",
        title=f"Votre brouillon du volet {dossier.volet} sera bientôt effacé",
        body=(
            f"Il n’a pas changé depuis longtemps\u00a0: sans modification de votre part, il sera effacé "
            f"avec ses pièces dans {TOLD_DAYS}\u00a0jours au plus tôt. Un brouillon se garde "
            f"{rule('draft').length}."
        ),
        url=reverse("filing_tasks", args=[dossier.pk]),
        action="Reprendre le brouillon",
        family="reminders",
        subject=(dossier.chain, str(dossier)),
        event_ref=f"{dossier.chain}:erasure:{today.isoformat()}",
        now=now,
    )
    return 1
