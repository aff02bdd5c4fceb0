"""The companies that ask, who may sign for them and the volets they used outside the portal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Membership, Organisation

# What is prefilled from the public directory, under the same names in its record, and how it is called.
DIRECTORY_FIELDS = {
    "name": "Raison sociale",
    "address": "Adresse",
    "postcode": "Code postal",
    "city": "Ville",
    "region": "Région",
}
BPIFRANCE_READERS = frozenset({"officer", "manager", "controller", "auditor"})


class CompanyQuerySet(models.QuerySet["Company"]):
    """Sets of companies with a meaning."""

    def visible_to(self, user: Any) -> CompanyQuerySet:
        """A member sees his companies; Bpifrance sees those that filed at least one request."""
        if user.staff_role in BPIFRANCE_READERS:
            return self.filter(dossiers__submitted_at__isnull=False).distinct()
        return self.filter(
            organisation__in=Membership.objects.filter(user=user, is_active=True).values("organisation")
        )


class Company(models.Model):
    """The beneficiary (entreprise bénéficiaire): a startup or a PME, identified in its register."""

    class Scheme(models.TextChoices):
        """Register of the identifier; only SIREN has a checksum."""

        SIREN = "siren", "SIREN"
        RIDET = "ridet", "RIDET (Nouvelle-Calédonie)"
        TAHITI = "tahiti", "N° TAHITI (Polynésie française)"
        OTHER = "other", "Autre registre"

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="company", verbose_name="organisation"
    )
    name = models.CharField("raison sociale", max_length=200)
    identifier_scheme = models.CharField(
        "registre", max_length=10, choices=Scheme.choices, default=Scheme.SIREN
    )
    identifier = models.CharField("identifiant", max_length=20)
    address = models.CharField("adresse", max_length=250, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    region = models.CharField("région", max_length=60, blank=True)
    # The last facts told, in the engine's `company` shape without `volets_used`; a new request starts from them.
    facts = models.JSONField("faits déclarés", default=dict, blank=True)
    # Written by Bpifrance alone: what the company declares later never erases it.
    insolvency_recorded_on = models.DateField("procédure collective relevée le", null=True, blank=True)
    # What the public directory said, and when; None: never found there, everything was typed.
    directory_record = models.JSONField("fiche de l’annuaire", null=True, blank=True)
    directory_read_at = models.DateTimeField("annuaire lu le", null=True, blank=True)
    created_at = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = "entreprise"
        verbose_name_plural = "entreprises"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["identifier_scheme", "identifier"],
                name="company_identifier_once",
                violation_error_message=(
                    "Cette entreprise a déjà un espace sur le portail. "
                    "Demandez une invitation à la personne qui l’a créé."
                ),
            ),
            models.CheckConstraint(
                condition=Q(directory_record__isnull=True, directory_read_at__isnull=True)
                | Q(directory_record__isnull=False, directory_read_at__isnull=False),
                name="company_directory_dated",
                violation_error_message="La fiche de l’annuaire porte la date de sa lecture.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def differs_from_directory(self) -> list[tuple[str, str]]:
        """What the directory said otherwise than the company says now: the field's label and the directory's word."""
        record = self.directory_record or {}
        return [
            (label, record[name])
            for name, label in DIRECTORY_FIELDS.items()
            if record.get(name) and getattr(self, name).casefold() != record[name].casefold()
        ]


class Signatory(models.Model):
    """A person entitled to sign the contract for the company."""

    class Kind(models.TextChoices):
        """Why the person may sign."""

        LEGAL = "legal_representative", "Représentant légal"
        DELEGATE = "delegate", "Titulaire d’une délégation"

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="signatories", verbose_name="entreprise"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="compte"
    )
    full_name = models.CharField("nom", max_length=150)
    capacity = models.CharField("qualité", max_length=120)
    kind = models.CharField("pouvoir", max_length=20, choices=Kind.choices, default=Kind.LEGAL)
    delegation = models.ForeignKey(
        "documents.Document",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="délégation de signature",
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="délégation vérifiée par",
    )
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    is_active = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "signataire"
        verbose_name_plural = "signataires"
        ordering = ["full_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "user"],
                name="signatory_once",
                violation_error_message="Cette personne est déjà signataire de l’entreprise.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}, {self.capacity}"

    @property
    def may_sign(self) -> bool:
        """True for the legal representative and for a delegate whose delegation was checked by an officer."""
        return self.is_active and (self.kind == self.Kind.LEGAL or self.checked_at is not None)


class UsedVolet(models.Model):
    """A volet the company used outside the portal, recorded by an officer (past dossiers)."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="used_volets", verbose_name="entreprise"
    )
    volet = models.PositiveSmallIntegerField("volet")
    edition = models.CharField("édition", max_length=10)
    used_on = models.DateField("utilisé le", null=True, blank=True)
    origin = models.CharField("origine", max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="enregistré par"
    )
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "volet utilisé"
        verbose_name_plural = "volets utilisés"
        ordering = ["company", "volet", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "volet"],
                name="used_volet_once",
                violation_error_message="Ce volet est déjà enregistré comme utilisé.",
            ),
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="used_volet_number",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} – volet {self.volet}"
