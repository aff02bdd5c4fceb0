"""`manage.py backup FOLDER`: backs up the database, the files and the editions, while the portal works."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from portal import clock
from portal.backup.database import ToolFailed
from portal.backup.making import make


class Command(BaseCommand):
    """Make one backup; print its digest, to be kept elsewhere."""

    help = "Sauvegarde la base, les fichiers et les éditions\u00a0; seuls les fichiers nouveaux sont copiés."
    # The pages are not needed, and take longer to load than a small backup to verify.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder."""
        parser.add_argument(
            "folder", type=Path, help="dossier des sauvegardes, hors de ce serveur de préférence"
        )
        parser.add_argument("--check", action="store_true", help="relit aussi les fichiers déjà sauvegardés")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Back up, and say what was done."""
        try:
            made = make(
                options["folder"].resolve(),
                connection=connection,
                texts=Path(settings.BACKUP_TEXTS),
                now=clock.now(),
                check=options["check"],
            )
        except (OSError, ToolFailed) as error:
            raise CommandError(f"La sauvegarde n’a pas été faite\u00a0: {error}") from None
        self.stdout.write(
            f"Sauvegarde faite dans {made.folder}\u00a0: {made.files} fichiers, {made.copied} nouveaux."
        )
        for name in made.missing:
            self.stderr.write(f"fichier {name}\u00a0: retiré pendant la sauvegarde, ou absent du stockage.")
        self.stdout.write(f"Empreinte à conserver ailleurs\u00a0: {made.digest}")
