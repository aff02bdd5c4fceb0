"""The money set aside for the scheme: open an envelope, top it up, close it; each leaves an audit event."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from applications.models import Envelope
from applications.workflow.refusals import NotYours, Obstacle, Refused
from portal.accounts.models import StaffRole, User
from portal.audit.services import append

# Fifteen digits before the decimal point fit in the column; nobody's envelope comes near.
MOST = Decimal("999999999999.99")


def chain_of(envelope: Envelope) -> str:
    """Return the name of an envelope's chain of audit events."""
    return f"envelope:{envelope.pk}"


def with_committed() -> QuerySet[Envelope]:
    """Return the envelopes, the open one first, each with `held`: what dossiers commit of it, HT."""
    return Envelope.objects.annotate(held=Coalesce(Sum("commitments__amount"), Decimal(0))).order_by(
        "-is_open", "-pk"
    )


def _check_manager(actor: User) -> None:
    if not actor.serves_as(StaffRole.MANAGER):
        raise NotYours("Seul un responsable gère l’enveloppe.")


def _check_amount(amount: Decimal | None) -> Decimal:
    if amount is None or not 0 < amount <= MOST:
        raise Refused(
            [
                Obstacle(
                    "amount_wrong",
                    "Le montant manque ou n’est pas possible.",
                    "Écrivez-le en euros.",
                    field="amount",
                )
            ]
        )
    return amount


def open_envelope(*, code: str, label: str, amount: Decimal | None, actor: User, now: datetime) -> Envelope:
    """Open an envelope; only one is open at a time. Raises NotYours, Refused."""
    _check_manager(actor)
    given = _check_amount(amount)
    if not code.strip() or not label.strip():
        raise Refused([Obstacle("name_missing", "Le code et le libellé sont nécessaires.", field="code")])
    if Envelope.objects.filter(is_open=True).exists():
        raise Refused(
            [Obstacle("open_already", "Une enveloppe est déjà ouverte.", "Abondez-la, ou fermez-la d’abord.")]
        )
    try:
        with transaction.atomic():
            envelope = Envelope.objects.create(code=code.strip(), label=label.strip(), amount=given)
            append(
                chain=chain_of(envelope),
                name="envelope_opened",
                at=now,
                actor=actor,
                data={"code": envelope.code, "amount": str(given)},
            )
    except IntegrityError as error:
        raise Refused(
            [
                Obstacle(
                    "code_used", "Ce code est déjà pris, ou une enveloppe vient de s’ouvrir.", field="code"
                )
            ]
        ) from error
    return envelope


def top_up(
    *, envelope: Envelope, amount: Decimal | None, motive: str, actor: User, now: datetime
) -> Envelope:
    """Add money to the open envelope. Raises NotYours, Refused."""
    _check_manager(actor)
    given = _check_amount(amount)
    _check_motive(motive)
    with transaction.atomic():
        held = _open_one(envelope)
        if held.amount + given > MOST:
            raise Refused(
                [Obstacle("amount_wrong", "Le montant dépasse ce qui est possible.", field="amount")]
            )
        held.amount += given
        held.save(update_fields=["amount"])
        append(
            chain=chain_of(held),
            name="envelope_topped_up",
            at=now,
            actor=actor,
            data={"added": str(given), "amount": str(held.amount)},
            motive=motive.strip(),
        )
    return held


def close_envelope(*, envelope: Envelope, motive: str, actor: User, now: datetime) -> Envelope:
    """Close the envelope: nothing more is committed from it, what is committed stays. Raises NotYours, Refused."""
    _check_manager(actor)
    _check_motive(motive)
    with transaction.atomic():
        held = _open_one(envelope)
        held.is_open = False
        held.save(update_fields=["is_open"])
        append(
            chain=chain_of(held), name="envelope_closed", at=now, actor=actor, data={}, motive=motive.strip()
        )
    return held


def _check_motive(motive: str) -> None:
    if len(motive.strip()) < 10:
        raise Refused(
            [
                Obstacle(
                    "motive_missing", "Le motif manque ou est trop court.", "Dites pourquoi.", field="motive"
                )
            ]
        )


def _open_one(envelope: Envelope) -> Envelope:
    held = Envelope.objects.select_for_update().get(pk=envelope.pk)
    if not held.is_open:
        raise Refused([Obstacle("closed", "Cette enveloppe est fermée.", "Ouvrez-en une nouvelle.")])
    return held
