"""Looks at the settings, the database, what waits in the outbox, and who works at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import checks
from django.db import connection
from django.utils.module_loading import import_string

from portal import clock
from portal.notifications import sending, signs
from portal.notifications.models import Outbox
from portal.operations import probes
from portal.operations.doctor.looking import Look, broken, check, well

DRIFT = timedelta(seconds=5)
LATE = timedelta(minutes=10)
OUTBOX = "boîte d’envoi"


def look_at_settings() -> Iterator[Look]:
    """Run Django's own checks, those of a deployment in production included."""
    every = checks.run_checks(include_deployment_checks=settings.PRODUCTION)
    found = [one for one in every if not one.is_silenced()]
    serious = [one for one in found if one.is_serious()]
    if serious:
        ids = ", ".join(sorted({one.id or "?" for one in serious}))
        yield broken(
            "réglages",
            f"{len(serious)} erreur{'s' if len(serious) > 1 else ''}\u00a0: {ids}",
            "Lancez «\u00a0manage.py check --deploy\u00a0».",
        )
    elif found:
        ids = ", ".join(sorted({one.id or "?" for one in found}))
        yield check(
            "réglages", f"avertissements\u00a0: {ids}", "Lancez «\u00a0manage.py check --deploy\u00a0»."
        )
    else:
        yield well("réglages", f"environnement {settings.ENVIRONMENT}")
    mails = [name for name in ("contact_email", "accessibility_email", "dpo_email") if _is_example(name)]
    if settings.PRODUCTION and mails:
        yield check(
            "contacts",
            f"adresses d’exemple\u00a0: {', '.join(mails)}",
            "Réglez DIAGDM_CONTACT_EMAIL, DIAGDM_ACCESSIBILITY_EMAIL et DIAGDM_DPO_EMAIL.",
        )


def _is_example(name: str) -> bool:
    return settings.ABOUT[name].endswith(".example")


def look_at_database() -> Iterator[Look]:
    """Ask the database for nothing, then for the migrations it had, then for its clock."""
    probes.database()
    yield well("base", connection.vendor)
    try:
        probes.migrations()
    except probes.MigrationsMissingError as missing:
        yield broken("migrations", str(missing), "Lancez «\u00a0manage.py migrate\u00a0».")
    else:
        yield well("migrations", "toutes appliquées")


def look_at_clock() -> Iterator[Look]:
    """Compare this machine's clock with the database's, and its time zone with Paris'."""
    with connection.cursor() as cursor:
        # The instant itself: PostgreSQL's CURRENT_TIMESTAMP is when the transaction began.
        cursor.execute(
            "SELECT clock_timestamp()" if connection.vendor == "postgresql" else "SELECT CURRENT_TIMESTAMP"
        )
        told = cursor.fetchone()[0]
    theirs = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    drift = abs(clock.now() - theirs)
    if drift > DRIFT:
        yield broken(
            "horloge",
            f"{drift.total_seconds():.0f} secondes d’écart avec la base",
            "Réglez l’heure des deux machines sur un même serveur de temps (NTP).",
        )
    else:
        yield well("horloge", f"à l’heure de la base, {settings.TIME_ZONE}")
    if settings.TIME_ZONE != "Europe/Paris" or settings.CELERY_TIMEZONE != "Europe/Paris":
        yield broken(
            "fuseau horaire", settings.TIME_ZONE, "TIME_ZONE et CELERY_TIMEZONE doivent être Europe/Paris."
        )


def look_at_signs() -> Iterator[Look]:
    """Read who shows life: scheduler and workers apart, then the task that goes from one to the other."""
    found = signs.read(clock.now())
    restart = (
        "Démarrez ou redémarrez le service «\u00a0{}\u00a0»\u00a0; rien n’est perdu, tout part à son retour."
    )
    if found.scheduler:
        yield well("programmateur", "en service")
    else:
        yield broken("programmateur", _since(found.scheduler_at), restart.format("beat"))
    if found.worker:
        yield well("exécutants", "en service")
    else:
        yield broken("exécutants", _since(found.worker_at), restart.format("worker"))
    if found.scheduler and found.worker and not found.chain:
        yield broken(
            "chaîne des tâches",
            _since(found.chain_at),
            "Vérifiez que beat et worker parlent au même Redis, et qu’un worker écoute la file «\u00a0scans\u00a0».",
        )


def _since(at: datetime | None) -> str:
    return f"aucun signe de vie depuis le {at:%d/%m/%Y %H:%M} UTC" if at else "aucun signe de vie, jamais"


def look_at_outbox() -> Iterator[Look]:
    """Count what waits beyond its hour, and what was given up."""
    stop = sending.stopped()
    if stop is not None:
        yield check(
            "départ des envois",
            f"arrêté depuis le {stop.since:%d/%m/%Y %H:%M} UTC",
            "Après une restauration vérifiée, lancez «\u00a0manage.py resume_sending\u00a0».",
        )
    by_kind = Outbox.objects.counted_by_kind(clock.now() - LATE)
    late = {kind: one["overdue"] for kind, one in by_kind.items() if one["overdue"]}
    dead = {kind: one["dead"] for kind, one in by_kind.items() if one["dead"]}
    if late:
        yield check(
            OUTBOX,
            f"en retard de plus de 10 minutes\u00a0: {_counted(late)}",
            "Regardez la page «\u00a0Envois\u00a0» et les exécutants\u00a0; ajoutez-en s’ils vivent tous.",
        )
    if dead:
        yield check(
            "envois abandonnés",
            _counted(dead),
            "Sur la page «\u00a0Envois\u00a0», corrigez la cause puis relancez-les, ou écartez-les avec un motif.",
        )
    if not late and not dead:
        yield well(OUTBOX, "rien en retard, rien d’abandonné")


def look_at_terms() -> Iterator[Look]:
    """Count what the sweeps should have worked on an earlier day, and what the pages rest upon."""
    late = {kind: count for kind, count in import_string(settings.LATE_WORK)(clock.now()).items() if count}
    if late:
        yield broken(
            "échéances",
            _counted(late),
            "Le balayage n’a pas tourné hier\u00a0: voyez programmateur et exécutants.",
        )
    else:
        yield well("échéances", "aucune en souffrance")
    for problem in import_string(settings.HEALTH_PROBLEMS)():
        yield broken("éditions", problem, "Rechargez l’édition publiée (docs/editions.md), puis redémarrez.")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
