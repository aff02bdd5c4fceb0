"""What officers write beside a dossier."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """What officers write beside a dossier."""

    dependencies: ClassVar = [("applications", "0012_exports")]

    operations: ClassVar = []
