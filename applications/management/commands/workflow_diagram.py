"""`manage.py workflow_diagram`: writes docs/workflow.md from the table of transitions, or checks it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from applications.workflow.drawing import page


class Command(BaseCommand):
    """Write the page; with --check only compare, exit status 1 when it is out of date."""

    help = "Écrit docs/workflow.md d’après la table des transitions, ou le vérifie avec --check."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the check."""
        parser.add_argument("--check", action="store_true", help="compare sans écrire")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        path = Path(settings.BASE_DIR) / "docs" / "workflow.md"
        drawn = page()
        if not options["check"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(drawn, encoding="utf-8")
            self.stdout.write(f"{path.name} est à jour.")
        elif not path.exists() or path.read_text(encoding="utf-8") != drawn:
            raise CommandError(
                "docs/workflow.md ne correspond plus à la table : lancez manage.py workflow_diagram."
            )
