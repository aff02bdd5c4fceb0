"""Builds the demo world."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from applications.management.demo.world import build_world
from applications.models import Company
from portal import clock
from portal.accounts.models import User
from portal.notifications import outbox


class Command(BaseCommand):
    """`manage.py demo [--if-empty]`: a dossier in every state, by the usual services."""

    help = "Builds the demo world: companies, experts and dossiers in every state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --if-empty."""
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when somebody is there already"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build the world in one transaction, then make its letters and notices."""
        if settings.PRODUCTION:
            raise CommandError("The demo world is never built in production.")
        if User.objects.exists() or Company.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("Somebody is there already: the demo world needs an empty database.")
        now = clock.now()
        with transaction.atomic():
            build_world(now, self.stdout.write)
        outbox.drain(now)
        self.stdout.write("The demo world is ready.")
