"""What team stacks and tools must know of a platform's monitoring: plain data."""

from settings.derived.monitoring.names import NAMESPACE
from settings.models.base import SettingsModel
from settings.models.monitoring import MonitoringSettings


class MonitoringFacts(SettingsModel):
    """The monitoring of a platform."""

    namespace: str
    """Kubernetes namespace of its pods, whose scrapes engines admit."""
    retention_hours: int
    """Hours that its samples are kept."""


def monitoring_facts(settings: MonitoringSettings | None) -> MonitoringFacts | None:
    """The facts of a platform's monitoring; None for a platform without it."""
    if settings is None or not settings.enabled:
        return None
    return MonitoringFacts(namespace=NAMESPACE, retention_hours=settings.retention_hours)
