"""Exports made as jobs, parcels for the ministries."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Exports made as jobs, parcels for the ministries."""

    dependencies: ClassVar = [
        ("applications", "0011_money"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipient", models.CharField(max_length=120, verbose_name="destinataire")),
                ("recipient_label", models.CharField(max_length=200, verbose_name="nom du destinataire")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("making", "En préparation"),
                            ("ready", "Prêt à envoyer"),
                            ("sent", "Envoyé, sans accusé"),
                            ("received", "Accusé reçu"),
                            ("failed", "Échoué"),
                            ("dropped", "Abandonné"),
                        ],
                        default="making",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=300, verbose_name="raison de l’échec")),
                ("made_at", models.DateTimeField(verbose_name="préparé le")),
                ("sent_on", models.DateField(blank=True, null=True, verbose_name="envoyé le")),
                (
                    "next_reminder_on",
                    models.DateField(blank=True, null=True, verbose_name="prochaine relance"),
                ),
                ("received_on", models.DateField(blank=True, null=True, verbose_name="accusé reçu le")),
                (
                    "receipt_reference",
                    models.CharField(blank=True, max_length=100, verbose_name="référence de l’accusé"),
                ),
                (
                    "document",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel",
                        to="documents.document",
                        verbose_name="ZIP",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="préparé par",
                    ),
                ),
                (
                    "receipt_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accusé enregistré par",
                    ),
                ),
                (
                    "receipt_proof",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel_receipt",
                        to="documents.document",
                        verbose_name="preuve de l’accusé",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="envoyé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "envoi aux ministères",
                "verbose_name_plural": "envois aux ministères",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ParcelItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipient", models.CharField(max_length=120, verbose_name="destinataire")),
                ("is_dropped", models.BooleanField(default=False, verbose_name="abandonné")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcel_items",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="applications.parcel",
                        verbose_name="envoi",
                    ),
                ),
            ],
            options={
                "verbose_name": "dossier d’un envoi",
                "verbose_name_plural": "dossiers d’un envoi",
                "ordering": ["parcel", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ParcelReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_on", models.DateField(verbose_name="relancé le")),
                ("note", models.CharField(max_length=300, verbose_name="comment et à qui")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="relancé par",
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="applications.parcel",
                        verbose_name="envoi",
                    ),
                ),
            ],
            options={
                "verbose_name": "relance d’un envoi",
                "verbose_name_plural": "relances des envois",
                "ordering": ["parcel", "made_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Export",
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
                ("role", models.CharField(max_length=20, verbose_name="fonction")),
                ("listing", models.SlugField(max_length=30, verbose_name="liste")),
                ("title", models.CharField(max_length=200, verbose_name="titre")),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("csv", "CSV"),
                            ("xlsx", "Excel (XLSX)"),
                            ("ods", "LibreOffice (ODS)"),
                            ("zip", "Archive ZIP"),
                        ],
                        max_length=5,
                        verbose_name="format",
                    ),
                ),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="colonnes")),
                ("query", models.TextField(blank=True, verbose_name="filtres")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("waiting", "En attente"),
                            ("running", "En préparation"),
                            ("ready", "Prêt"),
                            ("failed", "Échoué"),
                            ("cancelled", "Annulé"),
                            ("expired", "Expiré"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("expected", models.PositiveIntegerField(default=0, verbose_name="lignes annoncées")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="lignes faites")),
                ("failure", models.CharField(blank=True, max_length=300, verbose_name="raison de l’échec")),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expire le")),
                (
                    "document",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="export",
                        to="documents.document",
                        verbose_name="fichier",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-asked_at", "pk"],
                "indexes": [
                    models.Index(fields=["owner", "-asked_at"], name="export_of_owner"),
                    models.Index(
                        condition=models.Q(("stage", "ready")), fields=["expires_at"], name="export_expiry"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("document__isnull", False), ("expires_at__isnull", False), ("stage", "ready")
                            ),
                            models.Q(models.Q(("stage", "ready"), _negated=True), ("document__isnull", True)),
                            _connector="OR",
                        ),
                        name="export_ready_has_file",
                        violation_error_message="Un export prêt, et lui seul, a un fichier et une date de fin.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dossier__isnull", False), ("listing", "archive")),
                            models.Q(
                                models.Q(("listing", "archive"), _negated=True), ("dossier__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="export_archive_of_dossier",
                        violation_error_message="Une archive est celle d’un dossier\u00a0; une liste n’est celle d’aucun.",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(
                condition=models.Q(("stage", "sent")), fields=["next_reminder_on"], name="parcel_reminder"
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(fields=["stage", "-made_at", "-id"], name="parcel_by_state"),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage__in", ["ready", "sent", "received"]), _negated=True),
                    ("document__isnull", False),
                    _connector="OR",
                ),
                name="parcel_has_file",
                violation_error_message="Un envoi prêt a son fichier.",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage__in", ["sent", "received"]), _negated=True),
                    models.Q(("sent_by__isnull", False), ("sent_on__isnull", False)),
                    _connector="OR",
                ),
                name="parcel_sent_dated",
                violation_error_message="Un envoi parti porte sa date et son auteur.",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", "received"), _negated=True),
                    models.Q(
                        ("received_on__gte", models.F("sent_on")),
                        ("received_on__isnull", False),
                        ("receipt_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="parcel_received_dated",
                violation_error_message="L’accusé porte une date, au plus tôt celle de l’envoi.",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcelitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_dropped", False)),
                fields=("dossier", "recipient"),
                name="parcel_item_once",
                violation_error_message="Ce dossier est déjà dans un envoi à ce destinataire.",
            ),
        ),
    ]
