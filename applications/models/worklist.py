"""What the desk's list reads and remembers: one narrow row per filed dossier, looks taken, saved views."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.company import BPIFRANCE_READERS
from applications.models.deadline import Deadline
from applications.models.dossier import MONEY, Dossier
from applications.workflow.states import State

# A dossier without a running term: sorted after all the others, never late.
NEVER = date(9999, 12, 31)


class Turn(models.TextChoices):
    """Whose move it is."""

    BPIFRANCE = "bpifrance", "Chez Bpifrance"
    COMPANY = "company", "Chez l’entreprise"
    EXPERT = "expert", "Chez l’expert"
    ENDED = "ended", "Terminé"


class ListingQuerySet(models.QuerySet["Listing"]):
    """Sets of listed dossiers with a meaning."""

    def visible_to(self, user: Any) -> ListingQuerySet:
        """Return what Bpifrance's readers work on: every filed dossier neither archived nor erased."""
        return self.filter(left_on__isnull=True) if user.staff_role in BPIFRANCE_READERS else self.none()

    def live(self) -> ListingQuerySet:
        """Return those of which something is still expected."""
        return self.exclude(turn=Turn.ENDED)


class Listing(models.Model):
    """A filed dossier as the list sorts, counts and searches it; `services.listing.refresh` alone writes it.

    On PostgreSQL the column `words_vector` is made from `words` by the database; on SQLite the table
    `applications_listing_words` follows it by triggers. Neither is known to Django.
    """

    dossier = models.OneToOneField(
        Dossier,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="listing",
        verbose_name="dossier",
    )
    state = models.CharField("état", max_length=20, choices=State.choices)
    turn = models.CharField("chez qui", max_length=10, choices=Turn.choices)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="chargé d’affaires",
    )
    volet = models.PositiveSmallIntegerField("volet")
    edition = models.CharField("édition", max_length=10)
    # "dm.IIa", "digital_solution."
    device = models.CharField("type et classe du dispositif", max_length=30, blank=True)
    region = models.CharField("région", max_length=60, blank=True)
    # The verdict as the dossier's page reads it, once findings are lifted.
    verdict = models.CharField("verdict", max_length=15, blank=True)
    share = models.DecimalField("quote-part Bpifrance", default=0, **MONEY)
    submitted_at = models.DateTimeField("déposé à")
    state_since = models.DateTimeField("dans cet état depuis")
    # When the last act was done.
    changed_at = models.DateTimeField("dernier acte à")
    next_due_on = models.DateField("prochaine échéance", default=NEVER)
    next_kind = models.CharField(
        "nature de la prochaine échéance", max_length=15, choices=Deadline.Kind.choices, blank=True
    )
    # Number, identifier, names of company, device and experts, without accents: what a typing error is sought in.
    names = models.TextField("noms", blank=True)
    # The names and the free text of the request, without accents.
    words = models.TextField("texte", blank=True)

    # Since when it is archived or erased: it is in no list any more, and counts in the figures for ever.
    left_on = models.DateField("sortie de la corbeille le", null=True)

    # What the dossier counts for in the figures, written by `services.figures` alone; null until it was counted.
    # The furthest step: 1 filed, 2 reviewed, 3 approved, 4 contract signed, 5 paid.
    reached = models.PositiveSmallIntegerField("étape atteinte", null=True)
    # Whole days each party held the request up to `state_since`, then frozen at the decision and at the payment.
    own_days = models.PositiveIntegerField("jours Bpifrance", null=True)
    company_days = models.PositiveIntegerField("jours entreprise", null=True)
    expert_days = models.PositiveIntegerField("jours expert", null=True)
    is_approved = models.BooleanField("acceptée", null=True)
    decided_on = models.DateField("décidée le", null=True)
    decided_own = models.PositiveIntegerField("jours Bpifrance à la décision", null=True)
    decided_company = models.PositiveIntegerField("jours entreprise à la décision", null=True)
    paid_on = models.DateField("payée le", null=True)
    paid_own = models.PositiveIntegerField("jours Bpifrance au paiement", null=True)
    paid_company = models.PositiveIntegerField("jours entreprise au paiement", null=True)
    paid_expert = models.PositiveIntegerField("jours expert au paiement", null=True)
    # Euros HT; the key of the envelope they are taken from.
    envelope = models.BigIntegerField("enveloppe", null=True)
    committed = models.DecimalField("engagé", null=True, **MONEY)
    paid = models.DecimalField("payé", null=True, **MONEY)
    # When the payment may come, read from the terms; null while the contract is not signed.
    expected_on = models.DateField("paiement attendu le", null=True)
    rated_on = models.DateField("dernier avis le", null=True)
    # "|refused:company.autonomy|lifted:expert.passi|score:mission:4|"; null rather than empty until it was
    # counted: a column with a default would make SQLite build the table anew and lose its triggers.
    marks = models.TextField("constats et avis", null=True)  # noqa: DJ001

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de la corbeille"
        verbose_name_plural = "lignes de la corbeille"
        ordering = ["-submitted_at", "-dossier"]
        indexes = [
            models.Index(fields=["submitted_at", "dossier"], name="listing_recent"),
            models.Index(fields=["state_since", "dossier"], name="listing_waiting"),
            models.Index(fields=["share", "dossier"], name="listing_share"),
            models.Index(fields=["next_due_on", "dossier"], name="listing_due"),
            models.Index(fields=["turn", "submitted_at", "dossier"], name="listing_turn"),
            models.Index(fields=["state", "submitted_at", "dossier"], name="listing_state"),
            models.Index(fields=["volet", "submitted_at", "dossier"], name="listing_volet"),
            models.Index(fields=["device", "submitted_at", "dossier"], name="listing_device"),
            models.Index(fields=["region", "submitted_at", "dossier"], name="listing_region"),
            models.Index(fields=["verdict", "submitted_at", "dossier"], name="listing_verdict"),
            models.Index(fields=["edition", "submitted_at", "dossier"], name="listing_edition"),
            models.Index(fields=["officer", "submitted_at", "dossier"], name="listing_officer"),
            models.Index(
                fields=["officer", "submitted_at", "dossier"],
                condition=~Q(turn=Turn.ENDED),
                name="listing_in_charge",
            ),
            models.Index(
                fields=["next_due_on", "dossier"], condition=~Q(turn=Turn.ENDED), name="listing_late"
            ),
            # What the tabs of a filter are counted from, without reading the rows.
            models.Index(
                fields=["turn"],
                include=[
                    *("dossier", "officer", "next_due_on", "state", "state_since"),
                    *("volet", "device", "region", "verdict", "edition", "share", "left_on"),
                ],
                condition=~Q(turn=Turn.ENDED),
                name="listing_live",
            ),
            models.Index(fields=["decided_on", "dossier"], name="listing_decided"),
            models.Index(fields=["paid_on", "dossier"], name="listing_paid"),
            models.Index(fields=["expected_on", "dossier"], name="listing_expected"),
            models.Index(
                fields=["rated_on", "dossier"], condition=Q(rated_on__isnull=False), name="listing_rated"
            ),
            models.Index(fields=["dossier"], condition=Q(reached__isnull=True), name="listing_uncounted"),
        ]

    def __str__(self) -> str:
        return str(self.dossier)

    @property
    def due_on(self) -> date | None:
        """The nearest running term, None where none runs."""
        return None if self.next_due_on == NEVER else self.next_due_on


class Sight(models.Model):
    """The version of a dossier at which a person last looked at it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="sights",
        db_index=False,
        verbose_name="personne",
    )
    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="sights", verbose_name="dossier"
    )
    version = models.PositiveIntegerField("version vue")
    # When the page was last heard of, so that colleagues know who is on it; null: only looked at.
    here_at = models.DateTimeField("page ouverte à", null=True)

    class Meta:
        verbose_name = "dossier vu"
        verbose_name_plural = "dossiers vus"
        ordering = ["user", "dossier"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "dossier"],
                name="sight_once",
                violation_error_message="Ce dossier est déjà noté comme vu par cette personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.dossier} v{self.version}"


class Visit(models.Model):
    """The moment up to which a person said that everything was seen."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="worklist_visit",
        verbose_name="personne",
    )
    seen_at = models.DateTimeField("tout vu jusqu’à")

    class Meta:
        verbose_name = "visite de la corbeille"
        verbose_name_plural = "visites de la corbeille"
        ordering = ["user"]

    def __str__(self) -> str:
        return f"{self.user} : {self.seen_at:%d/%m/%Y %H:%M}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Sets of saved views with a meaning."""

    def visible_to(self, user: Any) -> SavedViewQuerySet:
        """Return a person's own views and those that a colleague shares."""
        if user.staff_role not in BPIFRANCE_READERS:
            return self.none()
        return self.filter(Q(owner=user) | Q(is_shared=True, owner__is_active=True))


class SavedView(models.Model):
    """A list that a person comes back to: the address's filters, sort and columns under a name."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        verbose_name="créée par",
    )
    name = models.CharField("nom", max_length=60)
    query = models.CharField("filtres", max_length=1000)
    is_shared = models.BooleanField("partagée avec l’équipe", default=False)
    created_at = models.DateTimeField("créée le")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = "vue enregistrée"
        verbose_name_plural = "vues enregistrées"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_once",
                violation_error_message="Vous avez déjà une vue de ce nom.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
