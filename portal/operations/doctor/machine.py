"""Looks at what stands around the portal: broker, cache, files, disk, antivirus, mail, seal and PDF engine."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection

from portal import clock, pdf
from portal.documents import antivirus, storage
from portal.operations import probes
from portal.operations.doctor.looking import Look, broken, check, well
from portal.seal import seal_in_force

PATIENCE_SECONDS = 3
LOW_BYTES, FULL_BYTES = 5 * 1024**3, 512 * 1024**2
ENDING = timedelta(days=60)
LOCAL_MAIL = ("filebased", "locmem", "console", "dummy")


def look_at_broker() -> Iterator[Look]:
    """Greet the broker."""
    probes.broker()
    if probes.uses_redis():
        yield well("broker", "Redis répond")
    elif settings.PRODUCTION:
        yield broken(
            "broker",
            "en mémoire",
            "Réglez REDIS_URL\u00a0: en production, plusieurs processus se parlent par Redis.",
        )
    else:
        yield well("broker", "en mémoire, pour un seul processus")


def look_at_cache() -> Iterator[Look]:
    """Write a key in the cache, read it again, remove it."""
    key = f"doctor:{uuid4().hex}"
    cache.set(key, "1", 30)
    found = cache.get(key)
    cache.delete(key)
    if found == "1":
        yield well("cache", "écrit et relu")
    else:
        yield broken(
            "cache",
            "ce qui est écrit n’est pas relu",
            "Vérifiez Redis, ou lancez «\u00a0manage.py createcachetable\u00a0».",
        )


def look_at_files() -> Iterator[Look]:
    """Write, read and remove a few bytes where files are kept."""
    if problem := storage.problem():
        yield broken("fichiers", problem, "Les dépôts reprennent dès que le stockage répond.")
    else:
        yield well("fichiers", "écrits, relus et effacés")


def look_at_disk() -> Iterator[Look]:
    """Read how much room is left where the portal writes."""
    place = settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(place).free
    told = f"{free / 1024**3:.1f} Gio libres"
    if free < FULL_BYTES:
        yield broken(
            "disque",
            told,
            "Agrandissez le volume\u00a0: les dépôts de fichiers sont refusés quand il est plein.",
        )
    elif free < LOW_BYTES:
        yield check("disque", told, "Prévoyez d’agrandir le volume.")
    else:
        yield well("disque", told)


def look_at_scanner() -> Iterator[Look]:
    """Have the antivirus judge a few harmless bytes."""
    if not antivirus.is_configured():
        if settings.PRODUCTION:
            yield check(
                "antivirus", "aucun", "Réglez CLAMD_ADDRESS\u00a0: les fichiers déposés ne sont pas analysés."
            )
        else:
            yield well("antivirus", "aucun, hors production")
    elif antivirus.is_clean(b"essai"):
        yield well("antivirus", "répond")
    else:
        yield broken("antivirus", "refuse un fichier inoffensif", "Vérifiez la configuration de clamd.")


def look_at_mail() -> Iterator[Look]:
    """Open and close a conversation with the mail server; nothing is sent."""
    backend = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    if backend in LOCAL_MAIL:
        if settings.PRODUCTION:
            yield broken(
                "courriel", f"écrit sur place ({backend})", "Réglez EMAIL_URL\u00a0: personne ne reçoit rien."
            )
        else:
            yield well("courriel", f"écrit sur place ({backend})")
    elif backend == "smtp":
        with closing(get_connection(timeout=PATIENCE_SECONDS, fail_silently=False)) as server:
            server.open()
        yield well("courriel", "le serveur accepte la connexion")
    else:
        yield check(
            "courriel", f"par {backend}, non éprouvé", "Envoyez-vous un lien de mot de passe pour l’éprouver."
        )


def look_at_seal() -> Iterator[Look]:
    """Read the certificate that seals letters, and when it ends."""
    seal = seal_in_force()
    renew = "Renouvelez-le (docs/operations.md, The seal of the letters)."
    if seal is None:
        yield check(
            "sceau",
            "aucun certificat\u00a0: les lettres partent sans sceau",
            "Réglez DIAGDM_SEAL_CERTIFICATE.",
        )
    elif not seal.is_valid(clock.now()):
        yield broken("sceau", "certificat hors de ses dates\u00a0: les lettres attendent", renew)
    elif seal.valid_until - clock.now() < ENDING:
        yield check("sceau", f"prend fin le {seal.valid_until:%d/%m/%Y}", renew)
    else:
        yield well(
            "sceau", f"valable jusqu’au {seal.valid_until:%d/%m/%Y}" + (", de test" if seal.is_test else "")
        )


def look_at_pdf() -> Iterator[Look]:
    """Make one PDF for nobody."""
    pdf.pdf_of(pdf.FIRST)
    yield well("PDF", f"Pango est là, sur {socket.gethostname()}")
