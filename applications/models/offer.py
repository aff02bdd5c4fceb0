"""The offers that invited firms write on the portal: their versions, their lines, and a firm's saved models."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from applications.models.company import BPIFRANCE_READERS
from applications.models.dossier import MONEY, Dossier
from applications.models.dossier_sets import filed_for
from applications.models.quote import Quote, QuoteLine
from applications.models.quote_requests import QuoteInvitation
from experts.models import Consultant, ExpertFirm
from portal.accounts.models import Membership
from portal.documents.models import Document


class OfferQuerySet(models.QuerySet["Offer"]):
    """Sets of offers with a meaning."""

    def visible_to(self, user: Any) -> OfferQuerySet:
        """A firm sees all of its own, a company what was sent to it, Bpifrance the one a filed dossier follows."""
        if user.staff_role:
            if user.staff_role in BPIFRANCE_READERS:
                left = Offer.objects.unfollowed().values("pk")
                return self.filter(filed_for(user.staff_role, "dossier__")).exclude(pk__in=left)
            return self.none()
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(
            Q(invitation__firm__organisation__in=ours)
            | Q(invitation__request__company__organisation__in=ours, sent_at__isnull=False)
        )

    def of_firm(self, user: Any) -> OfferQuerySet:
        """Return those of a firm of which `user` is a member, drafts included."""
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(invitation__firm__organisation__in=ours)

    def received_by(self, user: Any) -> OfferQuerySet:
        """Return those that were sent to a company of which `user` is a member."""
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(invitation__request__company__organisation__in=ours, sent_at__isnull=False)

    def unfollowed(self) -> OfferQuerySet:
        """Return those accepted whose filed dossier carries nothing of theirs and never had their firm at work."""
        theirs = Q(firm=OuterRef("invitation__firm")) | Q(missions__firm=OuterRef("invitation__firm"))
        at_work = Dossier.objects.filter(theirs, pk=OuterRef("dossier"))
        accepted = self.filter(state=Offer.State.ACCEPTED, quote__isnull=True)
        return accepted.filter(~Exists(at_work), dossier__submitted_at__isnull=False)

    def in_force(self) -> OfferQuerySet:
        """Return those that the company may accept, the day's date aside."""
        return self.filter(state=Offer.State.SENT)

    def to_expire(self, today: date) -> OfferQuerySet:
        """Return those in force whose last day of validity is past."""
        return self.in_force().filter(valid_until__lt=today)


class Offer(models.Model):
    """One version of a firm's answer to a request; once sent, what it says never changes."""

    class State(models.TextChoices):
        """Where the offer stands."""

        DRAFT = "draft", "Brouillon"
        SENT = "sent", "Envoyée"
        WITHDRAWN = "withdrawn", "Retirée"
        ACCEPTED = "accepted", "Retenue"
        SUPERSEDED = "superseded", "Remplacée ou non retenue"
        EXPIRED = "expired", "Expirée"

    # Its name in addresses: a number in sequence would tell a firm how many others answer.
    token = models.UUIDField("jeton", default=uuid.uuid4, unique=True, editable=False)
    invitation = models.ForeignKey(
        QuoteInvitation, on_delete=models.CASCADE, related_name="offers", verbose_name="sollicitation"
    )
    version = models.PositiveSmallIntegerField("version", default=1)
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.DRAFT)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="rédigée par"
    )
    created_at = models.DateTimeField("commencée le")
    # Counts the saves of a draft: a page older than the last one overwrites nothing.
    revision = models.PositiveIntegerField("révision", default=0)
    saved_at = models.DateTimeField("enregistrée le", null=True, blank=True)

    method = models.TextField("méthode", blank=True)
    # The method's words, hashed when it is sent (services.signals.marks); "" for a short one.
    method_mark = models.CharField("empreinte de la méthode", max_length=64, blank=True)
    # [{"label", "until": ISO date or null, "weeks": after the contract's signature, or null}]
    planning = models.JSONField("planning", default=list, blank=True)
    interview_confirmed_on = models.DateField("entretien de pré-qualification le", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    # Choices from which the clauses are made, in the shapes of services.offers.clauses.
    ip_choices = models.JSONField("propriété intellectuelle", default=dict, blank=True)
    confidentiality_choices = models.JSONField("confidentialité", default=dict, blank=True)
    terms = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="conditions générales",
    )
    terms_sha256 = models.CharField("empreinte des conditions générales", max_length=64, blank=True)
    # {input: text} of a save of which something could not be read; {} once all was.
    typed = models.JSONField("saisie à corriger", default=dict, blank=True)

    # Written when it is sent, HT as the engine computed it under `edition`.
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    issued_on = models.DateField("datée du", null=True, blank=True)
    edition = models.CharField("édition", max_length=10, blank=True)
    lines_hash = models.CharField("empreinte des lignes", max_length=64, blank=True)
    total = models.DecimalField("total", default=0, **MONEY)
    eligible_total = models.DecimalField("montant éligible", default=0, **MONEY)
    bpifrance_share = models.DecimalField("quote-part Bpifrance", default=0, **MONEY)
    company_share = models.DecimalField("quote-part entreprise", default=0, **MONEY)
    # All that its PDF and its page say, frozen.
    content = models.JSONField("contenu figé", default=dict, blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF"
    )

    change_asked = models.TextField("modification demandée", blank=True)
    change_asked_at = models.DateTimeField("modification demandée le", null=True, blank=True)
    change_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="modification demandée par",
    )
    ended_at = models.DateTimeField("issue le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="retenue par",
    )
    dossier = models.ForeignKey(
        Dossier,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name="dossier",
    )
    # The quote that carries its lines as they are; None once the company typed its own instead.
    quote = models.OneToOneField(
        Quote, on_delete=models.SET_NULL, null=True, blank=True, related_name="offer", verbose_name="devis"
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "offre"
        verbose_name_plural = "offres"
        ordering = ["invitation", "-version"]
        indexes = [
            models.Index(fields=["valid_until"], condition=Q(state="sent"), name="offer_to_expire"),
            models.Index(
                fields=["dossier"],
                condition=Q(state="accepted", quote__isnull=True),
                name="offer_without_quote",
            ),
            models.Index(fields=["method_mark"], condition=~Q(method_mark=""), name="offer_by_method"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "version"],
                name="offer_version_once",
                violation_error_message="Cette version de l’offre existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["invitation"],
                condition=Q(state="draft"),
                name="offer_one_draft",
                violation_error_message="Une nouvelle version est déjà en préparation.",
            ),
            models.UniqueConstraint(
                fields=["invitation"],
                condition=Q(state__in=["sent", "accepted"]),
                name="offer_one_in_force",
                violation_error_message="Une version de cette offre est déjà en vigueur.",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "sent", "withdrawn", "accepted", "superseded", "expired"],
                ),
                name="offer_state_known",
                violation_error_message="L’état de l’offre est inconnu.",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", sent_at__isnull=True)
                | (
                    ~Q(state="draft")
                    & Q(sent_at__isnull=False, issued_on__isnull=False, valid_until__isnull=False)
                    & ~Q(lines_hash="")
                    & ~Q(terms_sha256="")
                ),
                name="offer_sent_whole",
                violation_error_message="Une offre envoyée est datée et complète.",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_by__isnull=False, ended_at__isnull=False),
                name="offer_accepted_by_somebody",
                violation_error_message="Une offre retenue dit par qui et quand.",
            ),
            models.CheckConstraint(
                condition=Q(bpifrance_share__gte=0) & Q(bpifrance_share__lte=F("total")),
                name="offer_share_within_total",
                violation_error_message="La quote-part de Bpifrance dépasse l’offre.",
            ),
        ]

    def __str__(self) -> str:
        return f"Offre {self.reference}"

    @property
    def reference(self) -> str:
        """What it is called by on screen and on paper; it tells nothing of how many offers there are."""
        return f"{self.invitation.token.hex[:8].upper()}-{self.version}"

    @property
    def is_draft(self) -> bool:
        """True while it may still be written."""
        return self.state == self.State.DRAFT


class OfferLine(models.Model):
    """One priced item of an offer, HT: a fixed price, or days at a daily rate."""

    class Pricing(models.TextChoices):
        """How the amount is reached."""

        FIXED = "fixed", "Forfait"
        DAYS = "days", "Jours × tarif"

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="lines", verbose_name="offre")
    position = models.PositiveSmallIntegerField("rang")
    item = models.CharField("poste", max_length=40)
    label = models.CharField("libellé", max_length=200, blank=True)
    consultant = models.ForeignKey(
        Consultant,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="consultant",
    )
    pricing = models.CharField("prix", max_length=5, choices=Pricing.choices, default=Pricing.FIXED)
    # Days come by halves.
    days = models.DecimalField("jours", max_digits=6, decimal_places=1, null=True, blank=True)
    daily_rate = models.DecimalField("tarif journalier HT", null=True, blank=True, **MONEY)
    amount = models.DecimalField("montant HT", **MONEY)
    complexity = models.CharField(
        "complexité", max_length=10, choices=QuoteLine.Complexity.choices, blank=True
    )

    class Meta:
        verbose_name = "ligne d’offre"
        verbose_name_plural = "lignes d’offre"
        ordering = ["offer", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "position"],
                name="offer_line_rank_once",
                violation_error_message="Deux lignes de l’offre portent le même rang.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="offer_line_not_negative",
                violation_error_message="Le montant d’une ligne ne peut pas être négatif.",
            ),
            models.CheckConstraint(
                condition=Q(pricing="fixed", days__isnull=True, daily_rate__isnull=True)
                | Q(pricing="days", days__gt=0, daily_rate__gte=0),
                name="offer_line_priced_one_way",
                violation_error_message="Une ligne est au forfait, ou en jours et tarif journalier.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.amount}"


class OfferModelQuerySet(models.QuerySet["OfferModel"]):
    """Sets of saved models with a meaning."""

    def visible_to(self, user: Any) -> OfferModelQuerySet:
        """Return those of the firms of which `user` is a member; nobody else sees any."""
        ours = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(firm__organisation__in=ours)


class OfferModel(models.Model):
    """What a firm keeps of an offer, to start the next ones from; it holds nothing of any request."""

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="offer_models", verbose_name="cabinet"
    )
    name = models.CharField("nom", max_length=80)
    volet = models.PositiveSmallIntegerField("volet")
    # Its lines, method, planning and the choices of its clauses, in their own shapes.
    content = models.JSONField("contenu", default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="enregistré par"
    )
    saved_at = models.DateTimeField("enregistré le")

    objects = OfferModelQuerySet.as_manager()

    class Meta:
        verbose_name = "modèle d’offre"
        verbose_name_plural = "modèles d’offre"
        ordering = ["firm", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"],
                name="offer_model_name_once",
                violation_error_message="Un modèle du cabinet porte déjà ce nom.",
            ),
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="offer_model_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
