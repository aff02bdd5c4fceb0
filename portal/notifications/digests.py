"""The daily e-mail: one a person and a day, at eight in Paris, of what is unread and was told by no e-mail yet."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse

from portal import clock
from portal.notifications import mail, outbox, preferences
from portal.notifications.models import Delivery, Notification, Outbox
from portal.notifications.rights import may_be_told

SENT_AT = time(8, 0)
# A line whose days' e-mails have all left already, which only a clock set back explains.
DAYS_TRIED = 30
LONGEST = 50


def next_slot(at: datetime) -> datetime:
    """Return the first eight o'clock in Paris strictly after an instant, whatever the season does to the clocks."""
    local = at.astimezone(clock.PARIS)
    day = local.date() if local.time() < SENT_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, SENT_AT, tzinfo=clock.PARIS)


def queue(user: AbstractBaseUser, *, at: datetime) -> None:
    """Have a person's next daily e-mail sent, in the caller's transaction; one duty a person and a day.

    The duty's row is locked: either its worker waits for the caller's line, or the caller sees that it
    has left and takes the next day's.
    """
    slot = next_slot(at)
    for _day in range(DAYS_TRIED):
        key = f"digest:{user.pk}:{clock.civil_date(slot).isoformat()}"
        payload = {"user": user.pk, "day": clock.civil_date(slot).isoformat()}
        outbox.enqueue(kind="digest", dedup_key=key, payload=payload, due_at=slot)
        row = Outbox.objects.select_for_update().get(dedup_key=key)
        if row.done_at is None and row.dead_at is None:
            return
        slot = next_slot(slot)


def deliver(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "digest": send what is still unread and wanted; nothing where nothing is left to tell."""
    row = Outbox.objects.select_for_update().get(pk=outbox_id)
    user = get_user_model().objects.filter(pk=payload["user"]).first()
    if user is None:
        return
    lines = _lines(user)
    if lines:
        mail.send(_letter(user, lines), message_id=mail.message_id(row.pk, row.dedup_key))
        now = clock.now()
        Notification.objects.filter(pk__in=[line.pk for line in lines]).update(emailed_at=now)


def _lines(user: AbstractBaseUser) -> list[Notification]:
    """Return what to tell: what the person may still read, of the families they still want by e-mail."""
    wanted = preferences.deliveries_of(user)
    waiting = Notification.objects.for_digest().filter(recipient_id=user.pk).select_for_update()
    return [
        line
        for line in waiting
        if wanted.get(line.family) != Delivery.PORTAL
        and may_be_told(user, kind=line.kind, url=line.url, event_ref=line.event_ref)
    ]


def _letter(user: Any, lines: Sequence[Notification]) -> mail.Letter:
    groups: dict[str, list[Notification]] = {}
    for line in lines[:LONGEST]:
        groups.setdefault(line.subject_label, []).append(line)
    subjects = {line.subject for line in lines}
    unsubscribe = mail.absolute(
        reverse("digest_unsubscribe", kwargs={"token": preferences.unsubscribe_token(user)})
    )
    context = {
        "title": "Une nouvelle à lire" if len(lines) == 1 else f"{len(lines)} nouvelles à lire",
        "groups": [
            {
                "label": label,
                "lines": [{"line": line, "action_url": mail.absolute(line.url)} for line in found],
            }
            for label, found in groups.items()
        ],
        "more": max(0, len(lines) - LONGEST),
        "inbox_url": mail.absolute(reverse("notification_list")),
        "preferences_url": mail.absolute(reverse("notification_preferences")),
        "unsubscribe_url": unsubscribe,
        "preheader": " · ".join(line.title for line in lines[:3]),
    }
    return mail.Letter(
        to=user.email,
        subject=_subject(lines),
        template="notifications/email_digest",
        context=context,
        thread=subjects.pop() if len(subjects) == 1 else "",
        headers={
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _subject(lines: Sequence[Notification]) -> str:
    """Return the subject: the only line's own title, else how many and of which dossiers."""
    if len(lines) == 1:
        return lines[0].title
    labels = list(dict.fromkeys(line.subject_label for line in lines if line.subject_label))
    named = ", ".join(labels[:3]) + (" et d’autres" if len(labels) > 3 else "")
    return f"{len(lines)} nouvelles{f' – {named}' if named else ''}"
