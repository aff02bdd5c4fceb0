"""What is told of an entry, and to whom: the company's members, its officer, the managers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format

from applications.models import Assistance
from applications.services.assistance.trail import writes_for_companies
from applications.services.people import members_of, staff
from portal.accounts.models import Membership, StaffRole, User
from portal.notifications.services import notify

# In the invitation of the owner-to-be of a company without members.
INVITED_AT_START = (
    "Bpifrance a reçu votre demande le {received_on} et la saisit pour vous. Rejoignez votre espace pour la "
    "suivre\u00a0: vous pourrez la relire, la corriger et la déposer."
)
INVITED_AT_END = (
    "Votre demande, reçue le {received_on}, est saisie. Rejoignez votre espace pour la relire, la corriger, "
    "cocher les déclarations et la déposer\u00a0: vous seul pouvez le faire."
)


def opened(assistance: Assistance, *, now: datetime) -> None:
    """Tell the owners that Bpifrance began, and that they may stop it."""
    owners = Membership.objects.owners().filter(organisation=assistance.dossier.company.organisation_id)
    _tell(
        assistance,
        [one.user for one in owners.select_related("user").order_by("pk")],
        kind="assistance_opened",
        title=f"Bpifrance saisit votre demande pour le volet {assistance.dossier.volet}",
        body=f"{assistance.officer.full_name} la saisit d’après {_source(assistance)}. Vous pouvez la lire, la "
        "corriger et arrêter cette saisie à tout moment\u00a0; vous seul la déposerez.",
        action="Voir ma demande",
        now=now,
        blocking=True,
    )


def handed(assistance: Assistance, *, now: datetime) -> None:
    """Ask the company to read over, declare and file."""
    _tell(
        assistance,
        members_of(assistance.dossier.company.organisation_id),
        kind="assistance_handed",
        title=f"Votre demande pour le volet {assistance.dossier.volet} est prête à relire",
        body=f"Bpifrance l’a saisie d’après {_source(assistance)}. Relisez-la, corrigez ce qui doit l’être, cochez "
        "les déclarations et déposez-la\u00a0: elle n’est pas encore déposée.",
        action="Relire et déposer ma demande",
        now=now,
        blocking=True,
    )


def reminder(assistance: Assistance, *, now: datetime) -> None:
    """Remind the company of what it has not filed."""
    _tell(
        assistance,
        members_of(assistance.dossier.company.organisation_id),
        kind="assistance_reminder",
        rank=str(assistance.remind_on),
        title=f"Votre demande pour le volet {assistance.dossier.volet} n’est pas déposée",
        body=f"Bpifrance l’a saisie d’après {_source(assistance)}. Elle ne sera étudiée qu’une fois déposée par vous.",
        action="Relire et déposer ma demande",
        family="reminders",
        now=now,
        blocking=True,
    )


def unclaimed(assistance: Assistance, *, now: datetime) -> None:
    """Tell the officer, or the managers once he left, that nobody of the company followed the invitation."""
    officer = assistance.officer
    _tell(
        assistance,
        [officer] if writes_for_companies(officer) else staff(StaffRole.MANAGER),
        kind="assistance_unclaimed",
        rank=str(assistance.remind_on),
        title=f"{assistance.dossier.company.name} n’a pas rejoint son espace",
        body="L’invitation n’a pas été suivie\u00a0: la demande saisie pour elle n’est pas déposée. Appelez "
        "l’entreprise, ou renvoyez l’invitation.",
        action="Voir mes saisies",
        family="reminders",
        now=now,
    )


def stopped(assistance: Assistance, *, now: datetime) -> None:
    """Tell the officer that the company goes on by itself."""
    why = f" Motif\u00a0: {assistance.reason}" if assistance.reason else ""
    _tell(
        assistance,
        [assistance.officer],
        kind="assistance_stopped",
        title=f"{assistance.dossier.company.name} a arrêté votre saisie",
        body=f"L’entreprise termine elle-même sa demande pour le volet {assistance.dossier.volet}.{why}",
        action="Voir mes saisies",
        now=now,
    )


def passed(assistance: Assistance, *, giver: User, now: datetime) -> None:
    """Tell whom the entry is given to."""
    _tell(
        assistance,
        [assistance.officer],
        kind="assistance_passed",
        title=f"Une saisie vous est confiée\u00a0: {assistance.dossier.company.name}",
        body=f"{giver.full_name} vous confie la demande pour le volet {assistance.dossier.volet}, reçue le "
        f"{date_format(assistance.received_on, 'j F Y')}.",
        action="Voir mes saisies",
        now=now,
    )


def left(assistance: Assistance, *, now: datetime) -> None:
    """Tell the managers that an entry has lost its officer."""
    _tell(
        assistance,
        staff(StaffRole.MANAGER),
        kind="assistance_left",
        title=f"Saisie interrompue\u00a0: {assistance.dossier.company.name}",
        body=f"{assistance.officer.full_name} ne peut plus saisir cette demande pour le volet "
        f"{assistance.dossier.volet}\u00a0: confiez-la à quelqu’un d’autre.",
        action="Voir les saisies",
        now=now,
        blocking=True,
    )


def _source(assistance: Assistance) -> str:
    return f"votre {assistance.source} du {date_format(assistance.received_on, 'j F Y')}"


def _tell(
    assistance: Assistance,
    people: Iterable[User],
    *,
    kind: str,
    title: str,
    body: str,
    action: str,
    now: datetime,
    family: str = "progress",
    blocking: bool = False,
    rank: str = "",
) -> None:
    """`rank` sets apart what is told several times of one entry."""
    recipients = list(people)
    inside = bool(recipients and recipients[0].staff_role)
    dossier = assistance.dossier
    notify(
        recipients=recipients,
        kind=kind,
        title=title,
        body=body,
        url=reverse("assistance_list") if inside else reverse("filing_tasks", args=[dossier.pk]),
        action=action,
        family=family,
        blocking=blocking,
        subject=(dossier.chain, str(dossier)),
        event_ref=f"assistance:{assistance.pk}:{kind}{rank}",
        now=now,
    )
