"""Discovery of the services of a cluster: follows the API's objects, reads the engines' keys, reports what changed."""

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import Sequence

import httpx

from gateway.policy import metrics
from gateway.policy.discovery.file import Found
from gateway.policy.discovery.kubernetes import labels
from gateway.policy.discovery.kubernetes.api import KubernetesApi
from gateway.policy.discovery.kubernetes.assembly import (
    REASONS,
    Assembly,
    Objects,
    SecretKey,
    assemble,
    ready_addresses,
)
from gateway.policy.discovery.kubernetes.watching import Watching

SETTLE_SECONDS = 0.02
"""Changes that come together are reported once."""
KEYS_SECONDS = 60.0
"""How often the engines' keys are read again."""
MISSING_KEY_SECONDS = 5.0
"""How often a key is read that could not be read."""
_log = logging.getLogger(__name__)


class KubernetesDiscovery:
    """The services of the cluster, for the gateway in `namespace` of the platform's stack `platform`."""

    def __init__(self, api: KubernetesApi, namespace: str, platform: str) -> None:
        self._api, self._namespace, self._platform = api, namespace, platform
        self._changed = asyncio.Event()
        self._namespaces = self._watching("/api/v1/namespaces", f"{labels.GATEWAY}={labels.ENABLED}")
        self._services = self._watching("/api/v1/services", labels.MODEL)
        self._slices = self._watching("/apis/discovery.k8s.io/v1/endpointslices", labels.SERVICE_NAME)
        self._keys: dict[SecretKey, str] = {}
        self._read_at: dict[SecretKey, float] = {}
        self._why: set[tuple[str, str]] = set()

    async def follow(self, found: Found) -> None:
        """Report the services once they are known, and whenever they change, for ever. It closes the API when it ends."""
        kinds = (self._namespaces, self._services, self._slices)
        try:
            # A kind that fails ends all of it: what is no longer followed must not pass for what is.
            async with asyncio.TaskGroup() as tasks:
                for kind in kinds:
                    tasks.create_task(kind.run())
                await self._report(kinds, found)
        finally:
            await self._api.close()

    async def _report(self, kinds: Sequence[Watching], found: Found) -> None:
        while True:
            if all(kind.listed for kind in kinds):
                assembly = self._assemble()
                if await self._read_keys(assembly.wanted):
                    assembly = self._assemble()
                for reason in REASONS:
                    metrics.IGNORED.labels(reason).set(assembly.ignored[reason])
                for reason, service in sorted(assembly.why - self._why):
                    _log.warning("Service %s: ignored, or what is wrong in it is: %s", service, reason)
                self._why = assembly.why
                found(assembly.services, self._gateways())
            await self._wait()

    def _watching(self, path: str, selector: str) -> Watching:
        return Watching(self._api, path, selector, self._changed.set)

    def _assemble(self) -> Assembly:
        objects = Objects(
            namespaces=self._namespaces.objects,
            services=self._services.objects,
            slices=self._slices.objects,
            keys=self._keys,
        )
        return assemble(objects, self._platform)

    def _gateways(self) -> int:
        """Ready gateway pods, which share the limits."""
        own = [each for (namespace, _), each in self._slices.objects.items() if namespace == self._namespace]
        return len({place.rpartition(":")[0] for place in ready_addresses(own)})

    async def _wait(self) -> None:
        """Wait for a change, or until a key is to be read again."""
        due = min(map(self._due, self._read_at), default=time.monotonic() + KEYS_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._changed.wait()
            await asyncio.sleep(SETTLE_SECONDS)
        self._changed.clear()

    async def _read_keys(self, wanted: set[SecretKey]) -> bool:
        """Read the keys that are new, or due; whether one differs."""
        before = dict(self._keys)
        self._keys = {key: value for key, value in self._keys.items() if key in wanted}
        self._read_at = {key: at for key, at in self._read_at.items() if key in wanted}
        for key in sorted(wanted):
            if key not in self._read_at or time.monotonic() >= self._due(key):
                await self._read_key(key)
                self._read_at[key] = time.monotonic()
        return self._keys != before

    def _due(self, key: SecretKey) -> float:
        """When a key that was read is to be read again."""
        return self._read_at[key] + (KEYS_SECONDS if self._keys.get(key) else MISSING_KEY_SECONDS)

    async def _read_key(self, key: SecretKey) -> None:
        namespace, secret, field = key
        try:
            found = await self._api.get(f"/api/v1/namespaces/{namespace}/secrets/{secret}")
            self._keys[key] = base64.b64decode(found["data"][field], validate=True).decode().strip()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, KeyError, TypeError, ValueError) as error:
            # A known key stays: the Secret may only be unreadable for a moment.
            why = (
                f"status {error.response.status_code}"
                if isinstance(error, httpx.HTTPStatusError)
                else type(error).__name__
            )
            _log.warning("engine key in Secret %s/%s, key %s: %s", namespace, secret, field, why)
