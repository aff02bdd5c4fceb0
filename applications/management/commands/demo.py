"""Builds the demo world, and crowds of synthetic dossiers beside it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from applications.management.demo.copies import fill
from applications.management.demo.world import build_world
from applications.models import Company
from portal import clock
from portal.accounts.demonstration import give_second_factors
from portal.accounts.models import User
from portal.notifications import outbox


class Command(BaseCommand):
    """`manage.py demo [--if-empty] [--dossiers N]`: a dossier in every state by the usual services, and N others."""

    help = (
        "Builds the demo world: companies, experts and dossiers in every state; with --dossiers, a crowd too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --if-empty and --dossiers."""
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when somebody is there already"
        )
        parser.add_argument(
            "--dossiers",
            type=int,
            default=0,
            metavar="N",
            help="add N synthetic dossiers, to a demo world that is there already or to a new one",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build the world in one transaction, make its letters and notices, then add the crowd."""
        if settings.PRODUCTION:
            raise CommandError("The demo world is never built in production.")
        crowd = options["dossiers"]
        if crowd < 0:
            raise CommandError("--dossiers takes a number of dossiers to add.")
        now = clock.now()
        if User.objects.exists() or Company.objects.exists():
            if not crowd and not options["if_empty"]:
                raise CommandError("Somebody is there already: the demo world needs an empty database.")
        else:
            with transaction.atomic():
                build_world(now, self.stdout.write)
            outbox.drain(now)
            self.stdout.write("The demo world is ready.")
        if crowd and not (
            options["if_empty"] and User.objects.filter(email__endswith="@foule.exemple").exists()
        ):
            fill(now, crowd, self.stdout.write)
        if settings.DEMO:
            give_second_factors()
