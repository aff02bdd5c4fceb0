from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0025_mission_room")]

    operations = [
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("closed_on__isnull", True)),
                fields=["due_on", "id"],
                name="deadline_running",
            ),
        ),
        migrations.AddIndex(
            model_name="assistance",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["opened_at"],
                name="assistance_running",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("quote__isnull", True), ("state", "accepted")),
                fields=["dossier"],
                name="offer_without_quote",
            ),
        ),
    ]
