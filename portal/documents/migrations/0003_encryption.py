"""The key under which a file is encrypted, and files found by their names."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column to documents and to the pictures of their pages; no file is encrypted yet."""

    dependencies: ClassVar = [
        ("documents", "0002_previews"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="document",
            name="key_name",
            field=models.CharField(blank=True, default="", max_length=16, verbose_name="clé de chiffrement"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="pagepreview",
            name="key_name",
            field=models.CharField(blank=True, default="", max_length=16, verbose_name="clé de chiffrement"),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["file"], name="document_file"),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("key_name", ""), _negated=True),
                fields=["key_name"],
                name="document_key",
            ),
        ),
        migrations.AddIndex(
            model_name="pagepreview",
            index=models.Index(fields=["file"], name="page_preview_file"),
        ),
    ]
