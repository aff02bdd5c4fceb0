"""`manage.py purge`: archives and erases what the rules of retention say, or tells what would be."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications.services.retention import board, sweep
from applications.services.retention.rules import RULES
from portal import clock


class Command(BaseCommand):
    """Do what the daily sweep does, now; or with --dry-run, count and write nothing."""

    help = (
        "Archive et efface ce dont la durée de conservation est passée\u00a0; --dry-run le compte seulement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the dry run and its date."""
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui partirait, sans rien effacer")
        parser.add_argument("--today", metavar="AAAA-MM-JJ", help="un autre jour, avec --dry-run seulement")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line a rule."""
        if options["today"] and not options["dry_run"]:
            raise CommandError(
                "--today ne va qu’avec --dry-run\u00a0: un effacement se fait à la date du jour.",
                returncode=2,
            )
        if options["dry_run"]:
            self._tell(self._day(options["today"]))
            return
        done = sweep.sweep(now=clock.now(), today=clock.today())
        self.stdout.write(f"Brouillons dont l’effacement est annoncé\u00a0: {done['told']}")
        for one in RULES:
            self.stdout.write(f"{one.code}\u00a0: {done.get(one.code, 0)}")

    def _tell(self, today: date) -> None:
        found, held = board.forecast(now=clock.now(), today=today), board.held_back(today)
        self.stdout.write(f"Au {today:%d/%m/%Y}, rien n’est effacé. Partiraient\u00a0:")
        for one in RULES:
            kept = f" (retenus par un paiement\u00a0: {held[one.code]})" if held[one.code] else ""
            self.stdout.write(f"{one.code}\u00a0: {found[one.code]} – {one.what}, {one.length}{kept}")

    def _day(self, text: str | None) -> date:
        try:
            return date.fromisoformat(text) if text else clock.today()
        except ValueError:
            raise CommandError(f"«\u00a0{text}\u00a0» n’est pas une date AAAA-MM-JJ.", returncode=2) from None
