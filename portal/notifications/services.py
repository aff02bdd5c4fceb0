"""Tells people: one outbox row per person, then a line in the inbox and an e-mail, each exactly once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from portal import clock
from portal.notifications import digests, mail, outbox, preferences
from portal.notifications.models import Delivery, Notification, Outbox
from portal.notifications.rights import may_be_told


def notify(
    *,
    recipients: Iterable[AbstractBaseUser],
    kind: str,
    title: str,
    body: str,
    url: str,
    action: str,
    family: str,
    event_ref: str,
    now: datetime,
    blocking: bool = False,
    subject: tuple[str, str] = ("", ""),
) -> None:
    """Tell each person once about one event, in the inbox and by e-mail, after the caller's commit.

    `url` is a path of this portal and `action` the words of its link, the only one of the notice;
    `family` is a slug of settings.NOTIFICATION_FAMILIES. A `blocking` notice asks an act of its reader
    and leaves at once; any other leaves as the reader prefers. `event_ref` names the event
    ("dossier:42:7") and makes a repetition harmless; `subject` is what it is about, ("dossier:42", its
    name on screen), by which the inbox is filtered and the e-mails threaded. Raises KeyError for an
    unknown family.
    """
    if family not in preferences.families():
        raise KeyError(f"notice family {family!r} is not one of {sorted(preferences.families())}")
    for user in recipients:
        outbox.enqueue(
            kind="notify",
            dedup_key=f"notify:{event_ref}:{user.pk}",
            payload={
                "user": user.pk,
                "kind": kind,
                "title": title,
                "body": body,
                "url": url,
                "action": action,
                "family": family,
                "blocking": blocking,
                "subject": subject[0],
                "subject_label": subject[1],
                "event_ref": event_ref,
                "at": now.isoformat(),
            },
            due_at=now,
        )


def send_email(
    *,
    to: str,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    dedup_key: str,
    now: datetime | None = None,
) -> bool:
    """Send one e-mail after the caller's commit; False when one with this key was asked for before.

    `template` is a path without its ending: both "{template}.txt" and "{template}.html" exist. The
    context holds JSON values only; it is forgotten once the message has left.
    """
    return outbox.enqueue(
        kind="email",
        dedup_key=f"email:{dedup_key}",
        payload={"to": to, "subject": subject, "template": template, "context": dict(context)},
        due_at=now or clock.now(),
    )


def deliver_notification(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "notify": write the inbox line, ask for its e-mail; nothing for who lost the right."""
    user = get_user_model().objects.filter(pk=payload["user"]).first()
    if user is not None and _may_be_told(user, payload):
        line, is_new = _write(user, payload)
        if line.delivery == Delivery.NOW:
            outbox.enqueue(
                kind="email",
                dedup_key=f"email:{line.event_ref}:{user.pk}",
                payload={"notification": line.pk},
                due_at=line.created_at,
            )
        elif line.delivery == Delivery.DAILY and is_new:
            digests.queue(user, at=max(line.created_at, clock.now()))
    _forget(outbox_id)


def _write(user: AbstractBaseUser, payload: dict[str, Any]) -> tuple[Notification, bool]:
    """Return a person's line about an event, and whether it was just written."""
    family, blocking = payload.get("family", "general"), payload.get("blocking", False)
    return Notification.objects.get_or_create(
        recipient_id=user.pk,
        event_ref=payload["event_ref"],
        defaults={
            "kind": payload["kind"],
            "title": payload["title"],
            "body": payload["body"],
            "url": payload["url"],
            "action_label": payload.get("action") or mail.OPEN,
            "family": family,
            "is_blocking": blocking,
            "subject": payload.get("subject", ""),
            "subject_label": payload.get("subject_label", ""),
            "delivery": preferences.delivery_for(user, family=family, blocking=blocking),
            "created_at": datetime.fromisoformat(payload["at"]),
        },
    )


def deliver_email(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Outbox handler "email": send one message; nothing to a closed account or to who lost the right."""
    row = Outbox.objects.get(pk=outbox_id)
    letter = _letter_of_notification(payload) if "notification" in payload else _letter(payload)
    if letter is not None:
        mail.send(letter, message_id=mail.message_id(row.pk, row.dedup_key))
        if "notification" in payload:
            Notification.objects.filter(pk=payload["notification"]).update(emailed_at=clock.now())
    _forget(outbox_id)


def _letter(payload: dict[str, Any]) -> mail.Letter | None:
    users = get_user_model().objects
    if users.filter(email=payload["to"].lower(), is_active=False).exists():
        return None
    return mail.Letter(payload["to"], payload["subject"], payload["template"], payload["context"])


def _letter_of_notification(payload: dict[str, Any]) -> mail.Letter | None:
    line = (
        Notification.objects.select_related("recipient")
        .filter(pk=payload["notification"], emailed_at=None)
        .first()
    )
    if line is None:
        return None
    facts = {"kind": line.kind, "url": line.url, "event_ref": line.event_ref}
    if not _may_be_told(line.recipient, facts):
        return None
    context = {
        "title": line.title,
        "body": line.body,
        "preheader": line.body,
        "subject_label": line.subject_label,
        "action_url": mail.absolute(line.url),
        "action_label": line.action_label,
        "is_blocking": line.is_blocking,
    }
    return mail.Letter(line.recipient.email, line.title, "notifications/email", context, thread=line.subject)


def _may_be_told(user: AbstractBaseUser, facts: Mapping[str, Any]) -> bool:
    return may_be_told(user, kind=facts["kind"], url=facts["url"], event_ref=facts["event_ref"])


def _forget(outbox_id: int) -> None:
    """Empty the payload of a duty being closed: names and links live no longer than they serve."""
    Outbox.objects.filter(pk=outbox_id).update(payload={})


def unread_count(user: AbstractBaseUser | AnonymousUser) -> int:
    """Return how many notifications a person hasn't read (0 for a visitor)."""
    if not user.is_authenticated:
        return 0
    return Notification.objects.unread().filter(recipient_id=user.pk).count()


def mark_read(*, user: AbstractBaseUser, now: datetime, notification: Notification | None = None) -> None:
    """Mark one notification of a person as read, or all of them; the first reading keeps its date."""
    lines = Notification.objects.unread().filter(recipient_id=user.pk)
    if notification is not None:
        lines = lines.filter(pk=notification.pk)
    lines.update(read_at=now)


def mark_page_read(*, user: AbstractBaseUser, path: str, shown_at: datetime, now: datetime) -> int:
    """Mark as read what led to a page that the person has opened, as far as it had happened when it was shown.

    Return how many were.
    """
    lines = Notification.objects.unread().filter(recipient_id=user.pk, created_at__lte=shown_at)
    return lines.filter(Q(url=path) | Q(url__startswith=f"{path}#")).update(read_at=now)
