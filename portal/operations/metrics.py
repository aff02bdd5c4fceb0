"""The figures that Prometheus reads: those that the processes counted, and the portal's own, read when asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.notifications.models import Heartbeat, Outbox

SEVERAL = "PROMETHEUS_MULTIPROC_DIR"
LABELS = ("kind",)


class PortalFigures(Collector):
    """What the database says at one instant: four statements, however much is kept."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        """Give the gauges; `diagdm_database_up` alone when the database does not answer."""
        up = GaugeMetricFamily("diagdm_database_up", "Whether the portal's figures could be read.")
        try:
            read = list(self._read())
        except DatabaseError:
            read = []
        up.add_metric([], float(bool(read)))
        return [up, *read]

    def _read(self) -> Iterable[Metric]:
        waiting = Outbox.objects.counted_by_kind(self.now)
        for name, told in (
            ("open", "Duties to do"),
            ("overdue", "Duties due and not done"),
            ("dead", "Dead letters"),
        ):
            counts = {kind: figures[name] for kind, figures in waiting.items()}
            yield _gauge(f"diagdm_outbox_{name}", f"{told}, by kind.", counts)
        ages = {
            name: (self.now - at).total_seconds()
            for name, at in Heartbeat.objects.values_list("name", "beat_at")
        }
        yield _gauge("diagdm_heartbeat_age_seconds", "Since each sign of life, in seconds.", ages)
        late = import_string(settings.LATE_WORK)(self.now)
        yield _gauge(
            "diagdm_deadlines_late", "Terms whose next step was not worked on its day, by kind.", late
        )


def _gauge(name: str, told: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, told, labels=LABELS)
    for kind, value in sorted(values.items()):
        gauge.add_metric([kind], value)
    return gauge


def page(now: datetime) -> bytes:
    """Return all figures in Prometheus' text format; where several processes serve, those of all of them."""
    own = CollectorRegistry()
    own.register(PortalFigures(now))
    if os.environ.get(SEVERAL):
        MultiProcessCollector(own)
        return generate_latest(own)
    return generate_latest(REGISTRY) + generate_latest(own)
