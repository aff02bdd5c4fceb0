"""`manage.py verify_audit`: reads the whole journal and names the first bad event of each chain."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit.models import Event, HeadRecord
from portal.audit.services import verify


class Command(BaseCommand):
    """Verify the journal; exit status 1 when anything was changed, removed, added or moved."""

    help = "Vérifie le journal et nomme le premier événement altéré de chaque chaîne."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the chain to verify and the digests kept elsewhere."""
        parser.add_argument("--chain", help="une seule chaîne, par exemple dossier:42")
        parser.add_argument(
            "--digest",
            action="append",
            default=[],
            metavar="AAAA-MM-JJ=CONDENSAT",
            help="condensat d’un relevé quotidien conservé hors de la base",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each problem, or one sentence when there is none."""
        kept = [self._parse(text) for text in options["digest"]]
        problems = [str(problem) for problem in verify(options["chain"])]
        records = dict(HeadRecord.objects.values_list("day", "digest"))
        for day, digest in kept:
            if records.get(day) != digest:
                problems.append(
                    f"relevé du {day:%d/%m/%Y} : il diffère du condensat conservé hors de la base."
                )
        if problems:
            for problem in problems:
                self.stderr.write(problem)
            raise CommandError("Le journal a été altéré.", returncode=1)
        self.stdout.write(f"Journal intact : {Event.objects.count()} événements.")

    def _parse(self, text: str) -> tuple[date, str]:
        day, _, digest = text.partition("=")
        try:
            return date.fromisoformat(day), digest.strip().lower()
        except ValueError:
            raise CommandError(
                f"« {text} » n’est pas de la forme AAAA-MM-JJ=CONDENSAT.", returncode=2
            ) from None
