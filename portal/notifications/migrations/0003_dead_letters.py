"""The index of what is left to do, among all that was done."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_digests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("done_at", None), ("dropped_at", None)),
                fields=["kind", "dead_at"],
                name="outbox_left",
            ),
        ),
    ]
