"""Adds nothing yet."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """A link of the chain."""

    dependencies: ClassVar = [("applications", "0003_safeguards")]

    operations: ClassVar = []
