"""What is written about a dossier: messages that the other side is told of, and Bpifrance's private notes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from applications.models import Dossier, Message, Mission, Note
from applications.services.locking import lock
from applications.services.people import in_charge, members_of
from applications.services.standing import standing_of
from applications.workflow.refusals import NotYours, Obstacle, Refused
from applications.workflow.situation import COMPANY, Actor
from portal.accounts.models import User
from portal.notifications.services import notify

LONGEST = 5000
BPIFRANCE = frozenset({Actor.OFFICER, Actor.MANAGER, Actor.CONTROLLER})
NOT_IN_THREAD = "Vous ne participez pas à cet échange."
NOT_FILED = "Les échanges s’ouvrent au dépôt de la demande."
NOT_BPIFRANCE = "Les notes internes sont réservées à Bpifrance."


def post_message(
    *,
    dossier: Dossier,
    author: User,
    thread: str,
    body: str,
    now: datetime,
    mission: Mission | None = None,
) -> Message:
    """Post a message in the company's or the expert's thread and tell the other side once.

    `mission` names the firm of an expert's thread, the current one when absent. Raises NotYours for
    whoever is not of the thread (auditors only read), Refused where the text is empty or too long.
    """
    text = _checked(body)
    with transaction.atomic():
        dossier = lock(dossier.pk)
        stake = _stake(dossier, thread, mission)
        standing = standing_of(author, dossier, stake)
        if dossier.submitted_at is None:
            raise NotYours(NOT_FILED)
        ours = COMPANY if thread == Message.Thread.COMPANY else frozenset({Actor.EXPERT})
        if not standing & (BPIFRANCE | ours):
            raise NotYours(NOT_IN_THREAD)
        message = Message.objects.create(
            dossier=dossier, thread=thread, mission=stake, author=author, body=text, sent_at=now
        )
        if standing & BPIFRANCE:
            _tell_them(message, stake, now)
        else:
            _tell_bpifrance(message, now)
    return message


def _checked(body: str) -> str:
    text = body.replace("\x00", "").strip()
    if not text:
        raise Refused([Obstacle("text_missing", "Le texte est vide.", "Écrivez-le.", field="body")])
    if len(text) > LONGEST:
        raise Refused(
            [
                Obstacle(
                    "text_long", f"Le texte dépasse {LONGEST} caractères.", "Raccourcissez-le.", field="body"
                )
            ]
        )
    return text


def _stake(dossier: Dossier, thread: str, mission: Mission | None) -> Mission | None:
    if thread not in Message.Thread.values:
        raise Refused(
            [Obstacle("thread_unknown", "Le destinataire manque.", "Choisissez-le.", field="thread")]
        )
    if thread == Message.Thread.COMPANY:
        return None
    missions = Mission.objects.select_related("firm").filter(dossier=dossier)
    found = missions.filter(pk=mission.pk) if mission is not None else missions.filter(is_current=True)
    stake = found.first()
    if stake is None:
        raise Refused([Obstacle("no_expert", "Ce dossier n’a pas encore d’expert.", field="thread")])
    return stake


def _tell_them(message: Message, mission: Mission | None, now: datetime) -> None:
    dossier = message.dossier
    if mission is not None:
        organisation, url = mission.firm.organisation_id, reverse("mission_detail", args=[mission.pk])
    else:
        organisation, url = dossier.company.organisation_id, reverse("company_dossier", args=[dossier.pk])
    _tell(message, members_of(organisation), f"Bpifrance vous a écrit – {dossier}", url, now)


def _tell_bpifrance(message: Message, now: datetime) -> None:
    dossier = message.dossier
    who = "L’expert" if message.mission_id else dossier.company.name
    url = reverse("officer_dossier", args=[dossier.pk])
    _tell(message, in_charge(dossier), f"{who} vous a écrit – {dossier}", url, now)


def _tell(message: Message, people: Iterable[User], title: str, url: str, now: datetime) -> None:
    notify(
        recipients=[person for person in people if person.pk != message.author_id],
        kind="message",
        title=title,
        body="Le message se lit sur la page du dossier, où vous pouvez répondre.",
        url=f"{url}#echanges",
        action="Lire et répondre",
        family="messages",
        subject=(message.dossier.chain, str(message.dossier)),
        event_ref=f"message:{message.pk}",
        now=now,
    )


def write_note(*, dossier: Dossier, author: User, body: str, now: datetime) -> Note:
    """Keep a private note of Bpifrance. Raises NotYours outside officers, managers and controllers; Refused."""
    text = _checked(body)
    with transaction.atomic():
        dossier = lock(dossier.pk)
        if not standing_of(author, dossier) & BPIFRANCE:
            raise NotYours(NOT_BPIFRANCE)
        return Note.objects.create(dossier=dossier, author=author, body=text, written_at=now)
