"""Exports made as jobs."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Exports made as jobs."""

    dependencies: ClassVar = [("applications", "0011_money")]

    operations: ClassVar = []
