"""Expert firms, their consultants, what they are accredited for and their PASSI certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from portal.accounts.models import Membership, Organisation


class VatRegime(models.TextChoices):
    """How the firm invoices VAT; each addressee bears the VAT of its own invoice."""

    STANDARD = "standard", "TVA au taux normal"
    FRANCHISE = "franchise_293B", "Franchise en base (art. 293 B du CGI)"
    REVERSE_CHARGE = "reverse_charge", "Autoliquidation"


class AuditScope(models.TextChoices):
    """The five PASSI scopes (portées) of ANSSI's qualification."""

    ARCHITECTURE = "architecture_audit", "Audit d’architecture"
    CONFIGURATION = "configuration_audit", "Audit de configuration"
    CODE = "code_audit", "Audit de code source"
    PENETRATION = "penetration_test", "Tests d’intrusion"
    ORGANISATIONAL = "organisational_audit", "Audit organisationnel et physique"


class ExpertFirmQuerySet(models.QuerySet["ExpertFirm"]):
    """Sets of expert firms with a meaning."""

    def visible_to(self, user: Any) -> ExpertFirmQuerySet:
        """Bpifrance sees every firm, a consultant sees the firms of which he is a member."""
        if user.staff_role in {"officer", "manager", "controller", "auditor"}:
            return self
        return self.filter(
            organisation__in=Membership.objects.filter(user=user, is_active=True).values("organisation")
        )

    def accredited_for(self, volet: int, on: date) -> ExpertFirmQuerySet:
        """Return the firms that may take a new mission of `volet` on the civil date `on`."""
        return self.filter(pk__in=Accreditation.objects.in_force(on).filter(volet=volet).values("firm"))

    def with_accreditation(self, *, status: str = "", volet: int | None = None) -> ExpertFirmQuerySet:
        """Return the firms that have an accreditation in this state, for this volet, where they are given."""
        wanted = Accreditation.objects.all()
        if status:
            wanted = wanted.filter(status=status)
        if volet is not None:
            wanted = wanted.filter(volet=volet)
        return self.filter(pk__in=wanted.values("firm"))

    def passi_valid(self, on: date) -> ExpertFirmQuerySet:
        """Return the firms that hold a certificate valid on the civil date `on`."""
        return self.filter(pk__in=PassiCertificate.objects.valid(on).values("firm"))

    def passi_expired(self, on: date) -> ExpertFirmQuerySet:
        """Return the firms that have certificates, none of which is valid on the civil date `on`."""
        return self.filter(pk__in=PassiCertificate.objects.values("firm")).exclude(
            pk__in=PassiCertificate.objects.valid(on).values("firm")
        )

    def search(self, words: str) -> ExpertFirmQuerySet:
        """Return the firms whose name, town or SIREN holds `words`."""
        digits = "".join(words.split())
        return self.filter(Q(name__icontains=words) | Q(city__icontains=words) | Q(siren__contains=digits))


class ExpertFirm(models.Model):
    """The expert (prestataire): a firm that quotes, delivers and is paid."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="expert_firm", verbose_name="organisation"
    )
    name = models.CharField("raison sociale", max_length=200)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    address = models.CharField("adresse", max_length=250, blank=True)
    postcode = models.CharField("code postal", max_length=10, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    region = models.CharField("région", max_length=60, blank=True)
    contact_email = models.EmailField("adresse de contact", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    vat_regime = models.CharField(
        "régime de TVA", max_length=20, choices=VatRegime.choices, default=VatRegime.STANDARD
    )
    vat_number = models.CharField("numéro de TVA", max_length=20, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    insurance_until = models.DateField("assurance professionnelle jusqu’au", null=True, blank=True)
    created_at = models.DateTimeField("enregistré le", auto_now_add=True)

    objects = ExpertFirmQuerySet.as_manager()

    class Meta:
        verbose_name = "cabinet expert"
        verbose_name_plural = "cabinets experts"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["siren"],
                condition=~Q(siren=""),
                name="firm_siren_once",
                violation_error_message="Un cabinet portant ce SIREN est déjà enregistré.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Consultant(models.Model):
    """A person of the firm who carries out missions."""

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="consultants", verbose_name="cabinet"
    )
    full_name = models.CharField("nom", max_length=150)
    email = models.EmailField("adresse électronique", blank=True)
    is_active = models.BooleanField("en activité", default=True)

    class Meta:
        verbose_name = "consultant"
        verbose_name_plural = "consultants"
        ordering = ["full_name", "pk"]

    def __str__(self) -> str:
        return self.full_name


class AccreditationQuerySet(models.QuerySet["Accreditation"]):
    """Sets of accreditations with a meaning."""

    def in_force(self, on: date) -> AccreditationQuerySet:
        """Return those granted, not suspended and within their dates (both ends included)."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=on),
            status=Accreditation.Status.GRANTED,
            granted_on__lte=on,
        )


class Accreditation(models.Model):
    """Bpifrance's agreement (agrément) that a firm works on one volet."""

    class Status(models.TextChoices):
        """Where the request stands."""

        REQUESTED = "requested", "Demandé"
        GRANTED = "granted", "Agréé"
        REFUSED = "refused", "Refusé"
        SUSPENDED = "suspended", "Suspendu"
        WITHDRAWN = "withdrawn", "Retiré"

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="accreditations", verbose_name="cabinet"
    )
    volet = models.PositiveSmallIntegerField("volet", validators=[MinValueValidator(1), MaxValueValidator(5)])
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.REQUESTED)
    references = models.TextField("références", blank=True)
    requested_at = models.DateTimeField("demandé le", auto_now_add=True)
    charter_version = models.CharField("version de la charte", max_length=20, blank=True)
    charter_accepted_on = models.DateField("charte acceptée le", null=True, blank=True)
    charter_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="charte acceptée par",
    )
    granted_on = models.DateField("agréé le", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="décidé par",
    )
    motive = models.TextField("motif", blank=True)

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = "agrément"
        verbose_name_plural = "agréments"
        ordering = ["firm", "volet", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "volet"],
                name="accreditation_once",
                violation_error_message="Ce cabinet a déjà une demande ou un agrément pour ce volet.",
            ),
            models.CheckConstraint(
                condition=~Q(status="granted") | Q(granted_on__isnull=False),
                name="accreditation_granted_dated",
                violation_error_message="Un agrément accordé porte sa date.",
            ),
            models.CheckConstraint(
                condition=Q(volet__gte=1, volet__lte=5),
                name="accreditation_volet",
                violation_error_message="Le volet va de 1 à 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} – volet {self.volet} ({self.get_status_display()})"


class PassiCertificateQuerySet(models.QuerySet["PassiCertificate"]):
    """Sets of certificates with a meaning."""

    def valid(self, on: date) -> PassiCertificateQuerySet:
        """Return those valid on the civil date `on`, both ends included."""
        return self.filter(valid_from__lte=on, valid_until__gte=on)


class PassiCertificate(models.Model):
    """An ANSSI qualification of the firm, with its audit scopes (portées) and its dates."""

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="passi_certificates", verbose_name="cabinet"
    )
    reference = models.CharField("référence", max_length=60, blank=True)
    valid_from = models.DateField("valide du")
    valid_until = models.DateField("valide au")
    scopes = models.JSONField("portées", default=list)
    still_listed = models.BooleanField("présent sur la dernière liste de l’ANSSI", default=True)
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)

    objects = PassiCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = "certificat PASSI"
        verbose_name_plural = "certificats PASSI"
        ordering = ["-valid_until", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="passi_dates_in_order",
                violation_error_message="La fin de validité précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"PASSI {self.firm} ({self.valid_from:%d/%m/%Y} – {self.valid_until:%d/%m/%Y})"


class AccountChangeQuerySet(models.QuerySet["AccountChange"]):
    """Sets of account changes with a meaning."""

    def open(self) -> AccountChangeQuerySet:
        """Return those asked or confirmed that have not taken effect."""
        return self.filter(status__in=[AccountChange.Status.ASKED, AccountChange.Status.CONFIRMED])

    def due(self, now: datetime) -> AccountChangeQuerySet:
        """Return the confirmed ones whose delay is over at that instant."""
        return self.filter(status=AccountChange.Status.CONFIRMED, effective_at__lte=now)


class AccountChange(models.Model):
    """Another bank account asked by a firm: confirmed by a second person, in force 48 hours later."""

    class Status(models.TextChoices):
        """Where the change stands."""

        ASKED = "asked", "À confirmer par une seconde personne"
        CONFIRMED = "confirmed", "Confirmé, en attente du délai de 48 heures"
        DONE = "done", "En vigueur"
        STOPPED = "stopped", "Arrêté"

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="account_changes", verbose_name="cabinet"
    )
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="confirmé par",
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    # Whom Bpifrance called back, on the number it knew before, where the firm has one member only.
    called_on = models.DateField("contre-appel le", null=True, blank=True)
    called_person = models.CharField("personne jointe", max_length=150, blank=True)
    called_number = models.CharField("numéro appelé", max_length=30, blank=True)
    effective_at = models.DateTimeField("en vigueur à partir du", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="arrêté par",
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    objects = AccountChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "changement de compte bancaire"
        verbose_name_plural = "changements de compte bancaire"
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["effective_at"], condition=Q(status="confirmed"), name="account_change_to_apply"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["firm"],
                condition=Q(status__in=["asked", "confirmed"]),
                name="account_change_one_open",
                violation_error_message="Un changement de compte est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="account_change_four_eyes",
                violation_error_message="Un changement de compte se confirme par une seconde personne.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "done"])
                | Q(confirmed_by__isnull=False, effective_at__gt=F("confirmed_at")),
                name="account_change_waits",
                violation_error_message="Un compte n’entre en vigueur qu’un délai après sa confirmation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} ({self.get_status_display()})"
