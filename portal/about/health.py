"""Whether the portal's work behind the pages is done in time, said in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from portal.notifications import sending
from portal.notifications.models import Heartbeat, Outbox
from portal.notifications.signs import SILENCE

# A duty is rung for each minute.
DELAY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Health:
    """What works. `beat_at`: the last sign of life of the work behind the pages, None where there was none.

    `problems`: what the pages rest upon and is refused, in French sentences. `is_stopped`: nothing leaves, by a
    restore, until somebody says so.
    """

    is_alive: bool
    is_on_time: bool
    beat_at: datetime | None
    problems: tuple[str, ...] = ()
    is_stopped: bool = False

    @property
    def is_good(self) -> bool:
        """Tell whether everything works."""
        return self.is_alive and self.is_on_time and not self.problems and not self.is_stopped


def health(now: datetime) -> Health:
    """Read the heartbeat and whether a duty waits for too long: two queries."""
    worker = Heartbeat.objects.filter(name=Heartbeat.CHAIN).annotate(sending=sending.last_word())
    beat_at, word = worker.values_list("beat_at", "sending").first() or (None, sending.RESUMED)
    is_late = Outbox.objects.open().filter(due_at__lt=now - DELAY).exists()
    return Health(
        is_alive=beat_at is not None and now - beat_at <= SILENCE,
        is_on_time=not is_late,
        beat_at=beat_at,
        is_stopped=word == sending.STOPPED,
        problems=tuple(import_string(settings.HEALTH_PROBLEMS)()),
    )
