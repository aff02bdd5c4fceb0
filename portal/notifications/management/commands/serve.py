"""`manage.py serve`: the whole portal in one process, without any other server."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.notifications import embedded


class Command(BaseCommand):
    """Start web, workers and scheduler together; Ctrl-C stops all."""

    help = "Démarre le portail en un seul processus : pages, tâches et horloge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where to listen."""
        parser.add_argument("--port", type=int, default=8000, help="port d’écoute (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        embedded.run(host=options["host"], port=options["port"])
