"""`manage.py rotate_file_keys`: encrypts under the first key all that is under another, or should be encrypted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.documents import rotation
from portal.documents.encryption import BadKeys
from portal.documents.faults import KeyMissing


class Command(BaseCommand):
    """Encrypt anew; may be stopped and begun again at any time, while people read."""

    help = (
        "Chiffre sous la première clé de DIAGDM_FILE_KEYS les fichiers sensibles qui ne le sont pas encore."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many files were encrypted anew; exit status 1 when some could not be."""
        try:
            told = rotation.rotate()
        except (BadKeys, KeyMissing) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Fichiers chiffrés sous la clé en vigueur\u00a0: {told.done}.")
        if told.absent:
            self.stdout.write(f"Fichiers dont le contenu n’est pas gardé ici, laissés\u00a0: {told.absent}.")
        for line in told.faulty:
            self.stderr.write(line)
        if told.faulty:
            raise CommandError(
                "Ces fichiers restent comme ils étaient\u00a0: gardez toutes les clés, corrigez la cause, recommencez.",
                returncode=1,
            )
