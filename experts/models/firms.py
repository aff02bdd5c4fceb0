"""Expert firms, their consultants and the papers they give Bpifrance."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from experts.models.accreditations import Accreditation, FirmPaper
from experts.models.passi import PassiCertificate
from portal.accounts.models import Membership, Organisation


class VatRegime(models.TextChoices):
    """How the firm invoices VAT; each addressee bears the VAT of its own invoice."""

    STANDARD = "standard", "TVA au taux normal"
    FRANCHISE = "franchise_293B", "Franchise en base (art. 293 B du CGI)"
    REVERSE_CHARGE = "reverse_charge", "Autoliquidation"


FRENCH_VAT = re.compile(r"FR[0-9A-Z]{2}(\d{9})")


def siren_in_vat(number: str) -> str:
    """Return the SIREN on which a French VAT number is built; "" for any other."""
    found = FRENCH_VAT.fullmatch("".join(number.split()).upper())
    return found[1] if found else ""


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
    # The charter as last accepted; each acceptance is an event of the firm's chain.
    charter_version = models.CharField("charte acceptée", max_length=20, blank=True)
    charter_accepted_on = models.DateField("charte acceptée le", null=True, blank=True)
    charter_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="charte acceptée par",
    )
    charter_asked = models.CharField("charte dont le cabinet est prévenu", max_length=20, blank=True)
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

    @property
    def vat_names_another(self) -> bool:
        """True for a French VAT number built on another SIREN: that of a VAT group (CGI, art. 256 C), or a mistake."""
        named = siren_in_vat(self.vat_number)
        return bool(named and self.siren and named != self.siren)


class Consultant(models.Model):
    """A person of the firm who carries out missions."""

    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.CASCADE, related_name="consultants", verbose_name="cabinet"
    )
    full_name = models.CharField("nom", max_length=150)
    email = models.EmailField("adresse électronique", blank=True)
    is_active = models.BooleanField("en activité", default=True)
    # Numbers of the volets the person works on, in order.
    volets = models.JSONField("volets", default=list, blank=True)
    cv = models.ForeignKey(
        FirmPaper,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="consultants",
        verbose_name="CV",
    )

    class Meta:
        verbose_name = "consultant"
        verbose_name_plural = "consultants"
        ordering = ["full_name", "pk"]

    def __str__(self) -> str:
        return self.full_name
