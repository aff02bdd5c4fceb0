"""`manage.py import_passi FILE.csv`: takes ANSSI's list of qualified providers into the register."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from experts.models import PassiImport
from experts.services.passi import Report, import_file, refused
from portal import clock


class Command(BaseCommand):
    """Exit status 0 when every line is taken, 1 when some have errors or the file can't be read."""

    help = "Importe la liste des prestataires qualifiés PASSI (CSV, voir docs/experts.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the JSON report and the partial list."""
        parser.add_argument("file", type=Path, help="fichier .csv en UTF-8, séparé par des points-virgules")
        parser.add_argument("--json", action="store_true", help="rend le compte rendu en JSON")
        parser.add_argument(
            "--partial",
            action="store_true",
            help="le fichier n’est pas la liste complète\u00a0: personne n’en sort",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take the list in, tell what its lines became."""
        report = self._import(options["file"], is_complete=not options["partial"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)
        if report.errors:
            raise SystemExit(1)

    def _import(self, path: Path, *, is_complete: bool) -> Report:
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                source = PassiImport(
                    file_name=path.name[:150], sha256=sha256, brought_at=clock.now(), is_complete=is_complete
                )
                return import_file(file, source=source, now=source.brought_at)
        except OSError:
            return refused(f"Le fichier {path} ne peut pas être lu\u00a0: vérifiez son nom et ses droits.")

    def _tell(self, report: Report) -> None:
        for one in report.errors:
            self.stdout.write(f"Ligne {one['line']}\u00a0: {one['message']}")
        self.stdout.write(
            f"Ajoutées\u00a0: {report.added}\u00a0; changées\u00a0: {report.changed}\u00a0; "
            f"inchangées\u00a0: {report.unchanged}\u00a0; sorties de la liste\u00a0: {report.dropped}."
        )
        if report.drop_note:
            self.stdout.write(f"Personne n’est sorti de la liste\u00a0: {report.drop_note}")
