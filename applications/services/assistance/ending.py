"""An entry ends: handed to the company, stopped by it, passed on to a colleague, or closed with its draft."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from applications.models import Assistance, Dossier
from applications.services.assistance import told
from applications.services.assistance.entering import invite
from applications.services.assistance.trail import close, end_it, has_members, record, writes_for_companies
from applications.services.filing import refused
from applications.services.locking import lock
from applications.workflow.refusals import NotYours
from applications.workflow.states import State
from portal.accounts.models import Membership, StaffRole, User
from portal.clock import civil_date

End = Assistance.End
# Days after the draft was handed over at which a company that has not filed it is reminded.
REMINDERS = (7, 21)
NOT_THE_WRITER = (
    "Seule la personne qui saisit cette demande peut faire cela, tant que la saisie est en cours."
)
NOT_IN_CHARGE = (
    "Seul un responsable, ou la personne qui saisit cette demande, peut la confier à quelqu’un d’autre."
)
NOT_AN_OWNER = "Seul un propriétaire de l’espace peut arrêter la saisie de Bpifrance."
OVER = "Cette saisie est déjà terminée."


def hand_over(assistance: Assistance, *, actor: User, now: datetime, contact_email: str = "") -> Assistance:
    """Leave the draft to its company, which reads, declares and files; it gets one message with the link.

    For a company that nobody entered yet the message is an invitation, to `contact_email` if given; it may
    be sent again, by any manager too. Raises NotYours, Refused.
    """
    with transaction.atomic():
        dossier = lock(assistance.dossier_id)
        held = held_now(assistance)
        if not may_hand_over(held, actor):
            raise NotYours(NOT_THE_WRITER)
        if dossier.state != State.DRAFT:
            raise refused(OVER, code="over")
        held.contact_email = contact_email or held.contact_email
        held.remind_on = civil_date(now) + timedelta(days=REMINDERS[0])
        if held.is_open:
            close(held, End.HANDED, actor=actor, now=now)
        else:
            held.save()
        if has_members(dossier.company):
            told.handed(held, now=now)
        else:
            invite(held, actor=actor, now=now, note=told.INVITED_AT_END)
        return held


def stop(dossier: Dossier, *, actor: User, now: datetime, reason: str = "") -> Assistance:
    """Let an owner of the company end Bpifrance's entry; what was entered stays, and is the company's to change.

    Raises NotYours, Refused where nobody enters it any more.
    """
    with transaction.atomic():
        locked = lock(dossier.pk)
        owners = Membership.objects.owners().filter(organisation=locked.company.organisation_id, user=actor)
        if not owners.exists():
            raise NotYours(NOT_AN_OWNER)
        held = Assistance.objects.open().filter(dossier=locked).select_related("officer").first()
        if held is None:
            raise refused(OVER, code="over")
        held.reason = reason.strip()[:500]
        close(held, End.STOPPED, actor=actor, now=now)
        told.stopped(held, now=now)
        return held


def pass_on(assistance: Assistance, *, to: User, actor: User, now: datetime) -> Assistance:
    """Give the entry to another officer or manager: by who enters it, or by a manager.

    One left without hands is taken up again, by a manager. Raises NotYours, Refused.
    """
    with transaction.atomic():
        dossier = lock(assistance.dossier_id)
        held = held_now(assistance)
        own = held.is_open and held.officer_id == actor.pk
        if not writes_for_companies(actor) or not (own or actor.staff_role == StaffRole.MANAGER):
            raise NotYours(NOT_IN_CHARGE)
        if dossier.state != State.DRAFT or not (held.is_open or _is_orphan(held)):
            raise refused(OVER, code="over")
        if not writes_for_companies(to) or (to.pk == held.officer_id and held.is_open):
            raise refused(
                "Cette personne ne peut pas reprendre la saisie.",
                remedy="Choisissez un chargé d’affaires ou un responsable en activité.",
                field="officer",
            )
        if held.is_open:
            end_it(held, End.PASSED, now=now)
            held.save()
        Assistance.objects.filter(dossier=dossier, remind_on__isnull=False).update(remind_on=None)
        following = Assistance.objects.create(
            dossier=dossier,
            officer=to,
            channel=held.channel,
            received_on=held.received_on,
            letter=held.letter,
            contact_email=held.contact_email,
            opened_at=now,
        )
        record("assistance_passed", following, actor=actor, now=now)
        if to.pk != actor.pk:
            told.passed(following, giver=actor, now=now)
        return following


def may_hand_over(held: Assistance, actor: User) -> bool:
    """Tell whether `actor` hands the draft over now; again, where the company did not come, any manager may."""
    if not writes_for_companies(actor):
        return False
    own = held.officer_id == actor.pk
    if held.is_open:
        return own
    unclaimed = held.is_unclaimed(latest=_is_latest(held), claimed=has_members(held.dossier.company))
    return unclaimed and (own or actor.staff_role == StaffRole.MANAGER)


def _is_orphan(held: Assistance) -> bool:
    return held.can_be_taken_up(latest=_is_latest(held), claimed=has_members(held.dossier.company))


def _is_latest(held: Assistance) -> bool:
    return not Assistance.objects.filter(dossier=held.dossier_id, pk__gt=held.pk).exists()


def close_for(dossier: Dossier, *, end: str, actor: User | None, now: datetime) -> None:
    """Close the entry of a draft that leaves that state, in the transaction and under the lock of that act."""
    if dossier.entered is None:
        return
    held = Assistance.objects.open().filter(dossier=dossier).first()
    if held is not None:
        close(held, End(end), actor=actor, now=now)
    Assistance.objects.filter(dossier=dossier, remind_on__isnull=False).update(remind_on=None)


def held_now(assistance: Assistance) -> Assistance:
    """Return the entry as it is under the dossier's lock."""
    found: Assistance = Assistance.objects.select_related(
        "dossier__company__organisation", "officer", "letter"
    ).get(pk=assistance.pk)
    return found
