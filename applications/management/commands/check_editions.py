"""`manage.py check_editions`: reads every published edition anew and says whether it can be trusted."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from tariffs import catalogue
from tariffs.models import EditionText
from tariffs.services.published import PublishedTexts


class Command(BaseCommand):
    """One line an edition, the newest last; status 1 where one is refused."""

    help = "Vérifie chaque édition publiée\u00a0: son texte, son empreinte, et ce que le journal en dit."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Verify the files delivered with the portal, then the texts published on it."""
        # Where the database does not answer this fails, instead of telling of the files alone.
        brought = EditionText.objects.published().count()
        closed = catalogue.closed_editions()
        known = PublishedTexts(0.0, import_string(settings.EDITION_WITNESS)).editions(closed)
        for edition in known:
            if edition.code not in known.withheld:
                day = edition.in_force_from.isoformat()
                self.stdout.write(f"{edition.code}  à partir du {day}  {edition.digest}  intacte")
        for code, (since, reason) in sorted(known.withheld.items()):
            self.stderr.write(f"{code}  à partir du {since.isoformat()}  REFUSÉE  {reason}")
        self.stdout.write(f"{len(closed.all)} livrées avec le portail, {brought} publiées sur le portail.")
        if known.withheld:
            sys.exit(1)
