from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0019_unread"),
        ("experts", "0002_account_changes"),
    ]

    operations: list[migrations.operations.base.Operation] = []
