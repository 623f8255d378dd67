"""Volumes of files kept up to date while pods run: after a change of a ConfigMap or Secret, and before a token expires.

Quicker than kubelet, which may take a minute (kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files):
the change is seen by a watch and written at once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from rehearsal.controlplane.errors import KubeError
from rehearsal.nodes.api import Object
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
_TURN_SECONDS = 5.0


class Refreshed(Protocol):
    """A pod, as far as its volumes go."""

    @property
    def namespace(self) -> str:
        """Its namespace."""
        ...

    def refers_to(self, plural: str, name: str) -> bool:
        """Whether a volume has content of a ConfigMap or Secret."""
        ...

    @property
    def tokens_due(self) -> bool:
        """Whether a token should be replaced."""
        ...

    async def refresh_volumes(self) -> None:
        """Write what is new."""
        ...


class VolumeRefresh:
    """Follows ConfigMaps and Secrets for the pods of one agent."""

    def __init__(self, stores: Mapping[str, Store], pods: Callable[[], Iterable[Refreshed]]) -> None:
        """Refresh nothing yet.

        Args:
            stores: ConfigMaps and Secrets, by plural.
            pods: The pods that have volumes now.
        """
        self._pods = pods
        self._changed: set[tuple[str, str, str]] = set()
        self._wake = asyncio.Event()
        for plural, store in stores.items():
            store.subscribe(partial(self._on_change, plural))

    async def run(self) -> None:
        """Write volumes after changes, and look for tokens now and then."""
        while True:
            try:
                async with asyncio.timeout(_TURN_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass  # the turn for tokens
            await self.turn()

    async def turn(self) -> None:
        """Write the volumes that changed since the last turn, and those with a token that is due."""
        self._wake.clear()
        changed, self._changed = self._changed, set()
        for pod in list(self._pods()):
            concerned = any(
                namespace == pod.namespace and pod.refers_to(plural, name) for plural, namespace, name in changed
            )
            if not (concerned or pod.tokens_due):
                continue
            try:
                await pod.refresh_volumes()
            except KubeError as error:
                LOG.info("volumes in namespace %s: %s; again", pod.namespace, error)
                self._changed |= changed

    def _on_change(self, plural: str, old: Object | None, new: Object | None) -> None:
        # What is there at the start was read when the volume was made; a deletion leaves volumes as they are.
        if new is not None:
            meta = new["metadata"]
            self._changed.add((plural, meta["namespace"], meta["name"]))
            self._wake.set()
