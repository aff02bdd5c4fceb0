"""Adds what the retention sweep writes and scans: dates of archive and erasure, and the indexes of what is kept."""

from django.conf import settings
from django.db import migrations, models

LIVE = ("dossier", "officer", "next_due_on", "state", "state_since", "volet", "device", "region", "verdict")


def _listing_live(*more):
    return models.Index(
        condition=models.Q(("turn", "ended"), _negated=True),
        fields=["turn"],
        include=(*LIVE, "edition", "share", *more),
        name="listing_live",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0027_due_dates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("company", "erased_on", models.DateField("effacée le", null=True, blank=True)),
        migrations.AddField("dossier", "archived_on", models.DateField("archivé le", null=True, blank=True)),
        migrations.AddField("dossier", "erased_on", models.DateField("effacé le", null=True, blank=True)),
        migrations.AddField(
            "dossier",
            "erasure_told_on",
            models.DateField("effacement annoncé le", null=True, blank=True),
        ),
        migrations.AddField("listing", "left_on", models.DateField("sortie de la corbeille le", null=True)),
        migrations.AddIndex(
            "dossier",
            models.Index(
                fields=["state", "state_since"],
                condition=models.Q(("erased_on__isnull", True)),
                name="dossier_kept",
            ),
        ),
        migrations.AddIndex(
            "dossier",
            models.Index(
                fields=["state", "state_since"],
                condition=models.Q(("archived_on__isnull", True)),
                name="dossier_to_archive",
            ),
        ),
        migrations.AddIndex(
            "dossier",
            models.Index(
                fields=["updated_at"], condition=models.Q(("state", "draft")), name="dossier_idle_draft"
            ),
        ),
        migrations.RemoveIndex("listing", "listing_live"),
        migrations.AddIndex("listing", _listing_live("left_on")),
    ]
