"""`manage.py import_dossiers FILE`: takes past dossiers and used volets in from a CSV or XLSX file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications.models import DossierImport
from applications.services.arrivals.past_dossiers import CHAIN, Report, take_in, try_out
from applications.services.arrivals.tables import EXTENSIONS, TableRefused, rows_of
from applications.workflow.refusals import NotYours
from portal import clock
from portal.accounts.models import User
from portal.documents.checks import FileRefused, check

WRITTEN = {
    "recorded": "dossiers repris",
    "completed": "dossiers complétés",
    "unchanged": "inchangés",
    "left_out": "sans suite, laissés de côté",
    "refused": "lignes en erreur",
    "companies": "entreprises ouvertes",
}


class Command(BaseCommand):
    """Exit status 0 when every line is taken, 1 when some have errors or the file can't be read."""

    help = "Importe des dossiers passés et des volets utilisés (CSV ou XLSX, voir docs/imports.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the rehearsal and the account."""
        parser.add_argument("file", type=Path, help="fichier .csv (UTF-8) ou .xlsx, 25 Mo au plus")
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui serait fait, n’écrit rien")
        parser.add_argument("--json", action="store_true", help="rend le compte rendu en JSON")
        parser.add_argument("--by", help="adresse du chargé d’affaires ou du responsable qui importe")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check the file, walk its lines, tell what they became."""
        actor = _account(options["by"])
        try:
            with options["file"].open("rb") as file:
                checked = check(file, options["file"].name, EXTENSIONS)
                rows = rows_of(file, checked.extension)
                if options["dry_run"]:
                    report = try_out(rows, today=clock.today())
                else:
                    source = DossierImport.objects.create(
                        file_name=checked.name,
                        sha256=checked.sha256,
                        brought_by=actor,
                        brought_at=clock.now(),
                    )
                    report = take_in(rows, source=source, actor=actor, now=clock.now())
        except (OSError, FileRefused, TableRefused, NotYours) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(report, as_json=options["json"], dry_run=options["dry_run"])
        if report.refused:
            raise SystemExit(1)

    def _tell(self, report: Report, *, as_json: bool, dry_run: bool) -> None:
        if as_json:
            told = {"dry_run": dry_run, "journal": CHAIN, **report.as_json()}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            return
        for fault in report.faults:
            found = f" («\u00a0{fault.found}\u00a0»)" if fault.found else ""
            self.stdout.write(
                f"Ligne {fault.line}, {fault.column}{found}\u00a0: {fault.message} {fault.remedy}"
            )
        self.stdout.write("À blanc, rien n’est écrit\u00a0:" if dry_run else "Import terminé\u00a0:")
        self.stdout.write(f"  lignes lues\u00a0: {report.lines}")
        for name, label in WRITTEN.items():
            self.stdout.write(f"  {label}\u00a0: {getattr(report, name)}")
        if not report.changes and not report.refused:
            self.stdout.write("Rien n’a changé\u00a0: tout était déjà enregistré.")


def _account(address: str | None) -> User | None:
    if address is None:
        return None
    found = User.objects.filter(email=address.strip().lower(), is_active=True).first()
    if found is None:
        raise CommandError(f"Aucun compte actif n’a l’adresse {address}.")
    return found
