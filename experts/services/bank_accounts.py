"""The firm's bank account and VAT: the first account is typed, another one is confirmed by two persons and waits.

A change is asked by an owner, confirmed by another who was a member already (or, where there was none, by Bpifrance
calling back the number it knew), told at once to the firm's contact of before, and in force 48 hours after.
Every write locks the firm's row first, and leaves an event in the chain "firm:<pk>" that never holds the account.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from experts.models import AccountChange, ExpertFirm, VatRegime
from experts.services.firms import chain_of, lock_firm, members_of, require_member
from experts.services.numbers import clean_bic, clean_iban, clean_vat_number
from experts.services.refusals import Refused
from portal.accounts.models import Membership, StaffRole, User
from portal.audit.models import Event
from portal.audit.services import append
from portal.clock import civil_date
from portal.notifications.services import notify, send_email

ACCOUNT_FIELDS = frozenset({"iban", "bic"})
DELAY = timedelta(hours=48)
CALLERS = frozenset({StaffRole.OFFICER, StaffRole.MANAGER})
NOT_YOU = "Si vous n’êtes pas à l’origine de ce changement, arrêtez-le ou prévenez Bpifrance sans attendre."
NEWCOMER = (
    "Vous avez rejoint le cabinet après cette demande\u00a0: une personne qui en était déjà membre la confirme, "
    "ou Bpifrance par téléphone s’il n’y en a pas d’autre."
)
Status = AccountChange.Status


def last_account_change(firm: ExpertFirm) -> datetime | None:
    """Return when the firm's IBAN or BIC was last changed, None while it never was."""
    changes = Event.objects.filter(chain=chain_of(firm), name="payment_details_changed").order_by("-sequence")
    return next((event.at for event in changes if ACCOUNT_FIELDS & set(event.data["fields"])), None)


def open_change(firm: ExpertFirm) -> AccountChange | None:
    """Return the change of account that is asked or waits, None where there is none."""
    return (
        AccountChange.objects.open()
        .filter(firm=firm)
        .select_related("firm", "asked_by", "confirmed_by")
        .first()
    )


@transaction.atomic
def update_payment_details(
    *,
    firm: ExpertFirm,
    actor: User,
    now: datetime,
    iban: str,
    bic: str,
    vat_regime: str,
    vat_number: str,
) -> AccountChange | None:
    """Write the VAT and the first account at once; ask for another account, which is returned.

    Events and notices say that they changed, never their values.
    """
    require_member(firm, actor, owner=True)
    if vat_regime not in VatRegime.values:
        raise Refused("Choisissez le régime de TVA du cabinet.", field="vat_regime")
    account = {"iban": clean_iban(iban), "bic": clean_bic(bic)}
    wanted = {"vat_regime": vat_regime, "vat_number": clean_vat_number(vat_number)}
    if vat_regime != VatRegime.FRANCHISE and not wanted["vat_number"]:
        raise Refused(
            "Indiquez le numéro de TVA\u00a0: seule la franchise en base en dispense.", field="vat_number"
        )
    current = lock_firm(firm)
    if not current.iban:
        wanted |= account
    changed = [name for name, value in wanted.items() if getattr(current, name) != value]
    if changed:
        for name in changed:
            setattr(current, name, wanted[name])
        current.save(update_fields=changed)
        _keep_details(current, changed, actor=actor, now=now)
    if any(getattr(current, name) != value for name, value in account.items()):
        return _ask(current, account, actor=actor, now=now)
    return None


def _keep_details(firm: ExpertFirm, changed: list[str], *, actor: User | None, now: datetime) -> Event:
    """Keep that payment details changed, and tell the firm's people, and the controllers of another account."""
    event = append(
        chain=chain_of(firm),
        name="payment_details_changed",
        at=now,
        actor=actor,
        data={"firm": firm.pk, "fields": sorted(changed)},
    )
    _tell_members(
        firm,
        "Coordonnées de paiement modifiées",
        f"Les coordonnées de paiement du cabinet {firm.name} ont été modifiées. {NOT_YOU}",
        event,
        now,
    )
    if ACCOUNT_FIELDS & set(changed):
        _tell_staff(
            firm,
            {StaffRole.CONTROLLER},
            words=(
                f"Compte bancaire modifié\u00a0: {firm.name}",
                f"Le cabinet {firm.name} a changé de compte bancaire. Un paiement validé qui n’est pas encore dans "
                "un lot attend que le nouveau compte soit vérifié auprès de lui.",
            ),
            event=event,
            now=now,
        )
    return event


def _ask(firm: ExpertFirm, account: dict[str, str], *, actor: User, now: datetime) -> AccountChange:
    if AccountChange.objects.open().filter(firm=firm).exists():
        raise Refused(
            "Un changement de compte est déjà en cours\u00a0: confirmez-le ou arrêtez-le d’abord.",
            field="iban",
        )
    change = AccountChange.objects.create(firm=firm, **account, asked_by=actor, asked_at=now)
    event = append(
        chain=chain_of(firm),
        name="account_change_asked",
        at=now,
        actor=actor,
        data={"firm": firm.pk, "change": change.pk},
        names={"actor": actor.full_name},
    )
    body = (
        f"{actor} demande que Bpifrance paie désormais le cabinet {firm.name} sur un autre compte. Rien ne change "
        f"avant qu’une seconde personne le confirme, puis 48 heures. {NOT_YOU}"
    )
    _tell_members(firm, "Changement de compte bancaire demandé", body, event, now)
    _tell_contact(firm, "Changement de compte bancaire demandé", body, event, now)
    if not _others(firm, actor, now):
        _tell_staff(
            firm,
            CALLERS,
            words=(
                f"Compte à confirmer par téléphone\u00a0: {firm.name}",
                f"Le cabinet {firm.name} demande à être payé sur un autre compte et n’a qu’un seul membre\u00a0: "
                "rappelez-le au numéro déjà connu avant de confirmer.",
            ),
            event=event,
            now=now,
        )
    return change


def _others(firm: ExpertFirm, asker: User, asked_at: datetime) -> set[int]:
    """Return the keys of who may confirm: members since before the request, so that nobody is let in for it."""
    rows = Membership.objects.active().filter(organisation=firm.organisation_id, joined_at__lte=asked_at)
    return set(rows.exclude(user=asker).values_list("user", flat=True))


def needs_call_back(change: AccountChange) -> bool:
    """True where no other member of the firm can confirm: Bpifrance then calls back."""
    return not _others(change.firm, change.asked_by, change.asked_at)


def phone_changed_at(firm: ExpertFirm) -> datetime | None:
    """Return when the firm's telephone was last changed on the portal, None while it never was."""
    changes = Event.objects.filter(chain=chain_of(firm), name="identity_changed").order_by("-sequence")
    return next((event.at for event in changes if "phone" in event.data["fields"]), None)


def _lock_change(change: AccountChange) -> AccountChange:
    """Return the change read anew under its firm's lock."""
    firm = lock_firm(change.firm)
    current = AccountChange.objects.select_related("asked_by").get(pk=change.pk)
    current.firm = firm
    return current


@transaction.atomic
def confirm_as_member(*, change: AccountChange, actor: User, now: datetime) -> AccountChange:
    """Confirm a change as the second person of the firm; it takes effect 48 hours later."""
    current = _lock_change(change)
    require_member(current.firm, actor)
    asker = current.asked_by
    if actor.pk not in _others(current.firm, asker, current.asked_at) | {asker.pk}:
        raise Refused(NEWCOMER)
    return _confirm(current, actor=actor, now=now)


@transaction.atomic
def confirm_by_call(
    *,
    change: AccountChange,
    actor: User,
    now: datetime,
    today: date,
    called_on: date,
    called_person: str,
    called_number: str,
) -> AccountChange:
    """Confirm a change for Bpifrance, after calling back; only where the firm has no other member to confirm."""
    current = _lock_change(change)
    if actor.staff_role not in CALLERS or not actor.is_active:
        raise Refused("Le contre-appel revient à un chargé d’affaires ou à un responsable.")
    if not needs_call_back(current):
        raise Refused("Un autre membre du cabinet peut confirmer\u00a0: c’est à lui de le faire.")
    if not civil_date(current.asked_at) <= called_on <= today:
        raise Refused("Le contre-appel suit la demande et n’est pas à venir.", field="called_on")
    if len(called_person.strip()) < 3:
        raise Refused("Indiquez qui vous avez joint.", field="called_person")
    if len([sign for sign in called_number if sign.isdigit()]) < 8:
        raise Refused("Indiquez le numéro que vous avez appelé.", field="called_number")
    current.called_on, current.called_person = called_on, called_person.strip()
    current.called_number = called_number.strip()
    return _confirm(current, actor=actor, now=now)


def _confirm(change: AccountChange, *, actor: User, now: datetime) -> AccountChange:
    if change.status != Status.ASKED:
        raise Refused("Ce changement n’attend plus de confirmation.")
    if actor.pk == change.asked_by_id:
        raise Refused("Vous avez demandé ce changement\u00a0: une autre personne le confirme.")
    change.status = Status.CONFIRMED
    change.confirmed_by, change.confirmed_at, change.effective_at = actor, now, now + DELAY
    change.save()
    event = append(
        chain=chain_of(change.firm),
        name="account_change_confirmed",
        at=now,
        actor=actor,
        data={"firm": change.firm_id, "change": change.pk, "by_call": bool(change.called_on)},
        names={"actor": actor.full_name, "called": change.called_person},
    )
    body = (
        f"Le nouveau compte du cabinet {change.firm.name} est confirmé par {actor}. Il entre en vigueur dans "
        f"48 heures. {NOT_YOU}"
    )
    _tell_members(change.firm, "Changement de compte bancaire confirmé", body, event, now)
    _tell_contact(change.firm, "Changement de compte bancaire confirmé", body, event, now)
    return change


@transaction.atomic
def stop_change(*, change: AccountChange, actor: User, now: datetime) -> AccountChange:
    """Give a change up before it takes effect: any member of the firm, and Bpifrance's desk, may."""
    current = _lock_change(change)
    if actor.staff_role not in CALLERS | {StaffRole.CONTROLLER}:
        require_member(current.firm, actor)
    if current.status not in {Status.ASKED, Status.CONFIRMED}:
        raise Refused("Ce changement n’est plus en cours.")
    current.status, current.ended_by, current.ended_at = Status.STOPPED, actor, now
    current.save()
    event = append(
        chain=chain_of(current.firm),
        name="account_change_stopped",
        at=now,
        actor=actor,
        data={"firm": current.firm_id, "change": current.pk},
        names={"actor": actor.full_name},
    )
    body = f"{actor} a arrêté le changement de compte du cabinet {current.firm.name}\u00a0: le compte reste le même."
    _tell_members(current.firm, "Changement de compte bancaire arrêté", body, event, now)
    return current


def due_changes(now: datetime) -> list[AccountChange]:
    """Return the confirmed changes whose 48 hours are over, the oldest first."""
    return list(AccountChange.objects.due(now).select_related("firm").order_by("effective_at", "pk"))


@transaction.atomic
def apply_change(change: AccountChange, *, now: datetime) -> ExpertFirm | None:
    """Put a confirmed account in force once its delay is over; None where there is nothing to do any more."""
    current = _lock_change(change)
    if current.status != Status.CONFIRMED or current.effective_at is None or current.effective_at > now:
        return None
    firm = current.firm
    changed = [name for name in ("iban", "bic") if getattr(firm, name) != getattr(current, name)]
    firm.iban, firm.bic = current.iban, current.bic
    firm.save(update_fields=["iban", "bic"])
    current.status, current.ended_at = Status.DONE, now
    current.save()
    _keep_details(firm, changed, actor=None, now=now)
    return firm


@transaction.atomic
def read_account(*, firm: ExpertFirm, actor: User, now: datetime, mission: int) -> tuple[str, str]:
    """Return the firm's IBAN and BIC in full, to pay a mission; the reading leaves an event, not the account."""
    current = lock_firm(firm)
    append(
        chain=chain_of(current),
        name="account_read",
        at=now,
        actor=actor,
        data={"firm": current.pk, "mission": mission},
    )
    return current.iban, current.bic


# --- Who is told ---------------------------------------------------------------------------------
def _tell_members(firm: ExpertFirm, title: str, body: str, event: Event, now: datetime) -> None:
    notify(
        recipients=members_of(firm),
        kind="firm",
        title=title,
        body=body,
        url=reverse("firm_profile_of", args=[firm.pk]),
        action="Vérifier les coordonnées",
        family="firm",
        blocking=True,
        event_ref=f"{event.chain}:{event.sequence}",
        now=now,
    )


def _tell_staff(
    firm: ExpertFirm,
    roles: frozenset[StaffRole] | set[StaffRole],
    *,
    words: tuple[str, str],
    event: Event,
    now: datetime,
) -> None:
    notify(
        recipients=list(User.objects.staff(*roles).order_by("pk")),
        kind="firm",
        title=words[0],
        body=words[1],
        url=reverse("firm_detail", args=[firm.pk]),
        action="Ouvrir la fiche du cabinet",
        family="firm",
        blocking=True,
        event_ref=f"{event.chain}:{event.sequence}",
        now=now,
    )


def _tell_contact(firm: ExpertFirm, title: str, body: str, event: Event, now: datetime) -> None:
    """Write at once to the contact address known before, where it is no member's own."""
    if not firm.contact_email or firm.contact_email in {member.email for member in members_of(firm)}:
        return
    send_email(
        to=firm.contact_email,
        subject=title,
        template="accounts/email/notice",
        context={
            "full_name": firm.name,
            "lines": [body],
            "link": settings.PORTAL_URL + reverse("firm_profile_of", args=[firm.pk]),
            "label": "Vérifier les coordonnées",
        },
        dedup_key=f"{event.chain}:{event.sequence}:contact",
        now=now,
    )
