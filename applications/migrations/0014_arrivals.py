"""Past dossiers: what an import brings of them, and the imports themselves."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Past dossiers, and where they come from."""

    dependencies: ClassVar = [
        ("applications", "0013_desk"),
        ("documents", "0002_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="usedvolet",
            name="amount",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="aide HT"
            ),
        ),
        migrations.AddField(
            model_name="usedvolet",
            name="device_name",
            field=models.CharField(blank=True, max_length=200, verbose_name="dispositif"),
        ),
        migrations.AddField(
            model_name="usedvolet",
            name="expert_name",
            field=models.CharField(blank=True, max_length=200, verbose_name="expert"),
        ),
        migrations.AddField(
            model_name="usedvolet",
            name="paid_on",
            field=models.DateField(blank=True, null=True, verbose_name="payé le"),
        ),
        migrations.AddField(
            model_name="usedvolet",
            name="reference",
            field=models.CharField(blank=True, max_length=60, verbose_name="référence du dossier"),
        ),
        migrations.AlterField(
            model_name="usedvolet",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="enregistré par",
            ),
        ),
        migrations.CreateModel(
            name="DossierImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=150, verbose_name="fichier")),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte SHA-256")),
                ("brought_at", models.DateTimeField(verbose_name="apporté le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="décompte")),
                (
                    "brought_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="apporté par",
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossier_import",
                        to="documents.document",
                        verbose_name="fichier déposé",
                    ),
                ),
            ],
            options={
                "verbose_name": "import de dossiers",
                "verbose_name_plural": "imports de dossiers",
                "ordering": ["-brought_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="usedvolet",
            name="imported_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="used_volets",
                to="applications.dossierimport",
                verbose_name="repris par l’import",
            ),
        ),
        migrations.AddIndex(
            model_name="usedvolet",
            index=models.Index(
                condition=models.Q(("paid_on__isnull", False)),
                fields=["-paid_on", "-id"],
                name="used_volet_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="usedvolet",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                name="used_volet_amount",
                violation_error_message="L’aide reçue est un montant positif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="usedvolet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paid_on__isnull", True),
                    models.Q(("amount__isnull", False), ("used_on__isnull", False)),
                    _connector="OR",
                ),
                name="used_volet_paid_aid",
                violation_error_message="Une aide payée a son montant et sa date d’octroi.",
            ),
        ),
        migrations.AddConstraint(
            model_name="usedvolet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_by__isnull", False), ("imported_by__isnull", False), _connector="OR"
                ),
                name="used_volet_has_source",
                violation_error_message="Un volet utilisé vient d’une personne ou d’un import.",
            ),
        ),
    ]
