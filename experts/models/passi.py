"""The PASSI register as ANSSI publishes it, and the certificates of the firms."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.documents.models import Document


class AuditScope(models.TextChoices):
    """The five PASSI scopes (portées) of ANSSI's qualification."""

    ARCHITECTURE = "architecture_audit", "Audit d’architecture"
    CONFIGURATION = "configuration_audit", "Audit de configuration"
    CODE = "code_audit", "Audit de code source"
    PENETRATION = "penetration_test", "Tests d’intrusion"
    ORGANISATIONAL = "organisational_audit", "Audit organisationnel et physique"


class PassiImport(models.Model):
    """One reading of ANSSI's list: the file, by whom, and what its lines became."""

    file_name = models.CharField("fichier", max_length=150)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    document = models.OneToOneField(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="fichier gardé",
    )
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="apporté par",
    )
    brought_at = models.DateTimeField("apporté le")
    is_complete = models.BooleanField("liste complète", default=True)
    added = models.PositiveIntegerField("lignes ajoutées", default=0)
    changed = models.PositiveIntegerField("lignes changées", default=0)
    unchanged = models.PositiveIntegerField("lignes inchangées", default=0)
    dropped = models.PositiveIntegerField("prestataires sortis de la liste", default=0)
    # [{line, message}], in the order of the file.
    errors = models.JSONField("lignes en erreur", default=list, blank=True)
    # Why nobody was dropped, where something forbade it.
    drop_note = models.CharField("pourquoi rien n’est sorti de la liste", max_length=300, blank=True)

    class Meta:
        verbose_name = "import de la liste PASSI"
        verbose_name_plural = "imports de la liste PASSI"
        ordering = ["-brought_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class PassiListingQuerySet(models.QuerySet["PassiListing"]):
    """Sets of lines of the register with a meaning."""

    def to_confirm(self) -> PassiListingQuerySet:
        """Return those matched by their name alone, which an officer has to confirm."""
        return self.filter(match=PassiListing.Match.PROPOSED, is_listed=True)

    def dropped(self) -> PassiListingQuerySet:
        """Return those that the last complete list no longer holds."""
        return self.filter(is_listed=False)

    def search(self, words: str) -> PassiListingQuerySet:
        """Return those whose name or SIREN holds `words`."""
        digits = "".join(words.split())
        return self.filter(Q(name__icontains=words) | Q(siren__contains=digits))


class PassiListing(models.Model):
    """A line of the list as ANSSI publishes it; the provider may be unknown to the portal."""

    class Match(models.TextChoices):
        """Whether the provider is a firm of the portal."""

        NONE = "none", "Inconnu du portail"
        PROPOSED = "proposed", "À confirmer"
        CONFIRMED = "confirmed", "Rapproché"
        REJECTED = "rejected", "Un autre cabinet"

    siren = models.CharField("SIREN", max_length=9, blank=True)
    name = models.CharField("raison sociale", max_length=200)
    # The name without accents, capitals and legal form: by it two lists are compared.
    name_key = models.CharField("nom comparé", max_length=200)
    scopes = models.JSONField("portées", default=list)
    valid_from = models.DateField("valide du")
    valid_until = models.DateField("valide au")
    is_listed = models.BooleanField("présent sur la dernière liste", default=True)
    dropped_on = models.DateField("sorti de la liste le", null=True, blank=True)
    firm = models.ForeignKey(
        "experts.ExpertFirm",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="passi_listings",
        verbose_name="cabinet",
    )
    match = models.CharField("rapprochement", max_length=10, choices=Match.choices, default=Match.NONE)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="rapproché par",
    )
    matched_at = models.DateTimeField("rapproché le", null=True, blank=True)

    objects = PassiListingQuerySet.as_manager()

    class Meta:
        verbose_name = "prestataire de la liste PASSI"
        verbose_name_plural = "prestataires de la liste PASSI"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["siren"], name="passi_listing_siren"),
            models.Index(fields=["name_key"], name="passi_listing_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="passi_listing_dates_in_order",
                violation_error_message="La fin de validité précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(match="none") | Q(firm__isnull=False),
                name="passi_listing_match_names_firm",
                violation_error_message="Un rapprochement désigne un cabinet.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_be_reopened(self) -> bool:
        """True where a person settled the match of a line still listed, and may have been mistaken."""
        settled = self.match in {self.Match.CONFIRMED, self.Match.REJECTED}
        return settled and self.is_listed and self.matched_by_id is not None


class PassiCertificateQuerySet(models.QuerySet["PassiCertificate"]):
    """Sets of certificates with a meaning."""

    def valid(self, on: date) -> PassiCertificateQuerySet:
        """Return those valid on the civil date `on`, both ends included."""
        return self.filter(valid_from__lte=on, valid_until__gte=on)


class PassiCertificate(models.Model):
    """An ANSSI qualification of the firm, with its audit scopes (portées) and its dates."""

    firm = models.ForeignKey(
        "experts.ExpertFirm",
        on_delete=models.CASCADE,
        related_name="passi_certificates",
        verbose_name="cabinet",
    )
    reference = models.CharField("référence", max_length=60, blank=True)
    valid_from = models.DateField("valide du")
    valid_until = models.DateField("valide au")
    scopes = models.JSONField("portées", default=list)
    still_listed = models.BooleanField("présent sur la dernière liste de l’ANSSI", default=True)
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)
    # The line of the list from which it was made; none for one recorded by hand.
    listing = models.ForeignKey(
        PassiListing,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="certificates",
        verbose_name="ligne de la liste",
    )
    next_notice_on = models.DateField("prochain avis d’échéance", null=True, blank=True)

    objects = PassiCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = "certificat PASSI"
        verbose_name_plural = "certificats PASSI"
        ordering = ["-valid_until", "pk"]
        indexes = [
            models.Index(
                fields=["next_notice_on"],
                condition=Q(next_notice_on__isnull=False),
                name="certificate_to_tell",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="passi_dates_in_order",
                violation_error_message="La fin de validité précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"PASSI {self.firm} ({self.valid_from:%d/%m/%Y} – {self.valid_until:%d/%m/%Y})"
