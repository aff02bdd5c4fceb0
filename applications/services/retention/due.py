"""What falls due under each rule of retention, and what is held back while money is pending."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from applications.models import (
    Assistance,
    Company,
    Dossier,
    Hold,
    Mission,
    Payment,
    PaymentOrder,
    PendingApproval,
    QuoteRequest,
    UsedVolet,
)
from applications.models.dossier_sets import DossierQuerySet
from applications.services.retention.rules import TOLD_DAYS, before, last_start
from applications.workflow.states import FREED, MissionState, State
from portal.accounts.models import Membership, User
from portal.clock import civil_date

PAID_ENDS = frozenset({State.CLOSED, State.PAID})
# The address of an account that was made anonymous: nobody's ends so (RFC 2606).
ANONYMOUS = "@efface.invalid"


def money_pending() -> Q:
    """Return the condition of a dossier of which some money is still to be paid, held, sent or confirmed.

    A mission that is not over, an approved payment, a hold that stands, a transfer order at the bank, an act
    that waits for its second person.
    """
    of_dossier = Mission.objects.filter(dossier=OuterRef("pk"))
    return (
        Q(Exists(of_dossier.running()))
        | Q(Exists(of_dossier.filter(state=MissionState.PAYMENT_APPROVED)))
        | Q(Exists(Hold.objects.filter(mission__dossier=OuterRef("pk"), lifted_at__isnull=True)))
        | Q(Exists(PaymentOrder.objects.filter(mission__dossier=OuterRef("pk"), status="open")))
        | Q(Exists(PendingApproval.objects.filter(dossier=OuterRef("pk"), status="open")))
    )


def aid_was_paid() -> Q:
    """Return the condition of a dossier of which a payment stands, whatever its end.

    One whose first expert was paid, then replaced, may be cancelled or lapse: its aid is kept like any other.
    """
    return Q(Exists(Payment.objects.filter(mission__dossier=OuterRef("pk"), reversed_on__isnull=True)))


def _over(code: str, states: Collection[str], today: date) -> DossierQuerySet:
    """Return the dossiers in one of these states for the whole term of a rule; an index holds them by state."""
    kept: DossierQuerySet = Dossier.objects.all()
    return kept.filter(state__in=sorted(states), state_since__lt=before(code, today))


def ended(today: date) -> DossierQuerySet:
    """Return the requests without sequel nor aid whose term is over, those with money pending included."""
    return _over("ended", FREED, today).filter(~aid_was_paid(), erased_on__isnull=True)


def paid(today: date) -> DossierQuerySet:
    """Return the paid ones whose ten years are over, those with money pending included."""
    over = _over("paid", FREED | PAID_ENDS, today)
    return over.filter(Q(state__in=sorted(PAID_ENDS)) | aid_was_paid(), erased_on__isnull=True)


def to_archive(today: date) -> DossierQuerySet:
    """Return the closed ones, and those that ended after an aid was paid, that leave the working lists."""
    over = _over("archive", FREED | {State.CLOSED}, today)
    return over.filter(Q(state=State.CLOSED) | aid_was_paid(), archived_on__isnull=True)


def idle_drafts(today: date) -> DossierQuerySet:
    """Return the drafts that nobody touched for their whole term, whose company was told long enough ago."""
    idle: DossierQuerySet = Dossier.objects.all()
    return _untouched(idle, before("draft", today)).filter(
        erasure_told_on__lte=today - timedelta(days=TOLD_DAYS)
    )


def drafts_to_tell(today: date) -> DossierQuerySet:
    """Return the drafts whose erasure comes near and whose company was not told since they were last touched."""
    near: DossierQuerySet = Dossier.objects.all()
    return _untouched(near, before("draft", today + timedelta(days=TOLD_DAYS))).filter(
        erasure_told_on__isnull=True
    )


def _untouched(drafts: DossierQuerySet, since: datetime) -> DossierQuerySet:
    """A draft lives as long as offers may still come for it, or as somebody of Bpifrance writes it."""
    asked = QuoteRequest.objects.open().filter(
        dossier=OuterRef("pk"), sent_at__isnull=False, answer_by__gte=civil_date(since)
    )
    entered = Assistance.objects.open().filter(dossier=OuterRef("pk"))
    return drafts.filter(~Exists(asked), ~Exists(entered), state=State.DRAFT, updated_at__lt=since)


def touched_since_told() -> DossierQuerySet:
    """Return the drafts that were touched once their company was told: it will be told anew."""
    told: DossierQuerySet = Dossier.objects.all()
    return told.filter(state=State.DRAFT, updated_at__date__gte=F("erasure_told_on"))


def loose_requests(today: date) -> QuerySet[QuoteRequest]:
    """Return the requests for quotes of no dossier whose term is over."""
    day = last_start("request", today)
    over = Q(closed_at__lt=before("request", today)) | Q(closed_at__isnull=True, answer_by__lte=day)
    return QuoteRequest.objects.filter(over, dossier__isnull=True)


def empty_companies(today: date) -> QuerySet[Company]:
    """Return the companies of which nothing is kept any more and whose people have not come back for the term.

    Companies are looked through once a day: they are several times fewer than their dossiers.
    """
    limit = before("account", today)
    kept = Dossier.objects.filter(company=OuterRef("pk"), erased_on__isnull=True)
    asked = QuoteRequest.objects.filter(company=OuterRef("pk"))
    came = Membership.objects.active().filter(
        organisation=OuterRef("organisation"), user__last_login__gte=limit
    )
    return Company.objects.filter(
        ~Exists(kept), ~Exists(asked), ~Exists(came), erased_on__isnull=True, created_at__lt=limit
    )


def idle_accounts(today: date) -> QuerySet[User]:
    """Return the accounts of no role that belong to no organisation and were not used for the term."""
    limit = before("account", today)
    member = Membership.objects.filter(user=OuterRef("pk"), is_active=True)
    return User.objects.filter(
        Q(last_login__lt=limit) | Q(last_login__isnull=True),
        ~Exists(member),
        ~Q(email__endswith=ANONYMOUS),
        staff_role="",
        date_joined__lt=limit,
        is_superuser=False,
    )


def with_aid() -> Q:
    """Return the condition of a company that stands in the register of aids, or used a volet elsewhere."""
    paid_here = Payment.objects.filter(mission__dossier__company=OuterRef("pk"), reversed_on__isnull=True)
    return Q(Exists(paid_here)) | Q(Exists(UsedVolet.objects.filter(company=OuterRef("pk"))))


def register_is_over(today: date) -> bool:
    """True once the last aid of the scheme is older than the register's own term; False while there was none."""
    day = last_start("aid", today)
    standing = Payment.objects.filter(reversed_on__isnull=True)
    past = UsedVolet.objects.filter(paid_on__isnull=False)
    some = standing.exists() or past.exists()
    return (
        some and not standing.filter(paid_on__gt=day).exists() and not past.filter(paid_on__gt=day).exists()
    )
