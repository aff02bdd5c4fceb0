"""A piece's date as it was typed badly, and the piece whose place another takes."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds two columns to the pieces."""

    dependencies: ClassVar = [("applications", "0004_following")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="dossierdocument",
            name="issued_typed",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="date saisie"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="dossierdocument",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replacements",
                to="applications.dossierdocument",
                verbose_name="remplace",
            ),
        ),
    ]
