"""`manage.py simulate`: evaluates JSON cases without touching the database."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from tariffs import catalogue, commandline


class Command(BaseCommand):
    """Reads one JSON case, or JSON Lines, and writes one evaluation a line; status 2 for a refused case."""

    help = "Évalue un dossier décrit en JSON, ou un dossier par ligne avec --jsonl, sans base de données."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and the format."""
        parser.add_argument(
            "file", nargs="?", default="-", metavar="FICHIER", help="fichier à lire, - pour l’entrée"
        )
        parser.add_argument("--jsonl", action="store_true", help="un dossier JSON par ligne")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Answer every case, then leave with the status."""
        catalogue.use(None)
        name, jsonl, today = options["file"], options["jsonl"], clock.today()
        if options.get("stdout") is None:
            status = commandline.run(name, jsonl=jsonl, today=today)
        else:
            status = commandline.simulate_file(name, self.write, jsonl=jsonl, today=today)
        if status:
            sys.exit(status)

    def write(self, line: bytes) -> None:
        """Write a line where `call_command` wants it."""
        self.stdout.write(line.decode("utf-8"))
