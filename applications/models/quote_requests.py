"""Requests for quotes: what a company asks, the firms suggested to it, and those it invited to answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from applications.models.company import BPIFRANCE_READERS, Company
from applications.models.dossier import Dossier
from applications.models.dossier_sets import filed_for
from experts.models import ExpertFirm
from portal.accounts.models import Membership

if TYPE_CHECKING:
    from applications.models.offer import Offer


@dataclass(frozen=True)
class RequestSight:
    """All that an invited firm reads of a request; it holds no name, number or count of anybody."""

    volet: int
    device_kind: str
    risk_class: str
    items: tuple[str, ...]
    need: str
    answer_by: date


class QuoteRequestQuerySet(models.QuerySet["QuoteRequest"]):
    """Sets of requests with a meaning."""

    def visible_to(self, user: Any) -> QuoteRequestQuerySet:
        """Members see their company's; Bpifrance those of a filed dossier; an expert never sees one."""
        if user.staff_role:
            if user.staff_role in BPIFRANCE_READERS:
                return self.filter(filed_for(user.staff_role, "dossier__"))
            return self.none()
        organisations = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(company__organisation__in=organisations)

    def open(self) -> QuoteRequestQuerySet:
        """Return those that nobody closed: firms may still be asked, or an offer chosen."""
        return self.filter(closed_at__isnull=True)

    def overtaken(self) -> QuoteRequestQuerySet:
        """Return the open ones of a volet whose dossier was filed without them: no offer can be chosen any more."""
        filed = Dossier.objects.live().filter(
            company=OuterRef("company"), volet=OuterRef("volet"), submitted_at__isnull=False
        )
        return self.open().filter(Exists(filed))

    def to_lapse(self, today: date) -> QuoteRequestQuerySet:
        """Return those sent whose date to answer is past, of which the company was not told yet."""
        return self.open().filter(sent_at__isnull=False, lapsed_at__isnull=True, answer_by__lt=today)


class QuoteRequest(models.Model):
    """What a company asks several firms to quote, for one volet and one device."""

    class CloseReason(models.TextChoices):
        """Why nothing more is expected of it."""

        CHOSEN = "chosen", "Un devis a été retenu"
        DROPPED = "dropped", "L’entreprise y a renoncé"

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="quote_requests", verbose_name="entreprise"
    )
    # The draft it serves, or that it became; None: asked before any draft, or the draft was erased.
    dossier = models.ForeignKey(
        Dossier,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="quote_requests",
        verbose_name="dossier",
    )
    volet = models.PositiveSmallIntegerField("volet", validators=[MinValueValidator(1), MaxValueValidator(5)])
    device_kind = models.CharField("type de dispositif", max_length=20)
    risk_class = models.CharField("classe", max_length=5, blank=True)
    # The items of the volet that the company wants; empty: all of them may be quoted.
    items = models.JSONField("prestations souhaitées", default=list, blank=True)
    region = models.CharField("région souhaitée", max_length=60, blank=True)
    need = models.TextField("besoin")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    # None while firms are being chosen: nobody was asked yet.
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    answer_by = models.DateField("réponse attendue le")
    # When the company was told that the date to answer is past; cleared when it extends the date.
    lapsed_at = models.DateTimeField("fin des réponses signalée le", null=True, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    close_reason = models.CharField("issue", max_length=10, choices=CloseReason.choices, blank=True)

    objects = QuoteRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de devis"
        verbose_name_plural = "demandes de devis"
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["answer_by"], name="quote_request_waiting", condition=Q(closed_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "volet"],
                condition=Q(closed_at__isnull=True),
                name="quote_request_open_once",
                violation_error_message="Une demande de devis est déjà ouverte pour ce volet.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, close_reason="")
                | (Q(closed_at__isnull=False) & ~Q(close_reason="")),
                name="quote_request_closed_with_reason",
                violation_error_message="Une demande de devis close dit pourquoi.",
            ),
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="quote_request_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande de devis, volet {self.volet} ({self.asked_at:%d/%m/%Y})"

    @property
    def is_open(self) -> bool:
        """True until the company chose an offer or gave up."""
        return self.closed_at is None

    def takes_answers(self, today: date) -> bool:
        """True while an invited firm may still answer: sent, not closed, the day to answer included."""
        return self.is_open and self.sent_at is not None and today <= self.answer_by

    @property
    def shown(self) -> RequestSight:
        """What every invited firm reads of it: the need, and nothing of the company or of other firms."""
        return RequestSight(
            volet=self.volet,
            device_kind=self.device_kind,
            risk_class=self.risk_class,
            items=tuple(self.items),
            need=self.need,
            answer_by=self.answer_by,
        )

    @property
    def chain(self) -> str:
        """Name of the request's chain of audit events."""
        return f"quote_request:{self.pk}"


class QuoteInvitationQuerySet(models.QuerySet["QuoteInvitation"]):
    """Sets of invitations with a meaning."""

    def visible_to(self, user: Any) -> QuoteInvitationQuerySet:
        """A firm's members see its own, a company's members theirs, Bpifrance those of a filed dossier."""
        if user.staff_role:
            if user.staff_role in BPIFRANCE_READERS:
                return self.filter(filed_for(user.staff_role, "request__dossier__"))
            return self.none()
        organisations = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(
            Q(firm__organisation__in=organisations) | Q(request__company__organisation__in=organisations)
        )

    def of_firm(self, user: Any) -> QuoteInvitationQuerySet:
        """Return those addressed to a firm of which `user` is a member, and no others."""
        organisations = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(firm__organisation__in=organisations)

    def open(self) -> QuoteInvitationQuerySet:
        """Return those not declined, of a request nobody closed."""
        return self.filter(declined_at__isnull=True, request__closed_at__isnull=True)


class QuoteInvitation(models.Model):
    """One firm asked to answer a request; it never learns of the others, nor who asks."""

    # Its name in the firm's addresses: a number in sequence would tell how many were invited.
    token = models.UUIDField("jeton", default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(
        QuoteRequest, on_delete=models.CASCADE, related_name="invitations", verbose_name="demande de devis"
    )
    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.PROTECT, related_name="quote_invitations", verbose_name="cabinet"
    )
    # False: the company picked it in the directory.
    suggested = models.BooleanField("proposé par le portail", default=False)
    reason = models.TextField("pourquoi ce cabinet", blank=True)
    rank = models.PositiveSmallIntegerField("rang", default=0)
    invited_at = models.DateTimeField("sollicité le")
    seen_at = models.DateTimeField("lu le", null=True, blank=True)
    reminded_at = models.DateTimeField("relancé le", null=True, blank=True)
    declined_at = models.DateTimeField("décliné le", null=True, blank=True)
    decline_motive = models.TextField("motif du refus", blank=True)
    chosen_at = models.DateTimeField("retenu le", null=True, blank=True)

    objects = QuoteInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "sollicitation d’un cabinet"
        verbose_name_plural = "sollicitations de cabinets"
        ordering = ["request", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "firm"],
                name="quote_invitation_once",
                violation_error_message="Ce cabinet est déjà sollicité pour cette demande.",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(chosen_at__isnull=False),
                name="quote_invitation_one_chosen",
                violation_error_message="Un devis est déjà retenu pour cette demande.",
            ),
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True, decline_motive="")
                | (Q(declined_at__isnull=False, chosen_at__isnull=True) & ~Q(decline_motive="")),
                name="quote_invitation_declined_with_motive",
                violation_error_message="Un refus porte son motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} – {self.request}"

    @property
    def shown(self) -> RequestSight:
        """What the firm reads of the request, and nothing else."""
        return self.request.shown

    @property
    def last_sent(self) -> Offer | None:
        """The latest version of the firm's offer that was sent, whatever became of it; reads `offers` once."""
        sent = [one for one in self.offers.all() if one.sent_at is not None]
        return max(sent, key=lambda one: one.version, default=None)

    def may_answer(self, today: date) -> bool:
        """True while the firm may send or change its offer, or decline."""
        return self.declined_at is None and self.request.takes_answers(today)


class Suggestion(models.Model):
    """One firm proposed to a company, with what the choice was made on; the rotation reads the last of each firm."""

    request = models.ForeignKey(
        QuoteRequest, on_delete=models.CASCADE, related_name="suggestions", verbose_name="demande de devis"
    )
    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.PROTECT, related_name="suggestions", verbose_name="cabinet"
    )
    rank = models.PositiveSmallIntegerField("rang")
    made_at = models.DateTimeField("proposé le")
    # As they were then: what the order was made on.
    live_missions = models.PositiveIntegerField("missions en cours")
    consultants = models.PositiveIntegerField("consultants en activité")
    last_suggested_at = models.DateTimeField("proposé auparavant le", null=True, blank=True)
    reason = models.TextField("pourquoi ce cabinet")

    class Meta:
        verbose_name = "proposition d’un cabinet"
        verbose_name_plural = "propositions de cabinets"
        ordering = ["request", "rank", "pk"]
        indexes = [models.Index(fields=["firm", "-made_at"], name="suggestion_last_of_firm")]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "firm"],
                name="suggestion_once",
                violation_error_message="Ce cabinet est déjà proposé pour cette demande.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} – {self.request}"
