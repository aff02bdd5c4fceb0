"""`manage.py restore FOLDER --into NAME`: puts a backup back on this server; nothing leaves it until told."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from portal import clock
from portal.audit.heads import HeadsError
from portal.backup.database import ToolFailed
from portal.backup.folder import BackupRefused, find
from portal.backup.restoring import restore


class Command(BaseCommand):
    """Restore into this server's own database and storage, whose name is said again so that no other is meant."""

    help = "Restaure une sauvegarde sur ce serveur, portail arrêté. Les envois restent arrêtés jusqu’à resume_sending."
    # The pages are not needed, and take longer to load than a small backup to verify.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder, the database and the permission to replace."""
        parser.add_argument("folder", type=Path, help="dossier des sauvegardes, ou d’une seule")
        parser.add_argument(
            "--into", required=True, metavar="BASE", help="nom de la base de ce serveur, redit"
        )
        parser.add_argument("--replace", action="store_true", help="remplace une base qui n’est pas vide")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore, and say what to do next."""
        name = str(connection.settings_dict["NAME"])
        if options["into"] not in {name, Path(name).name}:
            raise CommandError(
                f"La base de ce serveur est «\u00a0{Path(name).name}\u00a0»\u00a0: redites-la avec --into.",
                returncode=2,
            )
        try:
            backup = find(options["folder"].resolve())
            came = restore(backup, connection=connection, now=clock.now(), replace=options["replace"])
        except (OSError, BackupRefused, HeadsError, ToolFailed) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Sauvegarde {backup.folder.name} restaurée\u00a0: {came} fichiers remis en place.")
        self.stdout.write(
            "Les envois sont arrêtés. Vérifiez avec verify_restore, puis resume_sending --reason."
        )
