"""The one door through which the portal reads the time; everything behind it receives dates as arguments."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the present instant, aware."""
    return timezone.now()


def today() -> date:
    """Return the civil date in Europe/Paris, whatever the server's own time zone."""
    return civil_date(now())


def civil_date(instant: datetime) -> date:
    """Return the civil date in Europe/Paris of an aware instant (23:30 UTC on 31 March is 1 April)."""
    return instant.astimezone(PARIS).date()
