"""What every long job of the outbox shares: its progress, its time, and its failures told in French."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings

from applications.exports.packing import ChangedFileError
from portal.notifications.outbox import LeaseLostError

logger = logging.getLogger(__name__)

RENEWED_EVERY = 15.0
FAILED = (
    "La préparation a échoué\u00a0: recommencez plus tard\u00a0; si cela se reproduit, prévenez l’assistance."
)
TOO_LONG = "La préparation a pris trop de temps\u00a0: filtrez la liste, ou choisissez le format CSV."
CHANGED = "Un fichier conservé n’est plus celui qui avait été déposé\u00a0: prévenez l’assistance ({path})."


class TooLongError(Exception):
    """The job would not end in the time that a worker has."""


@dataclass(slots=True)
class Progress:
    """What a worker does between two pieces: keeps its lease, shows how far it is, looks at the time."""

    renew: Callable[[], None]
    show: Callable[[int], None] = lambda _done: None
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)

    def __call__(self, done: int) -> None:
        """Say how much is done; raises what `show` raises, LeaseLostError, TooLongError."""
        now = time.monotonic()
        if now - self.started > settings.EXPORT_SECONDS:
            raise TooLongError
        if now - self.renewed > RENEWED_EVERY:
            self.renew()
            self.renewed = now
        self.show(done)


@contextmanager
def failures_told(job: str, fail: Callable[[str], object]) -> Iterator[None]:
    """Hand the French sentence of whatever stops the job to `fail`, and keep its cause in the log under `job`.

    A lost lease goes on upwards: another worker has taken the job over, nothing failed.
    """
    try:
        yield
    except LeaseLostError:
        raise
    except TooLongError:
        fail(TOO_LONG)
    except ChangedFileError as error:
        logger.exception("%s: a kept file has changed", job)
        fail(CHANGED.format(path=error))
    except Exception:
        logger.exception("%s failed", job)
        fail(FAILED)
