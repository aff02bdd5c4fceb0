"""Opinions asked of somebody outside Bpifrance: the private link, what it shows, the one answer, the reminder."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from applications.models import Dossier, DossierDocument, Opinion, PendingApproval
from applications.services import listing
from applications.services.locking import lock
from applications.services.people import in_charge
from applications.services.standing import standing_of
from applications.workflow.refusals import STALE, NotYours, Obstacle, Refused, Stale
from applications.workflow.situation import Actor
from applications.workflow.states import ENDED
from portal.accounts.models import User
from portal.accounts.sealing import seal
from portal.audit.models import Event
from portal.audit.services import append
from portal.clock import civil_date
from portal.documents.models import DocumentState
from portal.notifications.mail import absolute
from portal.notifications.services import notify, send_email
from portal.sweeps import batches, work

SALT = "applications.opinion"
ASKERS = frozenset({Actor.OFFICER, Actor.MANAGER})
# The reminder leaves this long before the due date; silence is told the day after it, for a week at most.
REMINDED_BEFORE = timedelta(days=3)
LATE_TOLD_FOR = timedelta(days=7)
LONGEST_DELAY = timedelta(days=90)
# Events of the chain that change nothing of the dossier.
READINGS = frozenset({"opinion_read", "opinion_piece_read"})
NOT_DESK = "Un avis extérieur est demandé par un chargé d’affaires ou un responsable."


class Closed(Exception):
    """The link opens nothing any more; `opinion` says why."""

    def __init__(self, opinion: Opinion) -> None:
        super().__init__(str(opinion))
        self.opinion = opinion


# --- The desk's side -----------------------------------------------------------------------------
def showable(dossier: Dossier) -> list[DossierDocument]:
    """Return the pieces that may be shown outside: in force, found clean, and no report of volet 5."""
    pieces = dossier.documents.select_related("document").filter(
        replaced_at__isnull=True, document__state=DocumentState.CLEAN
    )
    if dossier.volet == 5:
        pieces = pieces.exclude(kind=DossierDocument.Kind.FINAL_REPORT)
    return list(pieces.order_by("added_at", "pk"))


def ask(
    *,
    dossier: Dossier,
    actor: User,
    expected_version: int,
    now: datetime,
    name: str,
    email: str,
    question: str,
    due_on: date | None,
    capacity: str = "",
    pieces: Sequence[int] = (),
    shows_company: bool = False,
    shows_device: bool = False,
) -> Opinion:
    """Ask a named person for an opinion and send them their link. Raises NotYours, Stale, Refused."""
    with transaction.atomic():
        dossier = _held(dossier, actor, expected_version)
        known = {piece.pk: piece for piece in showable(dossier)}
        obstacles = [
            *_faults(name=name, email=email, question=question),
            *_date_faults(due_on, civil_date(now)),
            *_dossier_faults(dossier, email),
        ]
        if not set(pieces) <= known.keys():
            obstacles.append(
                Obstacle("piece_unknown", "Une pièce choisie n’est plus en vigueur.", field="pieces")
            )
        if obstacles:
            raise Refused(obstacles)
        assert due_on is not None
        nonce = secrets.token_hex(32)
        opinion = Opinion.objects.create(
            dossier=dossier,
            name=name.strip(),
            capacity=capacity.strip(),
            email=email.strip().lower(),
            question=question.strip(),
            due_on=due_on,
            shows_company=shows_company,
            shows_device=shows_device,
            nonce=nonce,
            token_hash=_hash(_token(nonce)),
            asked_by=actor,
            asked_at=now,
        )
        opinion.pieces.set([known[key] for key in pieces])
        _record("opinion_asked", opinion, now=now, actor=actor, data={"pieces": sorted(pieces)})
        _send(opinion, "asked", now=now)
    return opinion


def revoke(*, opinion: Opinion, actor: User, expected_version: int, now: datetime) -> Opinion:
    """End a link before its answer. Raises NotYours, Stale, and Refused where it was answered or revoked."""
    with transaction.atomic():
        dossier = _held(opinion.dossier, actor, expected_version)
        held = Opinion.objects.select_for_update().get(pk=opinion.pk, dossier=dossier)
        if held.answered_at is not None or held.revoked_at is not None:
            raise Refused([Obstacle("opinion_over", "Cette demande d’avis est déjà close.")])
        held.dossier, held.revoked_at = dossier, now
        held.save(update_fields=["revoked_at"])
        _record("opinion_revoked", held, now=now, actor=actor)
    return held


def _held(dossier: Dossier, actor: User, expected_version: int) -> Dossier:
    held = lock(dossier.pk)
    if not standing_of(actor, held) & ASKERS:
        raise NotYours(NOT_DESK)
    if held.version != expected_version:
        raise Stale(STALE)
    return held


def _faults(*, name: str, email: str, question: str) -> list[Obstacle]:
    found = []
    if not name.strip():
        found.append(Obstacle("name_missing", "Le nom manque.", "Nommez la personne.", field="name"))
    try:
        validate_email(email.strip())
    except ValidationError:
        found.append(
            Obstacle(
                "email_wrong",
                "L’adresse électronique n’est pas valable.",
                "Écrivez-la comme prenom.nom@exemple.fr.",
                field="email",
            )
        )
    if len(question.strip()) < 20:
        found.append(
            Obstacle(
                "question_short",
                "La question manque ou est trop courte.",
                "Dites en une phrase ou deux ce que vous voulez savoir.",
                field="question",
            )
        )
    return found


def _date_faults(due_on: date | None, today: date) -> list[Obstacle]:
    if due_on is None or not today < due_on <= today + LONGEST_DELAY:
        says = f"La réponse se demande pour une date à venir, dans les {LONGEST_DELAY.days} jours."
        return [Obstacle("due_on_wrong", says, "Choisissez une date.", field="due_on")]
    return []


def _dossier_faults(dossier: Dossier, email: str) -> list[Obstacle]:
    found = []
    if dossier.state in ENDED:
        found.append(Obstacle("dossier_over", "Ce dossier est terminé\u00a0: il n’attend plus d’avis."))
    if PendingApproval.objects.filter(dossier=dossier, status=PendingApproval.Status.OPEN).exists():
        found.append(
            Obstacle(
                "act_pending",
                "Un acte attend sa seconde personne.",
                "Faites-le confirmer ou abandonnez-le d’abord\u00a0: il porte sur le dossier tel qu’il est.",
            )
        )
    if Opinion.objects.awaited().filter(dossier=dossier, email=email.strip().lower()).exists():
        found.append(
            Obstacle(
                "opinion_awaited",
                "Un avis est déjà attendu de cette adresse sur ce dossier.",
                "Annulez la première demande pour en faire une autre.",
                field="email",
            )
        )
    return found


# --- The reader's side ---------------------------------------------------------------------------
def find(token: str, *, now: datetime) -> Opinion:
    """Return the opinion that a link opens; raises Opinion.DoesNotExist, or Closed once it opens nothing."""
    opinion = (
        Opinion.objects.select_related("dossier__company", "dossier__device", "asked_by")
        .filter(token_hash=_hash(token))
        .get()
    )
    if not opinion.is_open(civil_date(now)):
        raise Closed(opinion)
    return opinion


def shown_pieces(opinion: Opinion) -> list[DossierDocument]:
    """Return the pieces chosen that are still in force; one replaced meanwhile is not shown any more."""
    chosen = set(opinion.pieces.order_by().values_list("pk", flat=True))
    return [piece for piece in showable(opinion.dossier) if piece.pk in chosen]


def remember_reading(opinion: Opinion, *, now: datetime, piece: DossierDocument | None = None) -> None:
    """Write in the dossier's chain that the page, or one of its pieces, was read by the link."""
    data: dict[str, Any] = {} if piece is None else {"piece": piece.pk, "document": str(piece.document_id)}
    with transaction.atomic():
        _append("opinion_read" if piece is None else "opinion_piece_read", opinion, now=now, data=data)


def give(*, token: str, answer: str, text: str, now: datetime) -> Opinion:
    """Keep the answer, once, and tell who asked. Raises Opinion.DoesNotExist, Closed, Refused."""
    with transaction.atomic():
        dossier_id = find(token, now=now).dossier_id
        dossier = lock(dossier_id)
        opinion = Opinion.objects.select_for_update().select_related("asked_by").get(token_hash=_hash(token))
        opinion.dossier = dossier
        if not opinion.is_open(civil_date(now)):
            raise Closed(opinion)
        obstacles = []
        if answer not in Opinion.Answer.values:
            obstacles.append(
                Obstacle("answer_missing", "La conclusion manque.", "Choisissez-la.", field="answer")
            )
        if len(text.strip()) < 10:
            obstacles.append(
                Obstacle(
                    "text_missing",
                    "Les motifs manquent ou sont trop courts.",
                    "Une phrase au moins.",
                    field="text",
                )
            )
        if obstacles:
            raise Refused(obstacles)
        opinion.answer, opinion.answer_text, opinion.answered_at = answer, text.strip(), now
        opinion.save(update_fields=["answer", "answer_text", "answered_at"])
        # The version does not move: an act that awaits its second person is not undone from outside.
        event = _append("opinion_given", opinion, now=now, data={"answer": answer})
        _tell(opinion, f"{opinion.name} a rendu son avis – {dossier}", "opinion_given", event.sequence, now)
    return opinion


# --- Reminders -----------------------------------------------------------------------------------
def remind(*, now: datetime, today: date) -> int:
    """Remind once, before its date, whoever did not answer; tell who asked of a silence. Return how many."""
    awaited = Opinion.objects.awaited()
    near = awaited.filter(reminded_at__isnull=True, due_on__gte=today, due_on__lte=today + REMINDED_BEFORE)
    # One asked at the last moment is not reminded of on the same day.
    near = near.exclude(asked_at__gt=now - timedelta(days=1))
    late = awaited.filter(due_on__lt=today, due_on__gte=today - LATE_TOLD_FOR)
    reminded = 0
    for found, do in ((near, partial(_remind, now=now, today=today)), (late, partial(_tell_late, now=now))):
        for batch in batches(found, by="due_on"):
            done = sum(work([one.pk], do, what="Opinion") for one in batch)
            reminded += done if found is near else 0
    return reminded


def _remind(keys: list[int], *, now: datetime, today: date) -> int:
    (key,) = keys
    lock(Opinion.objects.values_list("dossier_id", flat=True).get(pk=key))
    opinion = Opinion.objects.select_for_update().select_related("dossier", "asked_by").get(pk=key)
    if opinion.reminded_at is not None or not opinion.is_open(today):
        return 0
    opinion.reminded_at = now
    # Under another key of the portal the link changes: the one sent now is the one that opens.
    opinion.token_hash = _hash(_token(opinion.nonce))
    opinion.save(update_fields=["reminded_at", "token_hash"])
    _send(opinion, "reminded", now=now)
    return 1


def _tell_late(keys: list[int], *, now: datetime) -> int:
    opinion = Opinion.objects.select_related("dossier__officer", "asked_by").get(pk=keys[0])
    title = f"{opinion.name} n’a pas rendu son avis – {opinion.dossier}"
    _tell(opinion, title, "opinion_late", opinion.pk, now)
    return 1


# --- Common --------------------------------------------------------------------------------------
def _token(nonce: str) -> str:
    return salted_hmac(SALT, nonce, algorithm="sha256").hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(opinion: Opinion) -> str:
    """Return the secret of an opinion's link, which is kept nowhere."""
    return _token(opinion.nonce)


def link_of(opinion: Opinion) -> str:
    """Return the private address that opens an opinion."""
    return absolute(reverse("opinion", args=[token_of(opinion)]))


def _send(opinion: Opinion, why: str, *, now: datetime) -> None:
    again = why == "reminded"
    opening = "Rappel\u00a0: votre avis" if again else "Votre avis"
    send_email(
        to=opinion.email,
        subject=f"{opening} est demandé par Bpifrance, dossier {opinion.dossier}",
        template="officer/email/opinion",
        context={
            "name": opinion.name,
            "asked_by": opinion.asked_by.full_name,
            "dossier": str(opinion.dossier),
            "due_on": opinion.due_on.isoformat(),
            "reminder": again,
            "sealed_link": seal(link_of(opinion)),
        },
        dedup_key=f"opinion:{opinion.pk}:{why}",
        now=now,
    )


def _tell(opinion: Opinion, title: str, kind: str, rank: int, now: datetime) -> None:
    people = {
        person.pk: person for person in (opinion.asked_by, *in_charge(opinion.dossier, on=civil_date(now)))
    }
    notify(
        recipients=people.values(),
        kind=kind,
        title=title,
        body="La demande d’avis se lit sur la page du dossier.",
        url=f"{reverse('officer_dossier', args=[opinion.dossier_id])}#avis",
        action="Ouvrir le dossier",
        family="progress",
        subject=(opinion.dossier.chain, str(opinion.dossier)),
        event_ref=f"{kind}:{opinion.dossier.chain}:{rank}",
        now=now,
    )


def _append(
    name: str, opinion: Opinion, *, now: datetime, data: dict[str, Any], actor: User | None = None
) -> Event:
    return append(
        chain=opinion.dossier.chain,
        name=name,
        at=now,
        actor=actor,
        data={"opinion": opinion.pk, **data},
        names={"actor": actor.full_name if actor else opinion.name, "asked_of": opinion.name},
    )


def _record(
    name: str, opinion: Opinion, *, now: datetime, actor: User, data: dict[str, Any] | None = None
) -> None:
    """Write an act of the desk: the dossier's version moves, so that older pages can't act."""
    event = _append(name, opinion, now=now, actor=actor, data=data or {})
    dossier = opinion.dossier
    dossier.version = event.sequence
    dossier.save(update_fields=["version"])
    listing.refresh([dossier.pk], today=civil_date(now), acted_at=now)
