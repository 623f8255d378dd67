"""What each size of monitoring gives Prometheus, and how many series it is for.

Memory: 5 KiB for each series were measured (docs/monitoring.md); a size has 1.6 times that or more, for queries and for the read of
the log at a start. Disk: a sample takes 1 to 2 bytes (https://prometheus.io/docs/prometheus/latest/storage/, "Operational
aspects"); a size holds two weeks of a sample every 30 seconds at 1.5 bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from planner.units import GIB
from settings.models.monitoring import MonitoringSettings

BYTES_A_SAMPLE: Final = 1.5
DISK_SHARE: Final = 0.8
"""Share of the volume that samples may take (``--storage.tsdb.retention.size``); the rest is for the log that is written ahead
and for blocks while they are merged."""
SERIES_OF_AN_ENGINE: Final = 450
"""Series of an engine's pod with its share of service, node and GPUs: 45,000 of 100 engines were measured (docs/monitoring.md)."""
_SECONDS_AN_HOUR: Final = 3600


@dataclass(frozen=True, kw_only=True)
class MonitoringSize:
    """What one value of ``monitoring.size`` means for Prometheus."""

    series: int
    """Series that it is for."""
    services: int
    """Services of two replicas that it is said to be for, with their nodes and GPUs; they have two thirds of the series at most."""
    vcpus: float
    """vCPUs that Prometheus requests."""
    memory_mib: int
    """Memory that Prometheus requests, and its limit, in MiB."""
    disk_gib: int
    """Size of its volume in GiB."""

    @property
    def engines(self) -> int:
        """Pods of engines that are read at most: as many as have all its series."""
        return self.series // SERIES_OF_AN_ENGINE

    @property
    def samples_gib(self) -> float:
        """GiB of the volume that samples may take."""
        return self.disk_gib * DISK_SHARE

    def hours_on_disk(self, scrape_seconds: int) -> int:
        """Hours of samples of all its series that the volume holds."""
        bytes_an_hour = self.series * BYTES_A_SAMPLE * _SECONDS_AN_HOUR / scrape_seconds
        return int(self.samples_gib * GIB / bytes_an_hour)


SIZES: Mapping[str, MonitoringSize] = MappingProxyType(
    {
        "small": MonitoringSize(series=100_000, services=50, vcpus=0.25, memory_mib=1024, disk_gib=10),
        "standard": MonitoringSize(series=400_000, services=300, vcpus=1, memory_mib=4096, disk_gib=40),
        "large": MonitoringSize(series=2_000_000, services=1_500, vcpus=3, memory_mib=16_384, disk_gib=200),
    }
)
"""Name to size, the smallest first; ``none`` is not among them."""


def monitoring_size(settings: MonitoringSettings | None) -> MonitoringSize | None:
    """What the settings give Prometheus; None where there is no monitoring."""
    return SIZES.get(settings.size) if settings else None


def prometheus_gib(settings: MonitoringSettings | None, held: int | None) -> int | None:
    """Size of Prometheus' volume in GiB; None where there is no monitoring.

    Args:
        settings: what the volume is wanted for.
        held: GiB that it has already; None where there is none, or where it is not known.

    Returns:
        What the size has, or what the volume has where that is more: a claim can grow and not shrink, and the API server
        would refuse the update half-way (`field can not be less than status.capacity`).
    """
    size = monitoring_size(settings)
    return max(size.disk_gib, held or 0) if size else None
