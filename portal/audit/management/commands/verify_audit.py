"""`manage.py verify_audit`: reads the whole journal and names the first bad event of each chain."""

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import clock
from portal.audit import heads
from portal.audit.heads import Head, HeadsError
from portal.audit.models import Event, HeadRecord
from portal.audit.services import verify
from portal.audit.stamps import Stamp, StampError


class Command(BaseCommand):
    """Verify the journal; exit status 1 when anything was changed, removed, added or moved."""

    help = "Vérifie le journal et nomme le premier événement altéré de chaque chaîne."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the chain to verify and what was kept elsewhere."""
        parser.add_argument("--chain", help="une seule chaîne, par exemple dossier:42")
        parser.add_argument(
            "--digest",
            action="append",
            default=[],
            metavar="AAAA-MM-JJ=CONDENSAT",
            help="condensat d’un relevé quotidien conservé hors de la base",
        )
        parser.add_argument(
            "--heads",
            metavar="FICHIER|DOSSIER",
            help="une copie des relevés conservée ailleurs, au lieu du dossier du portail",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each problem, or what was verified when there is none."""
        kept = [self._parse(text) for text in options["digest"]]
        files = self._read(options["heads"])
        found = verify(options["chain"], heads=files, all_kept=options["heads"] is None)
        problems = [str(problem) for problem in found]
        stamps, wrong = _stamps(files)
        problems += wrong
        records = dict(HeadRecord.objects.values_list("day", "digest"))
        problems += [
            f"relevé du {day:%d/%m/%Y} : il diffère du condensat conservé hors de la base."
            for day, digest in kept
            if records.get(day) != digest
        ]
        if options["chain"] is None and options["heads"] is None:
            self._remember(problems, files)
        if problems:
            for problem in problems:
                self.stderr.write(problem)
            raise CommandError("Le journal a été altéré.", returncode=1)
        self.stdout.write(f"Journal intact : {Event.objects.count()} événements.")
        self._tell(files, stamps, len(records))

    def _read(self, place: str | None) -> list[Head]:
        try:
            found = heads.read_heads(Path(place) if place else heads.folder())
        except HeadsError as error:
            raise CommandError(f"Relevés conservés hors de la base : {error}.", returncode=1) from None
        if place and not found:
            raise CommandError(f"« {place} » ne contient aucun relevé.", returncode=2)
        return found

    def _tell(self, files: Sequence[Head], stamps: Sequence[Stamp], records: int) -> None:
        """Say which records were compared, and what proves their date."""
        if not files:
            self.stdout.write(f"Relevés quotidiens : {records}, aucun conservé hors de la base.")
            return
        trusted = sum(stamp.trusted for stamp in stamps)
        self.stdout.write(
            f"Relevés hors de la base : {len(files)}, du {files[0].day:%d/%m/%Y} au {files[-1].day:%d/%m/%Y}, "
            f"conformes à la base ; horodatés : {len(stamps)}, dont {trusted} par une autorité reconnue ; "
            f"locaux : {len(files) - len(stamps)}."
        )

    def _remember(self, problems: Iterable[str], files: Sequence[Head]) -> None:
        try:
            heads.keep_result(
                at=clock.now(), events=Event.objects.count(), files=len(files), problems=problems
            )
        except HeadsError as error:
            self.stderr.write(f"Le résultat n’a pas pu être gardé : {error}.")

    def _parse(self, text: str) -> tuple[date, str]:
        day, _, digest = text.partition("=")
        try:
            return date.fromisoformat(day), digest.strip().lower()
        except ValueError:
            raise CommandError(
                f"« {text} » n’est pas de la forme AAAA-MM-JJ=CONDENSAT.", returncode=2
            ) from None


def _stamps(files: Iterable[Head]) -> tuple[list[Stamp], list[str]]:
    """Return the stamps that hold, and a sentence for each that does not."""
    good: list[Stamp] = []
    wrong = []
    for head in files:
        try:
            stamp = head.stamp()
        except StampError:
            wrong.append(
                f"fichier du {head.day:%d/%m/%Y} : son jeton d’horodatage n’est pas celui de ce relevé."
            )
        else:
            good += [stamp] if stamp is not None else []
    return good, wrong
