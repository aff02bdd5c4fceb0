from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0021_offers"),
    ]

    operations: list[migrations.operations.base.Operation] = []
