"""Letters as edited and sent."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Letters as edited and sent."""

    dependencies: ClassVar = [
        ("applications", "0009_worklist"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=60, verbose_name="règle")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retirée le")),
            ],
            options={
                "verbose_name": "formulation",
                "verbose_name_plural": "formulations",
                "ordering": ["rule", "pk"],
            },
        ),
        migrations.AddField(
            model_name="letter",
            name="edits",
            field=models.JSONField(blank=True, default=list, verbose_name="sections réécrites"),
        ),
        migrations.AddField(
            model_name="letter",
            name="sealed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="scellé le"),
        ),
        migrations.AddField(
            model_name="letter",
            name="sealed_by",
            field=models.CharField(blank=True, max_length=200, verbose_name="scellé au nom de"),
        ),
        migrations.AlterField(
            model_name="letter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Accusé de dépôt"),
                    ("completion", "Demande de complément"),
                    ("approval", "Lettre d’acceptation"),
                    ("rejection", "Lettre de rejet"),
                    ("contract", "Contrat Diagnostic DM"),
                    ("signed_contract", "Contrat signé et preuve de signature"),
                    ("amendment", "Avenant"),
                    ("lapse_notice", "Mise en demeure avant caducité"),
                    ("lapse", "Constat de caducité"),
                    ("cancellation", "Lettre d’annulation"),
                    ("aid_statement", "Attestation d’aide"),
                    ("corrections", "Demande de corrections"),
                ],
                max_length=20,
                verbose_name="nature",
            ),
        ),
        migrations.CreateModel(
            name="LetterDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.CharField(max_length=30, verbose_name="acte")),
                ("inputs", models.JSONField(blank=True, default=dict, verbose_name="données de l’acte")),
                ("texts", models.JSONField(blank=True, default=dict, verbose_name="sections réécrites")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="révision")),
                ("updated_at", models.DateTimeField(verbose_name="écrit le")),
                (
                    "preview_revision",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="révision de l’aperçu"),
                ),
                (
                    "preview_asked",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="révision de l’aperçu demandé"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="écrit par",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letter_drafts",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="applications.mission",
                        verbose_name="mission",
                    ),
                ),
                (
                    "preview",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="documents.document",
                        verbose_name="aperçu",
                    ),
                ),
            ],
            options={
                "verbose_name": "courrier en préparation",
                "verbose_name_plural": "courriers en préparation",
                "ordering": ["dossier", "act", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("mission__isnull", True)),
                        fields=("dossier", "act"),
                        name="letter_draft_one_per_act",
                        violation_error_message="Un courrier est déjà en préparation pour cet acte.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("mission__isnull", False)),
                        fields=("dossier", "act", "mission"),
                        name="letter_draft_one_per_mission",
                        violation_error_message="Un courrier est déjà en préparation pour cet acte.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReasonVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("title", models.CharField(max_length=120, verbose_name="titre")),
                ("text", models.TextField(verbose_name="texte")),
                ("written_at", models.DateTimeField(verbose_name="écrite le")),
                (
                    "reason",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="applications.reason",
                        verbose_name="formulation",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="écrite par",
                    ),
                ),
            ],
            options={
                "verbose_name": "version d’une formulation",
                "verbose_name_plural": "versions des formulations",
                "ordering": ["reason", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reason", "number"),
                        name="reason_version_once",
                        violation_error_message="Quelqu’un d’autre vient d’écrire cette version.",
                    )
                ],
            },
        ),
    ]
