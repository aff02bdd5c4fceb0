"""What Bpifrance does of a request: findings decided, completions asked, snapshots, letters, transmissions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models.dossier import Dossier
from applications.models.mission import Mission
from experts.models import ExpertFirm
from portal.documents.models import Document


class FindingDecision(models.Model):
    """An officer's judgement of one finding, with its motive; an override needs a manager at approval."""

    class Outcome(models.TextChoices):
        """What the officer concludes."""

        ACCEPTED = "accepted", "Levée : la condition est remplie"
        REFUSED = "refused", "Maintenue : la condition n’est pas remplie"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="finding_decisions", verbose_name="dossier"
    )
    rule = models.CharField("règle", max_length=60)
    outcome = models.CharField("conclusion", max_length=10, choices=Outcome.choices)
    motive = models.TextField("motif")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="décidé par"
    )
    decided_at = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "décision sur un constat"
        verbose_name_plural = "décisions sur les constats"
        ordering = ["dossier", "rule", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "rule"],
                name="finding_decided_once",
                violation_error_message="Ce constat est déjà tranché.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} : {self.get_outcome_display()}"


class CompletionRequest(models.Model):
    """What the company is asked to mend, until when."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="completion_requests", verbose_name="dossier"
    )
    message = models.TextField("message", blank=True)
    due_on = models.DateField("réponse attendue le")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    # What was filed when it was asked, by step; and what the answer changed of it, kept once answered.
    filed = models.JSONField("contenu déposé", default=dict, blank=True)
    differences = models.JSONField("ce qui a changé", default=list, blank=True)

    class Meta:
        verbose_name = "demande de complément"
        verbose_name_plural = "demandes de complément"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(answered_at__isnull=True),
                name="completion_one_open",
                violation_error_message="Une demande de complément est déjà en cours.",
            ),
        ]

    def __str__(self) -> str:
        return f"Complément {self.dossier} pour le {self.due_on:%d/%m/%Y}"


class CompletionItem(models.Model):
    """One part to mend, named by its filing step (`entreprise`, `pieces`…) and by field or document kind."""

    request = models.ForeignKey(
        CompletionRequest, on_delete=models.CASCADE, related_name="items", verbose_name="demande"
    )
    # A filing step's slug, and inside it a field name or a document kind ("" = the whole step).
    step = models.CharField("étape", max_length=20)
    target = models.CharField("champ ou pièce", max_length=60, blank=True)
    reason = models.TextField("pourquoi")

    class Meta:
        verbose_name = "élément à compléter"
        verbose_name_plural = "éléments à compléter"
        ordering = ["request", "pk"]

    def __str__(self) -> str:
        return f"{self.step} {self.target}".strip()


class Snapshot(models.Model):
    """An evaluation as it was seen: facts, findings, money, edition and its digest. Never recomputed."""

    class Moment(models.TextChoices):
        """When it was taken."""

        SUBMISSION = "submission", "Dépôt"
        RESUBMISSION = "resubmission", "Nouveau dépôt"
        DECISION = "decision", "Décision"
        AMENDMENT = "amendment", "Avenant"
        REPLACEMENT = "replacement", "Remplacement de l’expert"
        CLOSURE = "closure", "Clôture"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="snapshots", verbose_name="dossier"
    )
    mission = models.ForeignKey(
        Mission,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="snapshots",
        verbose_name="mission",
    )
    moment = models.CharField("moment", max_length=15, choices=Moment.choices)
    edition = models.CharField("édition", max_length=10)
    edition_digest = models.CharField("empreinte de l’édition", max_length=64)
    case = models.JSONField("cas")
    evaluation = models.JSONField("évaluation")
    taken_at = models.DateTimeField("pris le")

    class Meta:
        verbose_name = "instantané"
        verbose_name_plural = "instantanés"
        ordering = ["taken_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_moment_display()} {self.dossier}"


class PendingApproval(models.Model):
    """An act of two persons: asked by the first, to be done by the second on the very same version."""

    class Status(models.TextChoices):
        """Where the act stands."""

        OPEN = "open", "À confirmer"
        DONE = "done", "Confirmé"
        DROPPED = "dropped", "Abandonné"
        VOID = "void", "Caduc : le dossier a changé"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="pending_approvals", verbose_name="dossier"
    )
    mission = models.ForeignKey(
        Mission, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="mission"
    )
    transition = models.CharField("acte", max_length=30)
    inputs = models.JSONField("données", default=dict)
    version = models.PositiveIntegerField("version du dossier")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par"
    )
    asked_at = models.DateTimeField("demandé le")
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.OPEN)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="terminé par",
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "acte à deux personnes"
        verbose_name_plural = "actes à deux personnes"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(status="open"),
                name="pending_one_open",
                violation_error_message="Un acte attend déjà sa seconde personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transition} {self.dossier} ({self.get_status_display()})"


class Letter(models.Model):
    """A letter or certificate composed from a decision; the worker renders its PDF from `context`."""

    class Kind(models.TextChoices):
        """What the letter is."""

        RECEIPT = "receipt", "Accusé de dépôt"
        COMPLETION = "completion", "Demande de complément"
        APPROVAL = "approval", "Lettre d’acceptation"
        REJECTION = "rejection", "Lettre de rejet"
        CONTRACT = "contract", "Contrat Diagnostic DM"
        SIGNED_CONTRACT = "signed_contract", "Contrat signé et preuve de signature"
        AMENDMENT = "amendment", "Avenant"
        LAPSE_NOTICE = "lapse_notice", "Mise en demeure avant caducité"
        LAPSE = "lapse", "Constat de caducité"
        CANCELLATION = "cancellation", "Lettre d’annulation"
        AID_STATEMENT = "aid_statement", "Attestation d’aide"
        CORRECTIONS = "corrections", "Demande de corrections"

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="letters", verbose_name="dossier"
    )
    kind = models.CharField("nature", max_length=20, choices=Kind.choices)
    # Frozen data from which the PDF is made: the same bytes however often it is rendered.
    context = models.JSONField("contenu")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF"
    )
    # What its author rewrote of the composed text: [{label, composed, sent}], shown to colleagues.
    edits = models.JSONField("sections réécrites", default=list, blank=True)
    # In whose name the PDF was sealed, and when; empty where no certificate was set.
    sealed_by = models.CharField("scellé au nom de", max_length=200, blank=True)
    sealed_at = models.DateTimeField("scellé le", null=True, blank=True)
    # The audit event that caused it: one letter per event and kind.
    event_ref = models.CharField("événement", max_length=80)
    created_at = models.DateTimeField("créée le")

    class Meta:
        verbose_name = "courrier"
        verbose_name_plural = "courriers"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event_ref", "kind"],
                name="letter_once_per_event",
                violation_error_message="Ce courrier existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.dossier}"


class Derogation(models.Model):
    """A request that an expert from outside the pool takes this dossier; decided by officer and manager."""

    class Status(models.TextChoices):
        """The engine's words for it."""

        REQUESTED = "requested", "Demandée"
        GRANTED = "granted", "Accordée"
        REFUSED = "refused", "Refusée"

    dossier = models.OneToOneField(
        Dossier, on_delete=models.CASCADE, related_name="derogation", verbose_name="dossier"
    )
    # The expert it was asked for; another one needs a derogation of its own.
    firm = models.ForeignKey(
        ExpertFirm, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="expert"
    )
    reason = models.TextField("pourquoi cet expert")
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.REQUESTED)
    requested_at = models.DateTimeField("demandée le")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="avis du chargé d’affaires",
    )
    officer_favourable = models.BooleanField("avis favorable", null=True, blank=True)
    officer_motive = models.TextField("motif de l’avis", blank=True)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="décision du responsable",
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    motive = models.TextField("motif de la décision", blank=True)

    class Meta:
        verbose_name = "dérogation"
        verbose_name_plural = "dérogations"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="requested") | Q(officer__isnull=False, manager__isnull=False),
                name="derogation_four_eyes",
                violation_error_message="Une dérogation se décide à deux : chargé d’affaires et responsable.",
            ),
        ]

    def __str__(self) -> str:
        return f"Dérogation {self.dossier} ({self.get_status_display()})"

    @property
    def asks_evidence(self) -> bool:
        """True where what the company edits asked for it: a draft, or a completion that changed the expert."""
        filed_at = self.dossier.submitted_at
        return filed_at is None or self.requested_at > filed_at


class Transmission(models.Model):
    """The final report forwarded to one ministry."""

    dossier = models.ForeignKey(
        Dossier, on_delete=models.CASCADE, related_name="transmissions", verbose_name="dossier"
    )
    recipient = models.CharField("destinataire", max_length=120)
    sent_on = models.DateField("transmis le")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="transmis par"
    )

    class Meta:
        verbose_name = "transmission"
        verbose_name_plural = "transmissions"
        ordering = ["dossier", "recipient"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "recipient"],
                name="transmission_once",
                violation_error_message="Le rapport a déjà été transmis à ce destinataire.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier} → {self.recipient}"
