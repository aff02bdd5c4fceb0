"""An extension asked and signed, a satisfaction that may be declined."""

from typing import ClassVar

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the extension's dates; lets a satisfaction hold no score."""

    dependencies: ClassVar = [("applications", "0003_safeguards")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="dossier",
            name="extension_requested_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="prolongation demandée à"),
        ),
        migrations.AddField(
            model_name="amendment",
            name="new_due_on",
            field=models.DateField(blank=True, null=True, verbose_name="nouveau terme"),
        ),
        migrations.AddConstraint(
            model_name="amendment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("new_due_on__isnull", False), ("status", "signed")),
                fields=("dossier",),
                name="amendment_one_extension",
                violation_error_message="Une prolongation a déjà été accordée.",
            ),
        ),
        migrations.AlterField(
            model_name="satisfaction",
            name="score",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(5),
                ],
                verbose_name="note sur 5",
            ),
        ),
    ]
