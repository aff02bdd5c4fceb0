"""Creates the tables of the audit application."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                (
                    "chain",
                    models.CharField(
                        max_length=100, primary_key=True, serialize=False, verbose_name="chaîne"
                    ),
                ),
                ("sequence", models.PositiveIntegerField(default=0, verbose_name="dernier rang")),
                ("hash", models.CharField(blank=True, max_length=64, verbose_name="dernière empreinte")),
                ("recorded", models.PositiveIntegerField(default=0, verbose_name="dernier rang relevé")),
            ],
            options={
                "verbose_name": "tête de chaîne",
                "verbose_name_plural": "têtes de chaîne",
            },
        ),
        migrations.CreateModel(
            name="HeadRecord",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="jour")),
                ("hashes", models.JSONField(verbose_name="empreintes")),
                (
                    "previous_digest",
                    models.CharField(blank=True, max_length=64, verbose_name="condensat précédent"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="condensat")),
            ],
            options={
                "verbose_name": "relevé quotidien",
                "verbose_name_plural": "relevés quotidiens",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chain", models.CharField(max_length=100, verbose_name="chaîne")),
                ("sequence", models.PositiveIntegerField(verbose_name="rang")),
                ("name", models.CharField(max_length=100, verbose_name="événement")),
                ("at", models.DateTimeField(verbose_name="date et heure")),
                ("actor_ref", models.BigIntegerField(null=True, verbose_name="numéro de l’auteur")),
                ("data", models.JSONField(default=dict, verbose_name="données")),
                (
                    "detail_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="empreinte des détails"),
                ),
                (
                    "previous_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="empreinte précédente"),
                ),
                ("hash", models.CharField(max_length=64, verbose_name="empreinte")),
            ],
            options={
                "verbose_name": "événement",
                "verbose_name_plural": "événements",
                "ordering": ["chain", "sequence"],
                "indexes": [models.Index(fields=["at"], name="audit_event_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("chain", "sequence"),
                        name="audit_event_chain_sequence",
                        violation_error_message="Ce rang existe déjà dans cette chaîne.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sequence__gte", 1)), name="audit_event_sequence_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventDetail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("salt", models.CharField(blank=True, max_length=64, verbose_name="sel")),
                ("names", models.JSONField(default=dict, verbose_name="noms")),
                ("motive", models.TextField(blank=True, verbose_name="motif")),
                ("erased_at", models.DateTimeField(null=True, verbose_name="effacé le")),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detail",
                        to="audit.event",
                        verbose_name="événement",
                    ),
                ),
            ],
            options={
                "verbose_name": "détail d’événement",
                "verbose_name_plural": "détails d’événements",
            },
        ),
    ]
