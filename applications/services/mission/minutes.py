"""Minutes are written by one side, proposed, then approved by the other or sent back with a reason.

Every write takes the dossier's lock, then judges who acts, the mission's stage and the version shown; it raises
one of `applications.workflow.refusals`. A version that was proposed is never written again: a correction is
another version.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from applications.models import DossierDocument, Minutes, MinutesVersion, Mission
from applications.services.mission import told
from applications.services.mission.held import earliest, held
from applications.services.mission.seal import seal_of
from applications.services.mission_work import keep_file, put_piece
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale, WrongState
from portal.accounts.models import User
from portal.clock import civil_date
from portal.display import french_date
from portal.documents import services as documents
from portal.documents.models import Document, DocumentState

State, Kind = MinutesVersion.State, MinutesVersion.Kind
FILES = ("pdf", "docx")
SHORTEST_REASON = 10
LONGEST = 10_000
FROZEN = (
    "Ce compte rendu est approuvé des deux côtés\u00a0: il ne change plus. Écrivez-en un autre si besoin."
)
OVERWRITTEN = (
    "Ce brouillon a été enregistré par un collègue, ou dans un autre onglet, depuis l’affichage de la page. "
    "Rien n’a été écrasé\u00a0: votre saisie reste ci-dessous."
)
NOT_A_DRAFT = "Cette version est déjà proposée\u00a0: elle ne se modifie plus. Préparez une nouvelle version."
WRITERS_ONLY = "Ce compte rendu est écrit par l’autre partie\u00a0: demandez-lui une correction."
OTHERS_ONLY = (
    "Proposer un compte rendu vaut approbation\u00a0: c’est à l’autre partie de l’approuver maintenant."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What minutes say; any part may be missing while they are a draft."""

    kind: str = Kind.PROGRESS
    met_on: date | None = None
    present: str = ""
    decided: str = ""
    next_steps: str = ""
    next_meeting_on: date | None = None


# --- Writing -------------------------------------------------------------------------------------
def start(
    *,
    mission: Mission,
    actor: User,
    now: datetime,
    said: Told,
    file: UploadedFile[bytes] | None = None,
    key: UUID | None = None,
) -> MinutesVersion:
    """Keep the draft of new minutes; the same form sent twice gives the first one. Raises FileRefused too."""
    with held(mission.pk, actor=actor) as (current, side):
        known = Minutes.objects.filter(key=key).first() if key else None
        if known is not None and (known.mission_id, known.side) == (current.pk, side):
            return known.versions.latest("number")
        # A key that names the minutes of another room names none of this one.
        own_key = key if known is None else None
        minutes = Minutes(mission=current, side=side, started_by=actor, started_at=now, key=own_key)
        version = MinutesVersion(minutes=minutes, written_by=actor, written_at=now)
        _write(version, said)
        version.document = _kept(minutes, file, actor=actor, now=now)
        minutes.save(force_insert=True)
        version.minutes = minutes
        version.save(force_insert=True)
    return version


def save(
    *,
    version: MinutesVersion,
    actor: User,
    now: datetime,
    expected_revision: int,
    said: Told,
    file: UploadedFile[bytes] | None = None,
    drop_file: bool = False,
) -> MinutesVersion:
    """Write a draft anew; raises Stale where it was saved meanwhile, WrongState once it is proposed."""
    with _draft(version, actor, expected_revision) as draft:
        _write(draft, said)
        former = draft.document
        if file is not None:
            draft.document = _kept(draft.minutes, file, actor=actor, now=now)
        elif drop_file:
            draft.document = None
        draft.written_by, draft.written_at = actor, now
        draft.revision += 1
        draft.save()
        if former is not None and former != draft.document:
            _let_go(former)
    return draft


def drop(*, version: MinutesVersion, actor: User, expected_revision: int) -> None:
    """Give a draft up; minutes of which nothing was proposed go with it."""
    with _draft(version, actor, expected_revision) as draft:
        minutes, document = draft.minutes, draft.document
        draft.delete()
        if not minutes.versions.exists():
            minutes.delete()
        if document is not None:
            _let_go(document)


def propose(*, version: MinutesVersion, actor: User, now: datetime, expected_revision: int) -> MinutesVersion:
    """Put a draft before the other side; an earlier version that still waited is replaced by it.

    Raises Refused for what lacks or can't be meant, WrongState where the earlier version was approved.
    """
    with _draft(version, actor, expected_revision) as draft:
        siblings = draft.minutes.versions.exclude(pk=draft.pk)
        if siblings.filter(state=State.APPROVED).exists():
            raise WrongState(FROZEN)
        if lacks := list(_lacks(draft, civil_date(now))):
            raise Refused(lacks)
        waiting = {"minutes": draft.minutes, "state": State.PROPOSED}
        MinutesVersion.objects.filter(**waiting).update(state=State.SUPERSEDED)
        draft.state, draft.proposed_by, draft.proposed_at = State.PROPOSED, actor, now
        draft.sha256 = seal_of(draft)
        draft.save()
        told.proposed(draft, actor=actor, now=now)
    return draft


def revise(*, minutes: Minutes, actor: User, now: datetime) -> MinutesVersion:
    """Return the draft of the next version: the one under way, else a copy of the last."""
    with held(minutes.mission_id, actor=actor) as (_mission, side):
        if side != minutes.side:
            raise NotYours(WRITERS_ONLY)
        last = minutes.versions.select_related("document").latest("number")
        if last.state == State.DRAFT:
            return last
        if last.state == State.APPROVED:
            raise WrongState(FROZEN)
        return MinutesVersion.objects.create(
            minutes=minutes,
            number=last.number + 1,
            kind=last.kind,
            met_on=last.met_on,
            present=last.present,
            decided=last.decided,
            next_steps=last.next_steps,
            next_meeting_on=last.next_meeting_on,
            document=last.document,
            written_by=actor,
            written_at=now,
        )


# --- Answering -----------------------------------------------------------------------------------
def approve(*, minutes: Minutes, number: int, actor: User, now: datetime) -> MinutesVersion:
    """Approve, for the side that did not write, the version that the page showed: it is frozen.

    Raises Stale where that version is no more the one proposed, Refused while its file can't be read.
    """
    with _awaited(minutes, number, actor) as version:
        if version.document is not None and version.document.state != DocumentState.CLEAN:
            raise _refused("Le fichier joint n’est pas encore lisible.", "Réessayez dans quelques minutes.")
        if seal_of(version) != version.sha256:
            raise _refused("Ce texte ne correspond plus à son empreinte.", "Prévenez l’assistance.")
        version.state, version.answered_by, version.answered_at = State.APPROVED, actor, now
        version.save(update_fields=["state", "answered_by", "answered_at"])
        _join(version, now)
        told.approved(version, actor=actor, now=now)
    return version


def ask_correction(
    *, minutes: Minutes, number: int, actor: User, now: datetime, reason: str
) -> MinutesVersion:
    """Send the version that the page showed back to who wrote it, with a reason. Raises Stale, Refused."""
    with _awaited(minutes, number, actor) as version:
        text = reason.strip()
        if not SHORTEST_REASON <= len(text) <= LONGEST:
            raise _refused("Dites en une phrase au moins ce qui est à corriger.", field="reason")
        version.state, version.reason = State.CORRECTION, text
        version.answered_by, version.answered_at = actor, now
        version.save(update_fields=["state", "reason", "answered_by", "answered_at"])
        told.correction_asked(version, actor=actor, now=now)
    return version


# --- Common --------------------------------------------------------------------------------------
@contextmanager
def _draft(version: MinutesVersion, actor: User, expected_revision: int) -> Iterator[MinutesVersion]:
    """Give the draft read anew under the lock, to a member of the side that writes it."""
    with held(version.minutes.mission_id, actor=actor) as (mission, side):
        found = MinutesVersion.objects.select_related("minutes", "document").filter(pk=version.pk).first()
        if found is None:
            raise WrongState("Ce brouillon a été supprimé depuis l’affichage de la page.")
        found.minutes.mission = mission
        if side != found.minutes.side:
            raise NotYours(WRITERS_ONLY)
        if found.state != State.DRAFT:
            raise WrongState(NOT_A_DRAFT)
        if found.revision != expected_revision:
            raise Stale(OVERWRITTEN)
        yield found


@contextmanager
def _awaited(minutes: Minutes, number: int, actor: User) -> Iterator[MinutesVersion]:
    """Give the version that waits for the actor's side, if it is the one numbered `number`."""
    with held(minutes.mission_id, actor=actor) as (mission, side):
        if side == minutes.side:
            raise NotYours(OTHERS_ONLY)
        versions = minutes.versions.select_related("document", "answered_by", "proposed_by")
        told_of = versions.exclude(state=State.DRAFT)
        last = told_of.order_by("-number").first()
        if last is None or last.state != State.PROPOSED or last.number != number:
            raise Stale(_meanwhile(last, number))
        last.minutes = minutes
        last.minutes.mission = mission
        yield last


def _meanwhile(last: MinutesVersion | None, number: int) -> str:
    """Return what happened to the version that a page showed."""
    if last is not None and last.number > number:
        return (
            f"La version {number} vient d’être remplacée par la version {last.number}\u00a0: "
            "relisez celle-ci avant de répondre. Votre réponse n’a pas été enregistrée."
        )
    if last is not None and last.answered_at is not None:
        done = "approuvée" if last.state == State.APPROVED else "renvoyée pour correction"
        by = f" par {last.answered_by.full_name}" if last.answered_by is not None else ""
        return f"Cette version vient d’être {done}{by}. Votre réponse n’a pas été enregistrée."
    return "Cette version n’attend plus de réponse. Votre réponse n’a pas été enregistrée."


def _write(version: MinutesVersion, said: Told) -> None:
    version.kind, version.met_on, version.next_meeting_on = said.kind, said.met_on, said.next_meeting_on
    for name in ("present", "decided", "next_steps"):
        # A browser ends its lines with two signs: the seal must not depend on where the text was typed.
        setattr(version, name, getattr(said, name).replace("\r\n", "\n").strip())


def _kept(
    minutes: Minutes, file: UploadedFile[bytes] | None, *, actor: User, now: datetime
) -> Document | None:
    if file is None:
        return None
    mission = minutes.mission
    firm, company = mission.firm.organisation, mission.dossier.company.organisation
    return keep_file(
        mission,
        file=file,
        kind=DossierDocument.Kind.MINUTES,
        allowed=FILES,
        actor=actor,
        now=now,
        organisation=firm if minutes.side == Minutes.Side.EXPERT else company,
    )


def _let_go(document: Document) -> None:
    """Remove a file that no version bears any more."""
    if not document.minutes_versions.exists():
        documents.discard(document=document)


def _join(version: MinutesVersion, now: datetime) -> None:
    """Make the file of approved minutes a piece of the dossier: until then it is nobody's but the two sides'."""
    if version.document is not None and not hasattr(version.document, "piece"):
        put_piece(
            version.minutes.mission,
            document=version.document,
            kind=DossierDocument.Kind.MINUTES,
            actor=version.written_by,
            now=now,
            issued_on=version.met_on,
            instead=False,
        )


def _lacks(version: MinutesVersion, today: date) -> Iterator[Obstacle]:
    """Yield what keeps a draft from being proposed."""
    first = earliest(version.minutes.mission)
    if version.kind not in Kind.values:
        yield Obstacle("kind", "Choisissez la nature de la réunion.", field="kind")
    if version.met_on is None:
        yield Obstacle("met_on", "Indiquez la date de la réunion.", field="met_on")
    elif version.met_on > today:
        yield Obstacle(
            "met_on_future", "Cette réunion est à venir.", "Indiquez sa date réelle.", field="met_on"
        )
    elif version.met_on < first:
        yield Obstacle(
            "met_on_early",
            f"La mission ne commence pas avant le {french_date(first)}, jour du contrat ou de l’arrivée du cabinet.",
            "Un échange plus ancien ne fait pas l’objet d’un compte rendu de mission.",
            field="met_on",
        )
    if not version.present:
        yield Obstacle("present", "Nommez les personnes présentes.", field="present")
    if not version.decided and version.document is None:
        yield Obstacle("decided", "Écrivez ce qui a été décidé, ou joignez le compte rendu.", field="decided")
    if version.next_meeting_on and version.met_on and version.next_meeting_on <= version.met_on:
        yield Obstacle("next_meeting_on", "La prochaine réunion suit celle-ci.", field="next_meeting_on")


def _refused(message: str, remedy: str = "", *, field: str = "") -> Refused:
    return Refused([Obstacle("minutes", message, remedy, field)])
