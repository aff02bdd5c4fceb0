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
        """A member sees his companies; Bpifrance sees those that filed a request or used a volet before."""
        if user.staff_role in BPIFRANCE_READERS:
            outside = UsedVolet.objects.order_by().values("company")
            return self.filter(Q(dossiers__submitted_at__isnull=False) | Q(pk__in=outside)).distinct()
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
    # When what the portal knew of it was erased, the lines of the register of aids apart.
    erased_on = models.DateField("effacée le", null=True, blank=True)

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


class DossierImport(models.Model):
    """One file of past dossiers: who brought it, its digest, and what its lines became."""

    file_name = models.CharField("fichier", max_length=150)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    # Kept where the file came through the portal; the command reads it where it is.
    document = models.OneToOneField(
        "documents.Document",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="dossier_import",
        verbose_name="fichier déposé",
    )
    # None: the command was run without naming an account.
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="apporté par",
    )
    brought_at = models.DateTimeField("apporté le")
    # None: only tried, or interrupted; importing the file again takes what is missing.
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    counts = models.JSONField("décompte", default=dict, blank=True)

    class Meta:
        verbose_name = "import de dossiers"
        verbose_name_plural = "imports de dossiers"
        ordering = ["-brought_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class UsedVoletQuerySet(models.QuerySet["UsedVolet"]):
    """Sets of used volets with a meaning."""

    def visible_to(self, user: Any) -> UsedVoletQuerySet:
        """Return those of the companies that the person sees."""
        return self.filter(company__in=Company.objects.visible_to(user).order_by().values("pk"))

    def paid(self) -> UsedVoletQuerySet:
        """Return those whose aid was paid: lines of the register of State aid."""
        return self.filter(paid_on__isnull=False)


class UsedVolet(models.Model):
    """A volet the company used outside the portal, recorded by an officer or imported: a past dossier.

    It is never a live dossier: no state, no workflow. `used_on` is the day the aid was granted.
    """

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="used_volets", verbose_name="entreprise"
    )
    volet = models.PositiveSmallIntegerField("volet")
    edition = models.CharField("édition", max_length=10)
    used_on = models.DateField("utilisé le", null=True, blank=True)
    origin = models.CharField("origine", max_length=200)
    reference = models.CharField("référence du dossier", max_length=60, blank=True)
    device_name = models.CharField("dispositif", max_length=200, blank=True)
    expert_name = models.CharField("expert", max_length=200, blank=True)
    # Bpifrance's share, euros HT; None: not known.
    amount = models.DecimalField("aide HT", max_digits=12, decimal_places=2, null=True, blank=True)
    paid_on = models.DateField("payé le", null=True, blank=True)
    imported_by = models.ForeignKey(
        DossierImport,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="used_volets",
        verbose_name="repris par l’import",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="enregistré par",
    )
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)

    objects = UsedVoletQuerySet.as_manager()

    class Meta:
        verbose_name = "volet utilisé"
        verbose_name_plural = "volets utilisés"
        ordering = ["company", "volet", "pk"]
        indexes = [
            models.Index(
                fields=["-paid_on", "-id"], name="used_volet_paid", condition=Q(paid_on__isnull=False)
            )
        ]
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
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="used_volet_amount",
                violation_error_message="L’aide reçue est un montant positif.",
            ),
            models.CheckConstraint(
                condition=Q(paid_on__isnull=True) | Q(amount__isnull=False, used_on__isnull=False),
                name="used_volet_paid_aid",
                violation_error_message="Une aide payée a son montant et sa date d’octroi.",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=False) | Q(imported_by__isnull=False),
                name="used_volet_has_source",
                violation_error_message="Un volet utilisé vient d’une personne ou d’un import.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} – volet {self.volet}"
