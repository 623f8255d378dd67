"""Services in the metrics: ready replicas and settings, gone when the service is."""

from collections.abc import Iterable

from prometheus_client import Gauge

from gateway.policy import metrics
from gateway.policy.exposition import GONE
from gateway.policy.services import Service


class ShownServices:
    """What a policy process shows of its services."""

    def __init__(self) -> None:
        self._shown: dict[tuple[Gauge, tuple[str, ...]], float] = {}

    def update(self, services: Iterable[Service]) -> None:
        """Show these services and no others."""
        now: dict[tuple[Gauge, tuple[str, ...]], float] = {}
        for service in services:
            now[metrics.REPLICAS, (service.name,)] = len(service.endpoints)
            for setting, value in service.settings.items():
                now[metrics.SETTING, (service.name, setting)] = value
        for gauge, labels in self._shown.keys() - now.keys():
            gauge.labels(*labels).set(GONE)
        for (gauge, labels), value in now.items():
            gauge.labels(*labels).set(value)
        self._shown = now
