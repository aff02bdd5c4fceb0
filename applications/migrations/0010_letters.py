"""Letters as edited and sent."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Letters as edited and sent."""

    dependencies: ClassVar = [("applications", "0009_worklist")]

    operations: ClassVar = []
