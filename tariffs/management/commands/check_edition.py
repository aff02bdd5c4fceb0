"""`manage.py check_edition FICHIER`: says all that is wrong in an edition's file, for whoever writes it."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from tariffs.engine.editions import EditionError
from tariffs.engine.loading import read_content


class Command(BaseCommand):
    """One line a fault, status 1; else what the edition is, its digest, and status 0. No database is needed."""

    help = "Vérifie le fichier TOML d’une édition et en dit toutes les erreurs\u00a0: fichier, table et clé."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file."""
        parser.add_argument("file", metavar="FICHIER", help="fichier de l’édition, en TOML")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read the file and tell."""
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError:
            self.stderr.write(f"{path}\u00a0: ce fichier ne peut pas être lu.")
            sys.exit(1)
        try:
            edition = read_content(content, path.name)
        except EditionError as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            sys.exit(1)
        volets = sum(volet.offered for volet in edition.volets.values())
        self.stdout.write(
            f"{edition.label} ({edition.code}), en vigueur à partir du {edition.in_force_from.isoformat()}\u00a0: "
            f"{volets} volets, {len(edition.items)} prestations, {len(edition.rules)} règles. Aucune erreur."
        )
        # The very line that published.lock wants, where the edition is delivered with a later version.
        self.stdout.write(f"{hashlib.sha256(content).hexdigest()}  {path.name}")
