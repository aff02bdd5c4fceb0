"""What the sweeps should have worked on an earlier day and have not: nothing, unless they stand still."""

from datetime import datetime

from django.db.models import Count

from applications.models import Deadline
from portal.clock import civil_date


def by_kind(now: datetime) -> dict[str, int]:
    """Return how many terms of each kind have a step that was to be worked before today."""
    late = Deadline.objects.filter(closed_on__isnull=True, next_on__lt=civil_date(now)).order_by()
    found = dict.fromkeys(Deadline.Kind.values, 0)
    return found | dict(late.values_list("kind").annotate(Count("pk")))
