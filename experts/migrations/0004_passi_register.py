from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("experts", "0003_pool"),
    ]

    operations: list[migrations.operations.base.Operation] = []
