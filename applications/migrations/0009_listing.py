"""The list's own table with its full-text search, and what the list remembers of its readers.

PostgreSQL needs the extension pg_trgm (docs/operations.md says what to do without the right to create it). A later
migration that rebuilds `applications_listing` on SQLite must make the three triggers again: rebuilding drops them.
"""

from datetime import date
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "ALTER TABLE applications_listing ADD COLUMN words_vector tsvector GENERATED ALWAYS AS "
    "(to_tsvector('simple', words) || to_tsvector('french', words)) STORED",
    "CREATE INDEX listing_words ON applications_listing USING gin (words_vector)",
    "CREATE INDEX listing_names ON applications_listing USING gin (names gin_trgm_ops)",
)
SQLITE = (
    "CREATE VIRTUAL TABLE applications_listing_words USING fts5("
    "words, content='applications_listing', content_rowid='dossier_id', "
    "tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "CREATE TRIGGER listing_words_added AFTER INSERT ON applications_listing BEGIN "
    "INSERT INTO applications_listing_words(rowid, words) VALUES (NEW.dossier_id, NEW.words); END",
    "CREATE TRIGGER listing_words_removed AFTER DELETE ON applications_listing BEGIN "
    "INSERT INTO applications_listing_words(applications_listing_words, rowid, words) "
    "VALUES ('delete', OLD.dossier_id, OLD.words); END",
    "CREATE TRIGGER listing_words_changed AFTER UPDATE OF words ON applications_listing BEGIN "
    "INSERT INTO applications_listing_words(applications_listing_words, rowid, words) "
    "VALUES ('delete', OLD.dossier_id, OLD.words); "
    "INSERT INTO applications_listing_words(rowid, words) VALUES (NEW.dossier_id, NEW.words); END",
)


def make_searchable(_apps, schema_editor):
    """Add the full-text column and its indexes, or the table that SQLite searches."""
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unmake_searchable(_apps, schema_editor):
    """Take away what SQLite searches; on PostgreSQL the column and its indexes go with their table."""
    if schema_editor.connection.vendor == "sqlite":
        for name in ("added", "removed", "changed"):
            schema_editor.execute(f"DROP TRIGGER listing_words_{name}")
        schema_editor.execute("DROP TABLE applications_listing_words")


class Migration(migrations.Migration):
    """The list's own table with its full-text search, and what the list remembers of its readers."""

    dependencies: ClassVar = [
        ("applications", "0008_directory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField(verbose_name="tout vu jusqu’à")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="worklist_visit",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "visite de la corbeille",
                "verbose_name_plural": "visites de la corbeille",
                "ordering": ["user"],
            },
        ),
        migrations.CreateModel(
            name="Listing",
            fields=[
                (
                    "dossier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listing",
                        serialize=False,
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Brouillon"),
                            ("submitted", "Déposé"),
                            ("under_review", "En instruction"),
                            ("incomplete", "Complément demandé"),
                            ("approved", "Accepté"),
                            ("contract_sent", "Contrat envoyé"),
                            ("in_progress", "Prestation en cours"),
                            ("work_done", "Prestation terminée"),
                            ("closure_submitted", "Clôture à contrôler"),
                            ("closure_incomplete", "Clôture à corriger"),
                            ("payment_approved", "Paiement validé"),
                            ("paid", "Payé"),
                            ("closed", "Clos"),
                            ("rejected", "Rejeté"),
                            ("withdrawn", "Retiré"),
                            ("abandoned", "Abandonné"),
                            ("cancelled", "Annulé"),
                            ("lapsed", "Caduc"),
                        ],
                        max_length=20,
                        verbose_name="état",
                    ),
                ),
                (
                    "turn",
                    models.CharField(
                        choices=[
                            ("bpifrance", "Chez Bpifrance"),
                            ("company", "Chez l’entreprise"),
                            ("expert", "Chez l’expert"),
                            ("ended", "Terminé"),
                        ],
                        max_length=10,
                        verbose_name="chez qui",
                    ),
                ),
                ("volet", models.PositiveSmallIntegerField(verbose_name="volet")),
                ("edition", models.CharField(max_length=10, verbose_name="édition")),
                (
                    "device",
                    models.CharField(blank=True, max_length=30, verbose_name="type et classe du dispositif"),
                ),
                ("region", models.CharField(blank=True, max_length=60, verbose_name="région")),
                ("verdict", models.CharField(blank=True, max_length=15, verbose_name="verdict")),
                (
                    "share",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=17, verbose_name="quote-part Bpifrance"
                    ),
                ),
                ("submitted_at", models.DateTimeField(verbose_name="déposé à")),
                ("state_since", models.DateTimeField(verbose_name="dans cet état depuis")),
                ("changed_at", models.DateTimeField(verbose_name="dernier acte à")),
                (
                    "next_due_on",
                    models.DateField(default=date(9999, 12, 31), verbose_name="prochaine échéance"),
                ),
                (
                    "next_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completion", "Complément attendu"),
                            ("signature", "Signature du contrat"),
                            ("term", "Terme de la prestation"),
                            ("lapse", "Caducité après mise en demeure"),
                            ("report", "Rapport final"),
                            ("restitution", "Confirmation de la restitution"),
                            ("corrections", "Correction de la clôture"),
                        ],
                        max_length=15,
                        verbose_name="nature de la prochaine échéance",
                    ),
                ),
                ("names", models.TextField(blank=True, verbose_name="noms")),
                ("words", models.TextField(blank=True, verbose_name="texte")),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="chargé d’affaires",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de la corbeille",
                "verbose_name_plural": "lignes de la corbeille",
                "ordering": ["-submitted_at", "-dossier"],
                "indexes": [
                    models.Index(fields=["submitted_at", "dossier"], name="listing_recent"),
                    models.Index(fields=["state_since", "dossier"], name="listing_waiting"),
                    models.Index(fields=["share", "dossier"], name="listing_share"),
                    models.Index(fields=["next_due_on", "dossier"], name="listing_due"),
                    models.Index(fields=["turn", "submitted_at", "dossier"], name="listing_turn"),
                    models.Index(fields=["state", "submitted_at", "dossier"], name="listing_state"),
                    models.Index(fields=["volet", "submitted_at", "dossier"], name="listing_volet"),
                    models.Index(fields=["device", "submitted_at", "dossier"], name="listing_device"),
                    models.Index(fields=["region", "submitted_at", "dossier"], name="listing_region"),
                    models.Index(fields=["verdict", "submitted_at", "dossier"], name="listing_verdict"),
                    models.Index(fields=["edition", "submitted_at", "dossier"], name="listing_edition"),
                    models.Index(fields=["officer", "submitted_at", "dossier"], name="listing_officer"),
                    models.Index(
                        condition=models.Q(("turn", "ended"), _negated=True),
                        fields=["officer", "submitted_at", "dossier"],
                        name="listing_in_charge",
                    ),
                    models.Index(
                        condition=models.Q(("turn", "ended"), _negated=True),
                        fields=["next_due_on", "dossier"],
                        name="listing_late",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="nom")),
                ("query", models.CharField(max_length=1000, verbose_name="filtres")),
                ("is_shared", models.BooleanField(default=False, verbose_name="partagée avec l’équipe")),
                ("created_at", models.DateTimeField(verbose_name="créée le")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="créée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "vue enregistrée",
                "verbose_name_plural": "vues enregistrées",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"),
                        name="saved_view_once",
                        violation_error_message="Vous avez déjà une vue de ce nom.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version vue")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sights",
                        to="applications.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sights",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "dossier vu",
                "verbose_name_plural": "dossiers vus",
                "ordering": ["user", "dossier"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "dossier"),
                        name="sight_once",
                        violation_error_message="Ce dossier est déjà noté comme vu par cette personne.",
                    )
                ],
            },
        ),
        migrations.RunPython(make_searchable, unmake_searchable),
    ]
