"""Metrics of services and alerts of platforms, read beside the pages."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from portal.background_cache import BackgroundCache, Cached
from portal.errors import PortalError
from portal.metrics import answers, queries
from portal.metrics.answers import Alert, AwayError, MetricsError
from portal.metrics.sources import ALERTS, ClusterPrometheus, ManagedPrometheus
from portal.metrics.spans import GRIDS, Span
from portal.platforms import Monitoring, Platforms

_MOST_KEPT: Final = 500
"""Readings that are kept, of some 20 KiB each."""
_AT_ONCE: Final = 4
_ALERTS_FRESH_SECONDS: Final = 5.0
_STARTS_FRESH_SECONDS: Final = 15.0
_AWAY_SECONDS: Final = 15.0
"""So long a source that did not answer is not queried for anything else."""
_Source = ClusterPrometheus | ManagedPrometheus


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What a service did, at the moments of a grid."""

    start: int
    """First moment, in seconds since 1970."""
    span: Span
    values: Mapping[str, tuple[float | None, ...]]
    """Series by name; one that Prometheus has nothing of is missing."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class FirstTokens:
    """When the engines of a service generated their first token."""

    seconds: Mapping[str, float]
    """Seconds from the container's start until Prometheus found it, by pod; a pod that has generated none is missing."""


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """What fires or is about to."""

    alerts: tuple[Alert, ...]
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class _Key:
    """Which samples of a service."""

    platform: str
    service: str
    """Public name, STACK/SERVICE."""
    span: Span


class Metrics:
    """Metrics and alerts of some platforms."""

    def __init__(
        self,
        platforms: Platforms,
        cluster: ClusterPrometheus,
        managed: ManagedPrometheus,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Read nothing yet.

        Args:
            platforms: What says where the metrics of a platform are.
            cluster: Prometheus in the clusters.
            managed: Workspaces, which are queried while that does not answer.
            clock: Seconds since 1970.
        """
        self._platforms = platforms
        self._cluster = cluster
        self._managed = managed
        self._clock = clock
        self._away: dict[tuple[str, type[_Source]], tuple[float, str]] = {}
        known = (MetricsError, PortalError)
        self._services: BackgroundCache[_Key, Samples] = BackgroundCache(
            self._samples,
            "what Prometheus has",
            fresh=lambda key: GRIDS[key.span].fresh,
            known=known,
            most=_MOST_KEPT,
            threads=_AT_ONCE,
        )
        self._first_tokens: BackgroundCache[tuple[str, str], FirstTokens] = BackgroundCache(
            self._read_first_tokens,
            "what Prometheus has of starts",
            fresh=lambda _: _STARTS_FRESH_SECONDS,
            known=known,
            most=_MOST_KEPT,
            threads=_AT_ONCE,
        )
        self._alerts: BackgroundCache[str, Alerts] = BackgroundCache(
            self._read_alerts,
            "what fires",
            fresh=lambda _: _ALERTS_FRESH_SECONDS,
            known=known,
            most=len(platforms.names) + 1,
            threads=_AT_ONCE,
        )

    def service(self, platform: str, service: str, span: Span) -> Cached[Samples]:
        """Return what is known of a service; ``service`` is its public name."""
        return self._services.get(_Key(platform, service, span))

    def first_tokens(self, platform: str, service: str) -> Cached[FirstTokens]:
        """Return what is known of the first tokens of a service's pods; ``service`` is its public name."""
        return self._first_tokens.get((platform, service))

    def alerts(self, platform: str) -> Cached[Alerts]:
        """Return what is known of the alerts of a platform. Rules are evaluated in the cluster, so they are read there only."""
        return self._alerts.get(platform)

    def _samples(self, key: _Key) -> Samples:
        grid = GRIDS[key.span]
        end = grid.end(self._clock())
        start = end - grid.seconds
        query = {
            "query": queries.query(key.service, grid.window),
            "start": str(start),
            "end": str(end),
            "step": str(grid.step),
            "timeout": "3s",
        }
        found = self._query_either(key.platform, "query_range", query)
        return Samples(start=start, span=key.span, values=answers.series(found, start, grid.step, grid.points))

    def _read_first_tokens(self, key: tuple[str, str]) -> FirstTokens:
        platform, service = key
        query = {"query": queries.first_tokens(service), "timeout": "3s"}
        found = self._query_either(platform, "query", query)
        return FirstTokens(seconds=answers.vector(found, queries.POD_LABEL))

    def _read_alerts(self, platform: str) -> Alerts:
        found = self._query(self._cluster, self._where(platform), ALERTS, {})
        return Alerts(alerts=answers.alerts(found))

    def _query_either(self, platform: str, path: str, query: Mapping[str, str]) -> Any:
        """``data`` of Prometheus in the cluster; of the workspace, where there is one, while that does not answer."""
        where = self._where(platform)
        try:
            return self._query(self._cluster, where, path, query)
        except AwayError:
            if where.query_url is None:
                raise
            return self._query(self._managed, where, path, query)

    def _where(self, platform: str) -> Monitoring:
        where = self._platforms.monitoring(platform)
        if where is None:
            raise MetricsError(f"platform {platform} has no monitoring")
        return where

    def _query(self, source: _Source, where: Monitoring, path: str, query: Mapping[str, str]) -> Any:
        place = where.platform, type(source)
        until, problem = self._away.get(place, (0.0, ""))
        if time.monotonic() < until:
            raise AwayError(problem)
        try:
            return source.get(where, path, query)
        except AwayError as error:
            self._away[place] = time.monotonic() + _AWAY_SECONDS, str(error)
            raise
