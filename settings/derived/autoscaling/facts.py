"""What team stacks and tools must know of a platform's KEDA: plain data."""

from settings.derived.autoscaling.names import NAMESPACE
from settings.models.base import SettingsModel


class KedaFacts(SettingsModel):
    """The KEDA of a platform."""

    namespace: str = NAMESPACE
    """Kubernetes namespace of its pods."""
