"""Counts the figures of « Pilotage » anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from applications.services.figures.rebuild import rebuild
from portal import clock


class Command(BaseCommand):
    """`manage.py rebuild_figures`: reads every dossier and its journal again, and says what differed."""

    help = "Counts the figures anew from the dossiers and says what differed; people may work meanwhile."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Count, and say it."""
        say = self.stdout.write if options["verbosity"] > 1 else lambda _: None
        found = rebuild(today=clock.today(), say=say)
        self.stdout.write(
            f"{found.dossiers} dossiers counted: {found.changed} had counted for something else, "
            f"{found.cells} sums were wrong."
        )
