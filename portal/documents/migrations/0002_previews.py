"""What a file says of itself, and the pictures of its pages."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds columns to documents, and their page previews."""

    dependencies: ClassVar = [
        ("documents", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="PagePreview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="page")),
                ("file", models.FileField(max_length=200, upload_to="", verbose_name="image")),
                ("width", models.PositiveSmallIntegerField(verbose_name="largeur en pixels")),
                ("height", models.PositiveSmallIntegerField(verbose_name="hauteur en pixels")),
            ],
            options={
                "verbose_name": "aperçu de page",
                "verbose_name_plural": "aperçus de pages",
                "ordering": ["document", "number"],
            },
        ),
        migrations.AddField(
            model_name="document",
            name="date_page",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="page de cette date"),
        ),
        migrations.AddField(
            model_name="document",
            name="date_read",
            field=models.DateField(blank=True, null=True, verbose_name="date lue dans le fichier"),
        ),
        migrations.AddField(
            model_name="document",
            name="date_words",
            field=models.CharField(blank=True, max_length=120, verbose_name="mots qui la portent"),
        ),
        migrations.AddField(
            model_name="document",
            name="is_signed",
            field=models.BooleanField(blank=True, null=True, verbose_name="porte une signature électronique"),
        ),
        migrations.AddField(
            model_name="document",
            name="page_count",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="nombre de pages"),
        ),
        migrations.AddField(
            model_name="document",
            name="preview",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "sans aperçu"),
                    ("asked", "en préparation"),
                    ("ready", "prêt"),
                    ("failed", "impossible"),
                ],
                default="",
                max_length=10,
                verbose_name="aperçu",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("preview", "ready"), _negated=True), ("state", "clean"), _connector="OR"
                ),
                name="document_preview_only_when_clean",
                violation_error_message="Seul un document sain a un aperçu.",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("date_page__isnull", True), ("date_read__isnull", True)),
                    models.Q(("date_page__isnull", False), ("date_read__isnull", False)),
                    _connector="OR",
                ),
                name="document_date_read_on_a_page",
                violation_error_message="Une date lue l’est à une page.",
            ),
        ),
        migrations.AddField(
            model_name="pagepreview",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="page_previews",
                to="documents.document",
                verbose_name="document",
            ),
        ),
        migrations.AddConstraint(
            model_name="pagepreview",
            constraint=models.UniqueConstraint(
                fields=("document", "number"),
                name="page_preview_once",
                violation_error_message="Cette page a déjà son image.",
            ),
        ),
    ]
