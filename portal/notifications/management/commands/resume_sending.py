"""`manage.py resume_sending`: lets messages, letters and files leave again after a restore."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import clock
from portal.notifications import sending
from portal.notifications.models import Outbox


class Command(BaseCommand):
    """Say once, with a reason, that this server is the one that sends."""

    help = "Reprend les envois arrêtés par une restauration. Une seule copie du portail doit envoyer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the reason, kept in the journal."""
        parser.add_argument("--reason", required=True, help="pourquoi, gardé dans le journal")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Resume, and say how many duties wait."""
        reason = options["reason"].strip()
        if not reason:
            raise CommandError("Donnez la raison de la reprise avec --reason.", returncode=2)
        waiting = Outbox.objects.open().count()
        if not sending.resume(reason=reason, now=clock.now()):
            self.stdout.write("Les envois ne sont pas arrêtés\u00a0: rien n’a changé.")
            return
        self.stdout.write(f"Les envois reprennent\u00a0: {waiting} attendaient.")
