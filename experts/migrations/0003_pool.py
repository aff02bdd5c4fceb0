from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("experts", "0002_account_changes"),
    ]

    operations: list[migrations.operations.base.Operation] = []
