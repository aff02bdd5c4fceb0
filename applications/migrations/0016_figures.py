"""Gives each listed dossier what it counts for in the figures, and the figures a table of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The rows are filled by the worker, or at once by `manage.py rebuild_figures`."""

    dependencies = [("applications", "0015_assignment")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Changement"), (1, "En cours de cumul"), (2, "Cumul")],
                        default=0,
                        verbose_name="étape",
                    ),
                ),
                ("measure", models.CharField(max_length=15, verbose_name="mesure")),
                ("day", models.DateField(verbose_name="jour")),
                ("volet", models.PositiveSmallIntegerField(verbose_name="volet")),
                (
                    "device",
                    models.CharField(blank=True, max_length=30, verbose_name="type et classe du dispositif"),
                ),
                ("edition", models.CharField(max_length=10, verbose_name="édition")),
                ("region", models.CharField(blank=True, max_length=60, verbose_name="région")),
                ("key", models.CharField(blank=True, max_length=120, verbose_name="clé")),
                ("value", models.PositiveIntegerField(default=0, verbose_name="valeur")),
                ("n", models.BigIntegerField(verbose_name="nombre")),
                ("cents", models.BigIntegerField(default=0, verbose_name="centimes")),
            ],
            options={
                "verbose_name": "cumul",
                "verbose_name_plural": "cumuls",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="listing",
            name="committed",
            field=models.DecimalField(decimal_places=2, max_digits=17, null=True, verbose_name="engagé"),
        ),
        migrations.AddField(
            model_name="listing",
            name="company_days",
            field=models.PositiveIntegerField(null=True, verbose_name="jours entreprise"),
        ),
        migrations.AddField(
            model_name="listing",
            name="decided_company",
            field=models.PositiveIntegerField(null=True, verbose_name="jours entreprise à la décision"),
        ),
        migrations.AddField(
            model_name="listing",
            name="decided_on",
            field=models.DateField(null=True, verbose_name="décidée le"),
        ),
        migrations.AddField(
            model_name="listing",
            name="decided_own",
            field=models.PositiveIntegerField(null=True, verbose_name="jours Bpifrance à la décision"),
        ),
        migrations.AddField(
            model_name="listing",
            name="envelope",
            field=models.BigIntegerField(null=True, verbose_name="enveloppe"),
        ),
        migrations.AddField(
            model_name="listing",
            name="expected_on",
            field=models.DateField(null=True, verbose_name="paiement attendu le"),
        ),
        migrations.AddField(
            model_name="listing",
            name="expert_days",
            field=models.PositiveIntegerField(null=True, verbose_name="jours expert"),
        ),
        migrations.AddField(
            model_name="listing",
            name="is_approved",
            field=models.BooleanField(null=True, verbose_name="acceptée"),
        ),
        migrations.AddField(
            model_name="listing",
            name="marks",
            field=models.TextField(null=True, verbose_name="constats et avis"),
        ),
        migrations.AddField(
            model_name="listing",
            name="own_days",
            field=models.PositiveIntegerField(null=True, verbose_name="jours Bpifrance"),
        ),
        migrations.AddField(
            model_name="listing",
            name="paid",
            field=models.DecimalField(decimal_places=2, max_digits=17, null=True, verbose_name="payé"),
        ),
        migrations.AddField(
            model_name="listing",
            name="paid_company",
            field=models.PositiveIntegerField(null=True, verbose_name="jours entreprise au paiement"),
        ),
        migrations.AddField(
            model_name="listing",
            name="paid_expert",
            field=models.PositiveIntegerField(null=True, verbose_name="jours expert au paiement"),
        ),
        migrations.AddField(
            model_name="listing",
            name="paid_on",
            field=models.DateField(null=True, verbose_name="payée le"),
        ),
        migrations.AddField(
            model_name="listing",
            name="paid_own",
            field=models.PositiveIntegerField(null=True, verbose_name="jours Bpifrance au paiement"),
        ),
        migrations.AddField(
            model_name="listing",
            name="rated_on",
            field=models.DateField(null=True, verbose_name="dernier avis le"),
        ),
        migrations.AddField(
            model_name="listing",
            name="reached",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="étape atteinte"),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(fields=["decided_on", "dossier"], name="listing_decided"),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(fields=["paid_on", "dossier"], name="listing_paid"),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(fields=["expected_on", "dossier"], name="listing_expected"),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("rated_on__isnull", False)),
                fields=["rated_on", "dossier"],
                name="listing_rated",
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("reached__isnull", True)), fields=["dossier"], name="listing_uncounted"
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(condition=models.Q(("stage__lt", 2)), fields=["stage"], name="tally_changes"),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                condition=models.Q(("cents", 0), ("n", 0), ("stage", 2)), fields=["id"], name="tally_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage", 2)),
                fields=("device", "edition", "region", "measure", "day", "volet", "key", "value"),
                name="tally_cell_once",
                violation_error_message="Ce cumul existe déjà.",
            ),
        ),
    ]
