"""Looks at what the portal's promises rest on: the keys of the files, and the journal's records out of the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from portal import clock
from portal.audit import heads
from portal.display import french_date
from portal.documents import rotation
from portal.operations.doctor.looking import Look, broken, check, well

# A record is made each hour for the day; the journal should be read whole each night.
RECORD_AGE, READING_AGE = timedelta(days=2), timedelta(days=7)
NIGHTLY = "Faites lancer chaque nuit «\u00a0manage.py verify_audit\u00a0» par la machine."


def look_at_keys() -> Iterator[Look]:
    """Tell whether every encrypted file has its key, and whether files wait for the key in force."""
    if problem := rotation.problem():
        yield broken("clés", problem, "Remettez les clés dans DIAGDM_FILE_KEYS, puis redémarrez.")
    elif rotation.is_waiting():
        yield check(
            "clés",
            "des fichiers attendent la clé en vigueur",
            "Lancez «\u00a0manage.py rotate_file_keys\u00a0».",
        )
    else:
        yield well("clés", "tous les fichiers sont sous la clé en vigueur")


def look_at_journal() -> Iterator[Look]:
    """Tell the age of the last record kept out of the database, and what the last whole reading found."""
    days = heads.days_kept()
    if not days or clock.today() - days[-1] > RECORD_AGE:
        found = f"dernier relevé hors de la base\u00a0: {french_date(days[-1]) if days else 'aucun'}"
        yield check(
            "journal", found, "Vérifiez le programmateur, et que le dossier DIAGDM_HEADS est inscriptible."
        )
    result = heads.last_result()
    if result is None or clock.now() - result["at"] > READING_AGE:
        yield check("journal", "il n’a pas été relu en entier depuis sept jours", NIGHTLY)
    elif problems := result["problems"]:
        yield broken(
            "journal",
            f"{len(problems)} anomalie{'s' if len(problems) > 1 else ''} à la dernière relecture",
            "Lancez «\u00a0manage.py verify_audit\u00a0», et lisez docs/audit.md avant toute autre chose.",
        )
    else:
        yield well("journal", f"relu en entier, {result['events']} événements")
