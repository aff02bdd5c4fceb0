"""What the worklist remembers of its readers."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """What the worklist remembers of its readers."""

    dependencies: ClassVar = [("applications", "0008_directory")]

    operations: ClassVar = []
