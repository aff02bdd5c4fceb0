"""Creates the tables of the notifications application."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "name",
                    models.CharField(max_length=50, primary_key=True, serialize=False, verbose_name="nom"),
                ),
                ("beat_at", models.DateTimeField(verbose_name="dernier battement")),
            ],
            options={
                "verbose_name": "battement",
                "verbose_name_plural": "battements",
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=50, verbose_name="nature")),
                ("title", models.CharField(max_length=200, verbose_name="titre")),
                ("body", models.TextField(blank=True, verbose_name="texte")),
                ("url", models.CharField(blank=True, max_length=500, verbose_name="adresse")),
                ("event_ref", models.CharField(max_length=150, verbose_name="événement")),
                ("created_at", models.DateTimeField(verbose_name="reçue le")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="lue le")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="destinataire",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "ordering": ["-created_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["recipient"],
                        name="notification_unread",
                    ),
                    models.Index(fields=["recipient", "-created_at"], name="notification_inbox"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recipient", "event_ref"),
                        name="notification_once_per_event",
                        violation_error_message="Cette personne a déjà été prévenue de cet événement.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=50, verbose_name="nature")),
                ("dedup_key", models.CharField(max_length=255, unique=True, verbose_name="clé d’unicité")),
                ("payload", models.JSONField(default=dict, verbose_name="contenu")),
                ("due_at", models.DateTimeField(verbose_name="à faire à partir de")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="essais")),
                ("locked_until", models.DateTimeField(blank=True, null=True, verbose_name="réservé jusqu’à")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="fait le")),
                ("dead_at", models.DateTimeField(blank=True, null=True, verbose_name="abandonné le")),
                ("last_error", models.TextField(blank=True, verbose_name="dernière erreur")),
                ("dropped_at", models.DateTimeField(blank=True, null=True, verbose_name="écarté le")),
                ("drop_reason", models.TextField(blank=True, verbose_name="motif d’écartement")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                (
                    "dropped_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="écarté par",
                    ),
                ),
            ],
            options={
                "verbose_name": "envoi à faire",
                "verbose_name_plural": "envois à faire",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None), ("dead_at", None)),
                        fields=["due_at"],
                        name="outbox_open_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dropped_at", None),
                            models.Q(
                                ("dead_at__isnull", False), models.Q(("drop_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="outbox_dropped_with_reason",
                        violation_error_message="Un envoi écarté porte un motif.",
                    )
                ],
            },
        ),
    ]
