"""The entry of a request by Bpifrance on behalf of a company that wrote."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from applications.models.dossier import Dossier, DossierDocument
from applications.workflow.states import State
from portal.accounts.models import Membership, StaffRole


class AssistanceQuerySet(models.QuerySet["Assistance"]):
    """Sets of entries with a meaning."""

    def open(self) -> AssistanceQuerySet:
        """Return those in which somebody of Bpifrance may still write."""
        return self.filter(closed_at__isnull=True)

    def with_standing(self) -> AssistanceQuerySet:
        """Add to each whether it is its dossier's `latest`, and whether somebody `claimed` the company's space."""
        following = Assistance.objects.filter(dossier=OuterRef("dossier"), pk__gt=OuterRef("pk"))
        members = Membership.objects.active().filter(organisation=OuterRef("dossier__company__organisation"))
        return self.annotate(latest=~Exists(following), claimed=Exists(members))

    def visible_to(self, user: Any) -> AssistanceQuerySet:
        """Return an officer's own, all of them for a manager, those about their request for members."""
        if user.staff_role == StaffRole.MANAGER:
            return self.all()
        if user.staff_role:
            return self.filter(officer=user) if user.staff_role == StaffRole.OFFICER else self.none()
        organisations = Membership.objects.active().filter(user=user).values("organisation")
        return self.filter(dossier__company__organisation__in=organisations)


class Assistance(models.Model):
    """One person of Bpifrance who writes one draft for its company, from what the company sent.

    A transfer closes the first person's and opens the next one's, so that everybody who wrote is known.
    """

    class Channel(models.TextChoices):
        """How the company made itself heard."""

        POST = "post", "Courrier"
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Téléphone"
        VISIT = "visit", "Visite"

    class End(models.TextChoices):
        """Why nobody of Bpifrance writes in the draft any more."""

        HANDED = "handed", "Remise à l’entreprise"
        STOPPED = "stopped", "Arrêtée par l’entreprise"
        SUBMITTED = "submitted", "Déposée"
        WITHDRAWN = "withdrawn", "Retirée"
        PASSED = "passed", "Transférée"
        LEFT = "left", "Interrompue par un départ"
        EXPIRED = "expired", "Laissée sans suite"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="assistances", verbose_name="dossier"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assistances",
        verbose_name="saisi par",
    )
    channel = models.CharField("reçue par", max_length=10, choices=Channel.choices)
    received_on = models.DateField("reçue le")
    # None: told by telephone or in person, without a paper.
    letter = models.ForeignKey(
        DossierDocument,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="courrier reçu",
    )
    # Where the invitation of a company without members goes.
    contact_email = models.EmailField("adresse de l’entreprise", blank=True)
    opened_at = models.DateTimeField("ouverte à")
    closed_at = models.DateTimeField("close à", null=True, blank=True)
    end = models.CharField("issue", max_length=10, choices=End.choices, blank=True)
    reason = models.CharField("motif", max_length=500, blank=True)
    # The next reminder to a company that was handed its draft and has not filed it.
    remind_on = models.DateField("rappel le", null=True, blank=True)

    objects = AssistanceQuerySet.as_manager()

    class Meta:
        verbose_name = "saisie pour une entreprise"
        verbose_name_plural = "saisies pour des entreprises"
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["officer", "-opened_at", "-id"], name="assistance_by_officer"),
            models.Index(
                fields=["opened_at"], name="assistance_running", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["remind_on"], name="assistance_reminders", condition=Q(remind_on__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(closed_at__isnull=True),
                name="assistance_open_once",
                violation_error_message="Une personne saisit déjà cette demande.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, end="") | (Q(closed_at__isnull=False) & ~Q(end="")),
                name="assistance_closed_with_its_end",
                violation_error_message="Une saisie close dit pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier} – {self.officer}"

    @property
    def is_open(self) -> bool:
        """True while its officer may write."""
        return self.closed_at is None

    @property
    def source(self) -> str:
        """What the entry is drawn from, after « votre »."""
        return SOURCES[self.channel].removeprefix("le ").removeprefix("la ").removeprefix("l’")

    @property
    def the_source(self) -> str:
        """What the entry is drawn from, with its article: « l’e-mail »."""
        return SOURCES[self.channel]

    @property
    def standing(self) -> str:
        """Where the entry is: its officer's, the company's, filed, or ended otherwise."""
        if self.is_open:
            return "En saisie"
        filed = self.end == self.End.HANDED and self.dossier.submitted_at is not None
        return str(self.End.SUBMITTED.label if filed else self.get_end_display())

    def is_unclaimed(self, *, latest: bool, claimed: bool) -> bool:
        """True for a draft handed to a company whose space nobody may enter: it may be invited again.

        `latest`: no other entry of the dossier followed; `claimed`: the company has an active member.
        """
        handed = self.end == self.End.HANDED and self.dossier.state == State.DRAFT
        return handed and latest and not claimed

    def can_be_taken_up(self, *, latest: bool, claimed: bool) -> bool:
        """True for a draft that a departure, silence or an invitation nobody followed left without hands."""
        dropped = self.end in {self.End.LEFT, self.End.EXPIRED} and self.dossier.state == State.DRAFT
        return (dropped and latest) or self.is_unclaimed(latest=latest, claimed=claimed)

    def age_on(self, today: date) -> int:
        """Return the whole days since the company's letter came."""
        return (today - self.received_on).days


SOURCES: dict[str, str] = {
    Assistance.Channel.POST: "le courrier",
    Assistance.Channel.EMAIL: "l’e-mail",
    Assistance.Channel.PHONE: "l’appel",
    Assistance.Channel.VISIT: "la visite",
}
