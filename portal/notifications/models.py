"""What must be done (the outbox), what people were told (the inbox), and the workers' sign of life."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from portal.notifications import sending


class OutboxQuerySet(models.QuerySet["Outbox"]):
    """Sets of outbox rows that have a meaning."""

    def open(self) -> "OutboxQuerySet":
        """Return the rows still to be worked, whenever they are due."""
        return self.filter(done_at=None, dead_at=None)

    def workable(self, now: datetime) -> "OutboxQuerySet":
        """Return the rows due at `now` that no worker holds and no back-off delays, oldest first.

        There is none while sending is stopped.
        """
        free = Q(locked_until=None) | Q(locked_until__lte=now)
        may_leave = self.open().alias(sending=sending.last_word()).filter(sending=sending.RESUMED)
        return may_leave.filter(free, due_at__lte=now).order_by("due_at", "pk")

    def dead(self) -> "OutboxQuerySet":
        """Return the rows given up after too many failures that nobody has settled yet, newest first."""
        return self.filter(dead_at__isnull=False, done_at=None, dropped_at=None).order_by("-dead_at", "pk")

    def waiting(self) -> "OutboxQuerySet":
        """Return the open rows that never failed, the next one due first."""
        return self.open().filter(last_error="").order_by("due_at", "pk")

    def failing(self) -> "OutboxQuerySet":
        """Return the open rows whose last attempt failed and that will be tried again, the next one due first."""
        return self.open().exclude(last_error="").order_by("due_at", "pk")

    def counted_by_kind(self, now: datetime) -> dict[str, dict[str, int]]:
        """Return, for each kind with something left, how many are open, overdue (due at `now`) and dead.

        One statement, which reads what is left and not what was done.
        """
        left = self.filter(done_at=None, dropped_at=None)
        counted = left.values("kind").annotate(
            open=Count("pk", filter=Q(dead_at=None)),
            overdue=Count("pk", filter=Q(dead_at=None, due_at__lte=now)),
            dead=Count("pk", filter=Q(dead_at__isnull=False)),
        )
        return {one.pop("kind"): one for one in counted.order_by("kind")}


class Outbox(models.Model):
    """One duty: done when `done_at` is set, by the worker that did it, in the duty's own transaction."""

    kind = models.CharField("nature", max_length=50)
    dedup_key = models.CharField("clé d’unicité", max_length=255, unique=True)
    payload = models.JSONField("contenu", default=dict)
    due_at = models.DateTimeField("à faire à partir de")
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    locked_until = models.DateTimeField("réservé jusqu’à", null=True, blank=True)
    done_at = models.DateTimeField("fait le", null=True, blank=True)
    dead_at = models.DateTimeField("abandonné le", null=True, blank=True)
    last_error = models.TextField("dernière erreur", blank=True)
    dropped_at = models.DateTimeField("écarté le", null=True, blank=True)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="écarté par",
    )
    drop_reason = models.TextField("motif d’écartement", blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi à faire"
        verbose_name_plural = "envois à faire"
        indexes = [
            models.Index(
                fields=["due_at"], name="outbox_open_due", condition=Q(done_at=None) & Q(dead_at=None)
            ),
            # What is left, among millions of duties done: read by each scrape and by the administrator's page.
            models.Index(
                fields=["kind", "dead_at"],
                name="outbox_left",
                condition=Q(done_at=None) & Q(dropped_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(dropped_at=None) | (Q(dead_at__isnull=False) & ~Q(drop_reason="")),
                name="outbox_dropped_with_reason",
                violation_error_message="Un envoi écarté porte un motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedup_key}"


class Delivery(models.TextChoices):
    """When a notice leaves by e-mail; it always stands in the inbox."""

    NOW = "now", "Par courriel, tout de suite"
    DAILY = "daily", "Par courriel, une fois par jour"
    PORTAL = "portal", "Dans le portail seulement"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Sets of notifications that have a meaning."""

    def unread(self) -> "NotificationQuerySet":
        """Return those their recipient hasn't read."""
        return self.filter(read_at=None)

    def for_digest(self) -> "NotificationQuerySet":
        """Return what the next daily e-mail tells: unread, wanted daily, told by no e-mail yet; oldest first."""
        waiting = self.unread().filter(delivery=Delivery.DAILY, emailed_at=None)
        return waiting.order_by("created_at", "pk")


class Notification(models.Model):
    """One line of a person's inbox about one event, with the one thing to do about it.

    `subject` names what the event is about ("dossier:42"), so that the inbox is filtered and the
    e-mails threaded by it; `delivery` is how it was to be e-mailed when it was written.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        verbose_name="destinataire",
    )
    kind = models.CharField("nature", max_length=50)
    title = models.CharField("titre", max_length=200)
    body = models.TextField("texte", blank=True)
    url = models.CharField("adresse", max_length=500, blank=True)
    action_label = models.CharField("ce qu’on peut faire", max_length=80, default="Ouvrir dans le portail")
    family = models.SlugField("famille", max_length=30, default="general", db_index=False)
    is_blocking = models.BooleanField("attend un acte du lecteur", default=False)
    subject = models.CharField("objet", max_length=60, blank=True)
    subject_label = models.CharField("nom de l’objet", max_length=100, blank=True)
    event_ref = models.CharField("événement", max_length=150)
    delivery = models.CharField(
        "courriel prévu", max_length=10, choices=Delivery.choices, default=Delivery.NOW
    )
    emailed_at = models.DateTimeField("envoyée par courriel le", null=True, blank=True)
    created_at = models.DateTimeField("reçue le")
    read_at = models.DateTimeField("lue le", null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "notification"
        verbose_name_plural = "notifications"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "event_ref"],
                name="notification_once_per_event",
                violation_error_message="Cette personne a déjà été prévenue de cet événement.",
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=Delivery.values),
                name="notification_delivery_known",
                violation_error_message="Ce mode d’envoi est inconnu.",
            ),
            models.CheckConstraint(
                condition=Q(is_blocking=False) | Q(delivery=Delivery.NOW),
                name="notification_blocking_at_once",
                violation_error_message="Ce qui attend un acte du lecteur part tout de suite.",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient"], name="notification_unread", condition=Q(read_at=None)),
            models.Index(fields=["recipient", "-created_at"], name="notification_inbox"),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """How one person wants to be told of one family of notices, where they changed the usual way."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notification_preferences",
        verbose_name="personne",
    )
    family = models.SlugField("famille", max_length=30, db_index=False)
    delivery = models.CharField("courriel", max_length=10, choices=Delivery.choices)

    class Meta:
        verbose_name = "préférence de notification"
        verbose_name_plural = "préférences de notification"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "family"],
                name="preference_one_per_family",
                violation_error_message="Cette préférence existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=Delivery.values),
                name="preference_delivery_known",
                violation_error_message="Ce mode d’envoi est inconnu.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.get_delivery_display()}"


class Heartbeat(models.Model):
    """When a process last showed that it works.

    Three signs, so that one that stands still is known by its name: CHAIN is written by the task that the scheduler
    sends each minute, and needs both; SCHEDULER by the scheduler itself; WORKER by a task that workers send themselves.
    """

    CHAIN, SCHEDULER, WORKER = "worker", "scheduler", "worker_alone"

    name = models.CharField("nom", max_length=50, primary_key=True)
    beat_at = models.DateTimeField("dernier battement")

    class Meta:
        verbose_name = "battement"
        verbose_name_plural = "battements"

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%d/%m/%Y %H:%M}"
