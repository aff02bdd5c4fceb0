"""A person's running terms, phases and meetings as an iCalendar, and the secret link by which it is read."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from icalendar import Alarm, Calendar, Event

from applications.models import CalendarFeed, Deadline, Dossier, Mission
from applications.services.mission import agenda
from portal.accounts.models import Membership, User
from portal.notifications.mail import absolute

Kind = Deadline.Kind
PRODUCT = "-//Diagnostic Dispositif Medical//Echeances//FR"
NAME = "Échéances Diagnostic DM"
READ_AGAIN_AFTER = timedelta(hours=6)
# At nine in the morning, a week and a day before: an all-day event begins at midnight.
ALARMS = (timedelta(days=-7, hours=9), timedelta(days=-1, hours=9))
# A reading is written down once an hour at most.
USE_KEPT_EVERY = timedelta(hours=1)

# What each term asks, as each side reads it; a term without a line does not concern that side.
COMPANY: Mapping[str, str] = {
    Kind.COMPLETION: "compléter la demande",
    Kind.SIGNATURE: "lire et signer le contrat",
    Kind.TERM: "fin de la prestation",
    Kind.LAPSE: "dernier jour avant la caducité du dossier",
    Kind.REPORT: "rapport final attendu de l’expert",
    Kind.RESTITUTION: "confirmer la restitution",
}
EXPERT: Mapping[str, str] = {
    Kind.TERM: "achever la prestation et la déclarer terminée",
    Kind.LAPSE: "dernier jour pour établir la fin de la prestation",
    Kind.REPORT: "remettre le rapport final et déposer la clôture",
    Kind.RESTITUTION: "restitution à confirmer par l’entreprise",
    Kind.CORRECTIONS: "corriger la clôture",
}
OFFICER: Mapping[str, str] = {
    Kind.COMPLETION: "complément attendu de l’entreprise",
    Kind.SIGNATURE: "signature du contrat attendue de l’entreprise",
    Kind.TERM: "fin de la prestation",
    Kind.LAPSE: "caducité après mise en demeure",
    Kind.REPORT: "rapport final attendu de l’expert",
    Kind.RESTITUTION: "confirmation de la restitution attendue de l’entreprise",
    Kind.CORRECTIONS: "correction de la clôture attendue de l’expert",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One day of a dossier as one person reads it: what is to do, and the path of the page where it is done.

    `name` tells it from all others for ever; `changed` and `sequence` move when its day may have. A running term
    has its number in `deadline`, and can be taken alone; a phase or a meeting is in the feed only.
    """

    name: str
    due_on: date
    dossier: Dossier
    todo: str
    path: str
    changed: datetime
    deadline: int | None = None

    @property
    def title(self) -> str:
        """The number, the volet and what is to do: nothing else leaves the portal by this way."""
        return f"{self.dossier} (volet {self.dossier.volet}) : {self.todo}"


def entries_of(user: User) -> list[Entry]:
    """Return what concerns a person now, the nearest first; nothing for a closed account.

    A company's members read the running terms of its requests, an expert's those of its missions, an officer
    those of the dossiers in his charge. Company and expert also read the planned end of each phase that is not
    done, and the next meeting of a mission at work. Rights are read at each call.
    """
    if not user.is_active:
        return []
    found = {entry.name: entry for entry in _entries(user)}
    return sorted(found.values(), key=lambda entry: (entry.due_on, entry.name))


def _entries(user: User) -> Iterable[Entry]:
    running = Deadline.objects.filter(closed_on__isnull=True).select_related("dossier", "mission")
    if user.staff_role:
        mine = Dossier.objects.visible_to(user).filter(officer=user)
        yield from _read(running.filter(dossier__in=mine), OFFICER, "officer_dossier")
        return
    firms = Membership.objects.filter(user=user, is_active=True).values("organisation")
    of_firm = Q(mission__firm__organisation__in=firms) | Q(
        mission__isnull=True,
        dossier__in=Dossier.objects.filter(
            missions__is_current=True, missions__firm__organisation__in=firms
        ).values("pk"),
    )
    filed = running.filter(dossier__in=Dossier.objects.visible_to(user), dossier__submitted_at__isnull=False)
    yield from _of_firm(list(filed.filter(of_firm)))
    yield from _read(running.filter(dossier__in=Dossier.objects.of_company(user)), COMPANY, "company_dossier")
    yield from _of_rooms(user)


def _read(running: Iterable[Deadline], words: Mapping[str, str], page: str) -> Iterable[Entry]:
    for one in running:
        if one.kind in words:
            yield _term(one, words[one.kind], reverse(page, args=[one.dossier_id]))


def _term(deadline: Deadline, todo: str, path: str) -> Entry:
    dossier = deadline.dossier
    return Entry(
        f"echeance-{deadline.pk}", deadline.due_on, dossier, todo, path, dossier.updated_at, deadline.pk
    )


def _of_firm(running: list[Deadline]) -> Iterable[Entry]:
    """Give an expert's entries; a term of the whole dossier leads to its current mission."""
    dossiers = {one.dossier_id for one in running}
    current = dict(
        Mission.objects.filter(dossier__in=dossiers, is_current=True).order_by().values_list("dossier", "pk")
    )
    for one in running:
        if one.kind in EXPERT:
            mission = one.mission_id or current[one.dossier_id]
            yield _term(one, EXPERT[one.kind], reverse("mission_detail", args=[mission]))


def _of_rooms(user: User) -> Iterable[Entry]:
    """Give the days of the missions at work of a company's or a firm's member: phases to end, next meeting."""
    for day in agenda.days_of(user):
        page = ("mission_detail", day.mission.pk) if day.of_firm else ("company_dossier", day.dossier.pk)
        yield Entry(day.name, day.on, day.dossier, day.todo, reverse(page[0], args=[page[1]]), day.changed)


def to_ical(entries: Iterable[Entry]) -> bytes:
    """Return entries as an iCalendar (RFC 5545): all-day events with lasting identifiers and two alarms.

    The same days give the same bytes until something of their dossier changes.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME)
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    changed = entry.changed.astimezone(UTC).replace(microsecond=0)
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    event.add("uid", f"{entry.name}@{host}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", entry.dossier.version)
    event.add("dtstart", entry.due_on)
    event.add("dtend", entry.due_on + timedelta(days=1))
    event.add("summary", entry.title)
    event.add("description", f"À faire sur le portail : {absolute(entry.path)}")
    event.add("url", absolute(entry.path))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    for before in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", before)
        event.add_component(alarm)
    return event


def one_of(user: User, pk: int) -> bytes:
    """Return one running term of a person's as an iCalendar; raises Deadline.DoesNotExist for any other."""
    for entry in entries_of(user):
        if entry.deadline == pk:
            return to_ical([entry])
    raise Deadline.DoesNotExist


def feed_of(user: User) -> CalendarFeed | None:
    """Return a person's link, without its secret, if there is one."""
    return CalendarFeed.objects.filter(user=user).first()


def make_feed(*, user: User, now: datetime) -> str:
    """Return the secret of a new link, which is kept nowhere; an earlier link of the person ends at once."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user=user, defaults={"token_hash": _hash(token), "created_at": now, "last_used_at": None}
    )
    return token


def revoke_feed(*, user: User) -> None:
    """End a person's link; repeating it changes nothing."""
    CalendarFeed.objects.filter(user=user).delete()


def read_feed(*, token: str, now: datetime) -> bytes | None:
    """Return the calendar that a secret opens; None for an unknown or revoked one, and for a closed account."""
    feed = CalendarFeed.objects.select_related("user").filter(token_hash=_hash(token)).first()
    if feed is None or not feed.user.is_active:
        return None
    if feed.last_used_at is None or feed.last_used_at <= now - USE_KEPT_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)
    return to_ical(entries_of(feed.user))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
