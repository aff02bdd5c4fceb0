"""`manage.py work_outbox`: does everything due now, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand

from portal import clock
from portal.notifications import outbox


class Command(BaseCommand):
    """Work the outbox once and stop."""

    help = "Fait tout ce qui attend dans la boîte d’envoi, sans worker."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print how many duties were done."""
        self.stdout.write(f"Envois faits : {outbox.drain(clock.now())}.")
