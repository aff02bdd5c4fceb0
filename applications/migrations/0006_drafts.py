"""What a request remembers while it is written, and what the answer to a completion changed."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def dossier(name: str) -> models.ForeignKey:
    """Return the key to the request."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=name,
        to="applications.dossier",
        verbose_name="dossier",
    )


class Migration(migrations.Migration):
    """Adds the steps of drafts, who is there, and the contents compared by a completion."""

    dependencies: ClassVar = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("applications", "0005_pieces"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="completionrequest",
            name="filed",
            field=models.JSONField(blank=True, default=dict, verbose_name="contenu déposé"),
        ),
        migrations.AddField(
            model_name="completionrequest",
            name="differences",
            field=models.JSONField(blank=True, default=list, verbose_name="ce qui a changé"),
        ),
        migrations.CreateModel(
            name="DraftStep",
            fields=[
                ("id", KEY),
                ("step", models.CharField(max_length=20, verbose_name="étape")),
                ("typed", models.JSONField(blank=True, default=dict, verbose_name="saisie à corriger")),
                (
                    "changes",
                    models.JSONField(blank=True, default=dict, verbose_name="dernières modifications"),
                ),
                ("carried", models.JSONField(blank=True, default=dict, verbose_name="réponses reprises")),
                ("dossier", dossier("draft_steps")),
            ],
            options={
                "verbose_name": "étape d’un brouillon",
                "verbose_name_plural": "étapes de brouillons",
                "ordering": ["dossier", "step"],
            },
        ),
        migrations.CreateModel(
            name="DraftPresence",
            fields=[
                ("id", KEY.clone()),
                ("step", models.CharField(max_length=20, verbose_name="étape")),
                ("seen_at", models.DateTimeField(verbose_name="vu à")),
                ("dossier", dossier("presences")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "présence dans un brouillon",
                "verbose_name_plural": "présences dans des brouillons",
                "ordering": ["dossier", "-seen_at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="draftstep",
            constraint=models.UniqueConstraint(
                fields=["dossier", "step"],
                name="draft_step_once",
                violation_error_message="Cette étape du brouillon existe déjà.",
            ),
        ),
        migrations.AddConstraint(
            model_name="draftpresence",
            constraint=models.UniqueConstraint(
                fields=["dossier", "user"],
                name="draft_presence_once",
                violation_error_message="La présence de cette personne est déjà connue.",
            ),
        ),
    ]
