"""Facts that platform stacks export, read through Pulumi and cached for a while."""

import logging
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from portal.errors import ConflictError, NotFoundError
from portal.runner.protocol import RunnerError, StackRunner
from settings.derived.gateway.names import TABLE_OUTPUT, URL_OUTPUT
from settings.derived.monitoring.names import NAMESPACE_OUTPUT, QUERY_OUTPUT
from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts
from settings.models.account import AssumeRole
from settings.models.gateway import GatewayLimits
from settings.models.pools import PoolFacts, PoolKind

_LOG = logging.getLogger(__name__)
_KEPT_SECONDS = 60.0
_OLDEST_SECONDS = 3600.0
_WAIT_SECONDS = 3.0
_AGAIN_SECONDS = 15.0
"""Between two reads beside callers: every page looks for gateways, and each read of a platform that fails is a Pulumi."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The gateway of a platform, as the platform's stack exports it."""

    platform: str
    url: str
    """Base URL for clients, with ``/v1``."""
    table: str
    """DynamoDB table of keys, limits and usage."""
    region: str
    role: AssumeRole | None = None
    """Role that the table is read and written with; None for the portal's own."""
    limits: GatewayLimits | None = None
    """Limits of tenants that have none of their own; None where they are not known."""


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """The metrics of a platform, as the platform's stack exports where they are."""

    platform: str
    namespace: str
    """Kubernetes namespace of Prometheus."""
    query_url: str | None
    """Base URL of the query API of its workspace of Amazon Managed Service for Prometheus; None without one."""
    region: str
    role: AssumeRole | None = None
    """Role that the workspace is queried with; None for the portal's own."""


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The bucket of a platform."""

    platform: str
    bucket: str
    region: str
    role: AssumeRole | None = None
    """Role that it is read with; None for the portal's own."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    facts: PlatformFacts
    gateway: Gateway | None
    monitoring: Monitoring | None
    storage: Storage | None
    read_at: float


class Platforms:
    """The platforms teams may use."""

    def __init__(self, runner: StackRunner, names: tuple[str, ...]) -> None:
        """Ask ``runner`` for each of ``names``."""
        self._runner = runner
        self.names = names
        self._kept: dict[str, _Kept] = {}
        self._due: dict[str, float] = {}
        """When each is read beside a caller again, at the earliest."""
        self._lock = threading.Lock()

    def facts(self, name: str) -> PlatformFacts:
        """Return the facts that a platform exports.

        Raises:
            NotFoundError: teams may not use a platform of that name.
            ConflictError: it cannot be read, or was deployed by another version of the program.
        """
        if name not in self.names:
            raise NotFoundError(f"no platform {name!r}: choose from {', '.join(self.names)}")
        kept = self._kept.get(name)
        age = time.monotonic() - kept.read_at if kept is not None else _OLDEST_SECONDS
        if kept is None or age >= _OLDEST_SECONDS:
            return self._refresh(name)
        if age > _KEPT_SECONDS:
            # Pulumi takes a moment to answer; no caller should wait for it to hear what is most likely still so.
            self._read_beside(name)
        return kept.facts

    def gateway(self, name: str) -> Gateway | None:
        """Return the gateway of a platform; None for one without. Raises as ``facts``."""
        self.facts(name)
        return self._kept[name].gateway

    def monitoring(self, name: str) -> Monitoring | None:
        """Return where the metrics of a platform are; None for one without monitoring. Raises as ``facts``."""
        self.facts(name)
        return self._kept[name].monitoring

    def storage(self, name: str) -> Storage | None:
        """Return the bucket of a platform; None if it exports none. Raises as ``facts``."""
        self.facts(name)
        return self._kept[name].storage

    def is_known(self, name: str) -> bool:
        """Whether a platform was read lately, so that no answer about it waits for Pulumi."""
        kept = self._kept.get(name)
        return kept is not None and time.monotonic() - kept.read_at < _OLDEST_SECONDS

    def known_gateways(self) -> dict[str, Gateway]:
        """Return the gateways of the platforms that were read so far, by platform; the others are read beside the caller."""
        for name in self.names:
            if name not in self._kept:
                self._read_beside(name)
        kept = ((name, self._kept.get(name)) for name in self.names)
        return {name: one.gateway for name, one in kept if one is not None and one.gateway is not None}

    def _read_beside(self, name: str) -> None:
        """Read a platform in a thread of its own, unless one is being read, or this one was tried a moment ago."""
        moment = time.monotonic()
        if self._lock.locked() or moment < self._due.get(name, moment):
            return
        self._due[name] = moment + _AGAIN_SECONDS
        threading.Thread(target=self._refresh_quietly, args=(name,), daemon=True, name=f"platform-{name}").start()

    def _refresh(self, name: str) -> PlatformFacts:
        # Whoever asks holds a thread that the pages share: one may wait for Pulumi, the others only for a moment.
        if not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise ConflictError(f"platform {name} is being read, which takes longer than usual: try again in a minute")
        try:
            self._kept[name] = self._read(name)
        finally:
            self._lock.release()
        return self._kept[name].facts

    def _refresh_quietly(self, name: str) -> None:
        try:
            self._refresh(name)
        except ConflictError as error:
            _LOG.warning("%s; its facts of a while ago are used", error)

    def pools(self, name: str, kinds: Collection[PoolKind]) -> dict[str, PoolFacts]:
        """Return a platform's pools of these kinds, as a team sees them."""
        return {pool: facts for pool, facts in self.facts(name).for_teams.pools.items() if facts.kind in kinds}

    def _read(self, name: str) -> _Kept:
        try:
            exported = self._runner.exports(name).values
        except RunnerError as error:
            raise ConflictError(f"platform {name} cannot be read: {error}") from None
        if FACTS_EXPORT not in exported:
            raise ConflictError(f"platform {name} is not deployed: `make up STACK={name}` first")
        try:
            facts = PlatformFacts.of_export(exported[FACTS_EXPORT])
        except ValidationError as error:
            raise ConflictError(
                f"platform {name} was deployed by another version of the program ({error.error_count()} facts do not "
                f"fit): run `make up STACK={name}`"
            ) from None
        return _Kept(
            facts=facts,
            gateway=_gateway(name, exported, facts),
            monitoring=_monitoring(name, exported, facts),
            storage=_storage(name, exported, facts),
            read_at=time.monotonic(),
        )


def _gateway(name: str, exported: Mapping[str, Any], facts: PlatformFacts) -> Gateway | None:
    url, table = exported.get(URL_OUTPUT), exported.get(TABLE_OUTPUT)
    if not url or not table:
        return None
    return Gateway(
        platform=name,
        url=str(url).rstrip("/"),
        table=str(table),
        region=facts.region,
        role=facts.assume_role,
        limits=facts.gateway.limits if facts.gateway else None,
    )


def _monitoring(name: str, exported: Mapping[str, Any], facts: PlatformFacts) -> Monitoring | None:
    namespace, url = exported.get(NAMESPACE_OUTPUT), exported.get(QUERY_OUTPUT)
    if not namespace:
        return None
    return Monitoring(
        platform=name,
        namespace=str(namespace),
        query_url=str(url).rstrip("/") if url else None,
        region=facts.region,
        role=facts.assume_role,
    )


def _storage(name: str, exported: Mapping[str, Any], facts: PlatformFacts) -> Storage | None:
    bucket = exported.get("bucket_name")
    if not bucket:
        return None
    return Storage(platform=name, bucket=str(bucket), region=facts.region, role=facts.assume_role)
