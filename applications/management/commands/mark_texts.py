"""Marks the texts written before their marks existed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from applications.services.signals.marking import mark_texts


class Command(BaseCommand):
    """`manage.py mark_texts`: lets the signals of reused texts see what was written before them."""

    help = "Marks descriptions, methods and references written before the signals; may be run again, and meanwhile."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Mark, and say how many."""
        self.stdout.write(f"{mark_texts()} texts marked.")
