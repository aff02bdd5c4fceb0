"""`manage.py reset_second_factor`: the way back in of an administrator whom no other administrator can help."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import clock
from portal.accounts import services
from portal.accounts.models import User


class Command(BaseCommand):
    """Take an account's second factors away, as an administrator does on the page of the account."""

    help = "Retire les seconds facteurs d’un compte, qui en installe un nouveau à sa prochaine connexion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the account and the reason."""
        parser.add_argument("email", help="adresse électronique du compte")
        parser.add_argument("--motive", required=True, help="pourquoi ; ces mots restent au journal")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Reset it, or say in one sentence why not."""
        account = User.objects.filter(email=options["email"].strip().lower()).first()
        if account is None:
            raise CommandError("Aucun compte n’a cette adresse.")
        try:
            services.reset_from_server(account=account, motive=options["motive"], now=clock.now())
        except services.Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Le second facteur de {account.email} est réinitialisé.")
