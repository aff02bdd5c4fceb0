"""Creates the tables of the documents application."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant",
                    ),
                ),
                ("kind", models.SlugField(verbose_name="nature")),
                ("file", models.FileField(max_length=200, upload_to="", verbose_name="fichier")),
                ("original_name", models.CharField(max_length=150, verbose_name="nom d’origine")),
                ("extension", models.CharField(max_length=10, verbose_name="extension")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveBigIntegerField(verbose_name="taille en octets")),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte SHA-256")),
                (
                    "state",
                    models.CharField(
                        choices=[("clean", "sain"), ("pending", "analyse en cours"), ("refused", "refusé")],
                        default="pending",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="motif de refus")),
                ("uploaded_at", models.DateTimeField(verbose_name="déposé le")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="daté du")),
                ("sealed_at", models.DateTimeField(blank=True, null=True, verbose_name="scellé le")),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="accounts.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="déposé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "ordering": ["-uploaded_at", "pk"],
                "indexes": [models.Index(fields=["sha256"], name="document_sha256")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["clean", "pending", "refused"])),
                        name="document_state_known",
                        violation_error_message="L’état de ce document est inconnu.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "refused"), ("refusal", ""), _connector="OR"),
                        name="document_refusal_only_when_refused",
                        violation_error_message="Seul un document refusé porte un motif de refus.",
                    ),
                ],
            },
        ),
    ]
