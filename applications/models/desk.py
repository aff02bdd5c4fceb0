"""What the desk asks outside the house: an opinion of a named person, by a private link."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier, DossierDocument


class OpinionQuerySet(models.QuerySet["Opinion"]):
    """Sets of opinions with a meaning."""

    def awaited(self) -> OpinionQuerySet:
        """Return those neither answered nor revoked, whatever their date."""
        return self.filter(answered_at__isnull=True, revoked_at__isnull=True)


class Opinion(models.Model):
    """An opinion asked of somebody outside Bpifrance, who reads only what was chosen, up to `due_on` included.

    The link's secret is made from `nonce` and the portal's key; only its fingerprint is kept.
    """

    class Answer(models.TextChoices):
        """What the person concludes."""

        FAVOURABLE = "favourable", "Favorable"
        RESERVED = "reserved", "Favorable avec réserves"
        UNFAVOURABLE = "unfavourable", "Défavorable"
        ABSTAINED = "abstained", "Ne se prononce pas"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="opinions", verbose_name="dossier"
    )
    name = models.CharField("nom", max_length=120)
    capacity = models.CharField("qualité", max_length=150, blank=True)
    email = models.EmailField("adresse électronique")
    question = models.TextField("question", max_length=4000)
    due_on = models.DateField("réponse attendue le")
    shows_company = models.BooleanField("montre l’entreprise", default=False)
    shows_device = models.BooleanField("montre le dispositif", default=False)
    pieces = models.ManyToManyField(
        DossierDocument, related_name="opinions", blank=True, verbose_name="pièces montrées"
    )
    nonce = models.CharField("sel du lien", max_length=64)
    token_hash = models.CharField("empreinte du lien", max_length=64, unique=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    reminded_at = models.DateTimeField("rappelé le", null=True, blank=True)
    revoked_at = models.DateTimeField("annulé le", null=True, blank=True)
    answer = models.CharField("avis", max_length=15, choices=Answer.choices, blank=True)
    answer_text = models.TextField("motifs de l’avis", max_length=8000, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = "avis extérieur"
        verbose_name_plural = "avis extérieurs"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="opinion_answered_once",
                violation_error_message="Un avis rendu a sa conclusion et sa date.",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(revoked_at__isnull=True),
                name="opinion_answered_or_revoked",
                violation_error_message="Une demande annulée ne reçoit plus d’avis.",
            ),
            models.UniqueConstraint(
                fields=["dossier", "email"],
                condition=Q(answered_at__isnull=True, revoked_at__isnull=True),
                name="opinion_one_awaited",
                violation_error_message="Un avis est déjà attendu de cette personne sur ce dossier.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(answered_at__isnull=True, revoked_at__isnull=True),
                name="opinion_awaited",
            ),
        ]

    def __str__(self) -> str:
        return f"Avis de {self.name} – {self.dossier}"

    def is_open(self, today: date) -> bool:
        """Tell whether the link still opens what is shown and takes an answer."""
        return self.answered_at is None and self.revoked_at is None and today <= self.due_on
