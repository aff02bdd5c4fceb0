"""`manage.py doctor [--json]`: looks at all that the portal rests upon; ends with 1 when something is broken."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.operations.doctor import Look, Verdict, look_at_all
from portal.operations.doctor.subjects import SUBJECTS


class Command(BaseCommand):
    """Look at each thing and say what to do."""

    help = "Examine tout ce dont le portail a besoin, et dit quoi faire de ce qui ne va pas."
    # Looking at the settings is its first look, which nothing must prevent.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare in which form the answer comes."""
        parser.add_argument("--json", action="store_true", help="une liste JSON, pour une machine")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print a line for each look; exit with 1 when something is broken."""
        found = list(look_at_all(SUBJECTS))
        self.stdout.write(_as_json(found) if options["json"] else "\n".join(_line(one) for one in found))
        if any(one.verdict is Verdict.BROKEN for one in found):
            sys.exit(1)


def _as_json(found: list[Look]) -> str:
    told = [
        {"sujet": one.subject, "etat": one.verdict.value, "constat": one.found, "remede": one.remedy}
        for one in found
    ]
    return json.dumps(told, ensure_ascii=False, indent=2)


def _line(one: Look) -> str:
    remedy = f"\n{'':10}→ {one.remedy}" if one.remedy else ""
    return f"{one.verdict.value:<9} {one.subject}\u00a0: {one.found}{remedy}"
