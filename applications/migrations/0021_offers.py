from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0020_quote_requests"),
    ]

    operations: list[migrations.operations.base.Operation] = []
