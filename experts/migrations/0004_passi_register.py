import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_previews"),
        ("experts", "0003_pool"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PassiImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=150, verbose_name="fichier")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="empreinte SHA-256")),
                ("brought_at", models.DateTimeField(verbose_name="apporté le")),
                ("is_complete", models.BooleanField(default=True, verbose_name="liste complète")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="lignes ajoutées")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="lignes changées")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="lignes inchangées")),
                (
                    "dropped",
                    models.PositiveIntegerField(default=0, verbose_name="prestataires sortis de la liste"),
                ),
                ("errors", models.JSONField(blank=True, default=list, verbose_name="lignes en erreur")),
                (
                    "drop_note",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="pourquoi rien n’est sorti de la liste"
                    ),
                ),
            ],
            options={
                "verbose_name": "import de la liste PASSI",
                "verbose_name_plural": "imports de la liste PASSI",
                "ordering": ["-brought_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PassiListing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("siren", models.CharField(blank=True, max_length=9, verbose_name="SIREN")),
                ("name", models.CharField(max_length=200, verbose_name="raison sociale")),
                ("name_key", models.CharField(max_length=200, verbose_name="nom comparé")),
                ("scopes", models.JSONField(default=list, verbose_name="portées")),
                ("valid_from", models.DateField(verbose_name="valide du")),
                ("valid_until", models.DateField(verbose_name="valide au")),
                (
                    "is_listed",
                    models.BooleanField(default=True, verbose_name="présent sur la dernière liste"),
                ),
                ("dropped_on", models.DateField(blank=True, null=True, verbose_name="sorti de la liste le")),
                (
                    "match",
                    models.CharField(
                        choices=[
                            ("none", "Inconnu du portail"),
                            ("proposed", "À confirmer"),
                            ("confirmed", "Rapproché"),
                            ("rejected", "Un autre cabinet"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="rapprochement",
                    ),
                ),
                ("matched_at", models.DateTimeField(blank=True, null=True, verbose_name="rapproché le")),
            ],
            options={
                "verbose_name": "prestataire de la liste PASSI",
                "verbose_name_plural": "prestataires de la liste PASSI",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.AddField(
            model_name="passicertificate",
            name="next_notice_on",
            field=models.DateField(blank=True, null=True, verbose_name="prochain avis d’échéance"),
        ),
        migrations.AddField(
            model_name="passiimport",
            name="brought_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="apporté par",
            ),
        ),
        migrations.AddField(
            model_name="passiimport",
            name="document",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.document",
                verbose_name="fichier gardé",
            ),
        ),
        migrations.AddField(
            model_name="passilisting",
            name="firm",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="passi_listings",
                to="experts.expertfirm",
                verbose_name="cabinet",
            ),
        ),
        migrations.AddField(
            model_name="passilisting",
            name="matched_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="rapproché par",
            ),
        ),
        migrations.AddField(
            model_name="passicertificate",
            name="listing",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="certificates",
                to="experts.passilisting",
                verbose_name="ligne de la liste",
            ),
        ),
        migrations.AddIndex(
            model_name="passicertificate",
            index=models.Index(
                condition=models.Q(("next_notice_on__isnull", False)),
                fields=["next_notice_on"],
                name="certificate_to_tell",
            ),
        ),
        migrations.AddIndex(
            model_name="passilisting",
            index=models.Index(fields=["siren"], name="passi_listing_siren"),
        ),
        migrations.AddIndex(
            model_name="passilisting",
            index=models.Index(fields=["name_key"], name="passi_listing_name"),
        ),
        migrations.AddConstraint(
            model_name="passilisting",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                name="passi_listing_dates_in_order",
                violation_error_message="La fin de validité précède le début.",
            ),
        ),
        migrations.AddConstraint(
            model_name="passilisting",
            constraint=models.CheckConstraint(
                condition=models.Q(("match", "none"), ("firm__isnull", False), _connector="OR"),
                name="passi_listing_match_names_firm",
                violation_error_message="Un rapprochement désigne un cabinet.",
            ),
        ),
    ]
