"""What of monitoring costs money, from its settings."""

from collections.abc import Mapping

from planner.cost import BillableMonitoring
from settings.derived.monitoring.sizes import SERIES_OF_AN_ENGINE, prometheus_gib
from settings.models.monitoring import MonitoringSettings
from settings.models.services.base import ServiceSettings

DASHBOARDS = 1
SERIES_OF_A_NODE, SERIES_BESIDE = 60, 1_500
"""Series that are kept of a node with its pods, and of all else together, gateway, controllers and monitoring itself: 1,866 of one
engine and three nodes were counted in a rehearsal; for an estimate."""
_SECONDS_A_MONTH = 730 * 3600


def billable_monitoring(
    settings: MonitoringSettings | None,
    *,
    services: Mapping[str, ServiceSettings],
    nodes: int,
    alarms: int,
    volume_gib: int | None = None,
) -> BillableMonitoring | None:
    """What of a platform's monitoring costs money; None without it.

    Args:
        settings: its settings.
        services: the stack's services by name.
        nodes: nodes as deployed.
        alarms: metrics that alarms of CloudWatch watch.
        volume_gib: GiB of Prometheus' volume that is there already; None for that of its size.
    """
    volume = prometheus_gib(settings, volume_gib)
    if settings is None or volume is None:
        return None
    pods = sum(service.most_replicas for service in services.values())
    series = pods * SERIES_OF_AN_ENGINE + nodes * SERIES_OF_A_NODE + SERIES_BESIDE
    of_an_engine = SERIES_OF_AN_ENGINE * _SECONDS_A_MONTH / settings.scrape_seconds
    samples = series * _SECONDS_A_MONTH / settings.scrape_seconds if settings.remote_write else 0
    return BillableMonitoring(
        volume_gib=volume,
        alarms=alarms,
        dashboards=DASHBOARDS,
        container_logs=settings.container_insights is not None,
        samples_per_month=samples,
        samples_basis=f"{series:,} series of {pods} pods of models and {nodes} nodes, each every {settings.scrape_seconds} s; "
        f"each pod of a model of a team stack adds {of_an_engine / 1e6:.0f} million",
    )
