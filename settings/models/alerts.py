"""Thresholds of alerts: those of the platform for every service, and those of one service in their place."""

from typing import Annotated

from pydantic import Field

from settings.models.base import SettingsModel

FAST_BURN = 14.4
"""Times the allowed share of errors at which an alert is sent at once: 2 % of a month's in an hour (Google, The Site
Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts")."""
LEAST_SUCCESS = 0.94
"""Below 1 - 1 / 14.4 the share of errors that the fast alert waits for would be more than all requests."""

FirstToken = Annotated[float, Field(gt=0, le=600)]
InterToken = Annotated[float, Field(gt=0, le=60)]
Success = Annotated[float, Field(ge=LEAST_SUCCESS, lt=1)]
Queue = Annotated[float, Field(gt=0, le=10_000)]
KvCache = Annotated[float, Field(gt=0, lt=1)]
Preemptions = Annotated[float, Field(gt=0, le=1000)]
IdleHours = Annotated[float, Field(ge=1, le=336)]


class AlertThresholds(SettingsModel):
    """Thresholds of the alerts of every service that sets none of its own."""

    ttft_p95_seconds: FirstToken = 2
    """Seconds to the first token, 95th percentile."""
    inter_token_p95_seconds: InterToken = 0.2
    """Seconds between two tokens, 95th percentile."""
    success_ratio: Success = 0.995
    """Share of requests that must succeed; alerts follow how fast the rest is used up."""
    queue_per_replica: Queue = 5
    """Requests that wait, for each replica."""
    kv_cache_ratio: KvCache = 0.9
    """Share of the KV cache in use."""
    preemptions_per_second: Preemptions = 0.1
    """Requests a second that lose their place in the KV cache and are computed again."""
    idle_hours: IdleHours = 6
    """Hours without any request after which a service that runs is reported with what it costs."""


class ServiceAlerts(SettingsModel):
    """Thresholds of one service's alerts; what is not set is the platform's, `monitoring.thresholds`."""

    ttft_p95_seconds: FirstToken | None = None
    """Seconds to the first token, 95th percentile."""
    inter_token_p95_seconds: InterToken | None = None
    """Seconds between two tokens, 95th percentile."""
    success_ratio: Success | None = None
    """Share of requests that must succeed."""
    queue_per_replica: Queue | None = None
    """Requests that wait, for each replica."""
    kv_cache_ratio: KvCache | None = None
    """Share of the KV cache in use."""
    preemptions_per_second: Preemptions | None = None
    """Requests a second that lose their place in the KV cache."""
    idle_hours: IdleHours | None = None
    """Hours without any request after which it is reported as idle."""

    @property
    def given(self) -> dict[str, float]:
        """The thresholds that are set, by key."""
        return {key: value for key, value in self if value is not None}
