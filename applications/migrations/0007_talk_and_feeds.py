"""Adds to messages their files, who wrote and who read them; and the secret links of calendars."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def say_who_wrote(apps: Any, _schema_editor: Any) -> None:
    """Mark the messages whose author works at Bpifrance."""
    messages = apps.get_model("applications", "Message").objects
    messages.exclude(author__staff_role="").update(from_bpifrance=True)


class Migration(migrations.Migration):
    """Schema, then one column filled from the authors."""

    dependencies: ClassVar = [
        ("applications", "0006_drafts"),
        ("documents", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(max_length=64, unique=True, verbose_name="empreinte du secret"),
                ),
                ("created_at", models.DateTimeField(verbose_name="créé le")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="lu pour la dernière fois le"),
                ),
            ],
            options={
                "verbose_name": "lien d’agenda",
                "verbose_name_plural": "liens d’agenda",
            },
        ),
        migrations.CreateModel(
            name="MessageAttachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce jointe",
                "verbose_name_plural": "pièces jointes",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="message",
            name="first_read_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="lu le"),
        ),
        migrations.AddField(
            model_name="message",
            name="first_read_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="lu par",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="from_bpifrance",
            field=models.BooleanField(default=False, verbose_name="écrit par Bpifrance"),
        ),
        migrations.AddField(
            model_name="message",
            name="key",
            field=models.UUIDField(blank=True, null=True, verbose_name="clé du formulaire"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("author", "key"),
                name="message_once_per_form",
                violation_error_message="Ce message est déjà envoyé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_read_at__isnull", True), ("first_read_by__isnull", True)),
                    models.Q(("first_read_at__isnull", False), ("first_read_by__isnull", False)),
                    _connector="OR",
                ),
                name="message_read_by_somebody",
                violation_error_message="Un message lu l’est par quelqu’un, à une date.",
            ),
        ),
        migrations.AddField(
            model_name="calendarfeed",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calendar_feed",
                to=settings.AUTH_USER_MODEL,
                verbose_name="personne",
            ),
        ),
        migrations.AddField(
            model_name="messageattachment",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="message_attachment",
                to="documents.document",
                verbose_name="fichier",
            ),
        ),
        migrations.AddField(
            model_name="messageattachment",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="applications.message",
                verbose_name="message",
            ),
        ),
        migrations.AlterField(
            model_name="findingdecision",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("accepted", "Levée\xa0: la condition est remplie"),
                    ("refused", "Maintenue\xa0: la condition n’est pas remplie"),
                ],
                max_length=10,
                verbose_name="conclusion",
            ),
        ),
        migrations.AlterField(
            model_name="pendingapproval",
            name="status",
            field=models.CharField(
                choices=[
                    ("open", "À confirmer"),
                    ("done", "Confirmé"),
                    ("dropped", "Abandonné"),
                    ("void", "Caduc\xa0: le dossier a changé"),
                ],
                default="open",
                max_length=10,
                verbose_name="état",
            ),
        ),
        migrations.AlterConstraint(
            model_name="derogation",
            name="derogation_four_eyes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "requested"),
                    models.Q(("manager__isnull", False), ("officer__isnull", False)),
                    _connector="OR",
                ),
                name="derogation_four_eyes",
                violation_error_message="Une dérogation se décide à deux\xa0: chargé d’affaires et responsable.",
            ),
        ),
        migrations.RunPython(say_who_wrote, migrations.RunPython.noop),
    ]
