"""Keeps what the public directory said of a company, and when."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two nullable columns that go together."""

    dependencies: ClassVar = [("applications", "0007_talk_and_feeds")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="company",
            name="directory_record",
            field=models.JSONField(blank=True, null=True, verbose_name="fiche de l’annuaire"),
        ),
        migrations.AddField(
            model_name="company",
            name="directory_read_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="annuaire lu le"),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(directory_record__isnull=True, directory_read_at__isnull=True)
                | models.Q(directory_record__isnull=False, directory_read_at__isnull=False),
                name="company_directory_dated",
                violation_error_message="La fiche de l’annuaire porte la date de sa lecture.",
            ),
        ),
    ]
