"""`manage.py verify_restore FOLDER`: proves that this server is what the backup holds, row by row and file by file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from portal.backup.folder import BackupRefused, find
from portal.backup.restoring import differences


class Command(BaseCommand):
    """Name every difference; exit status 1 when there is one."""

    help = "Compare ce serveur à une sauvegarde\u00a0: lignes, fichiers, migrations, éditions, journal."
    # The pages are not needed, and take longer to load than a small backup to verify.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder."""
        parser.add_argument("folder", type=Path, help="dossier des sauvegardes, ou d’une seule")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each difference, or that there is none."""
        try:
            backup = find(options["folder"].resolve())
        except BackupRefused as error:
            raise CommandError(str(error)) from None
        found = list(differences(backup, connection=connection, texts=Path(settings.BACKUP_TEXTS)))
        for one in found:
            self.stderr.write(one)
        if found:
            raise CommandError(
                f"{len(found)} différence{'s' if len(found) > 1 else ''} avec la sauvegarde "
                f"{backup.folder.name}.",
                returncode=1,
            )
        rows = sum(table["rows"] for table in backup.manifest["tables"].values())
        files = backup.manifest["files"]["count"]
        self.stdout.write(
            f"0 différence avec la sauvegarde {backup.folder.name}\u00a0: {rows} lignes, {files} fichiers."
        )
