"""Payments in batches, accounts confirmed by two persons."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Payments in batches, accounts confirmed by two persons."""

    dependencies: ClassVar = [("applications", "0010_letters")]

    operations: ClassVar = []
