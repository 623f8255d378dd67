"""The clusters of the platforms, read beside the pages: a caller gets what was read last, and waits for nothing."""

from typing import Final

from portal.background_cache import BackgroundCache, Cached
from portal.clusters.readers import Readers
from portal.clusters.snapshot import Snapshot, take
from workspace.kubeconfig import ClusterError

FRESH_SECONDS: Final = 3.0
"""So long a snapshot counts; many pages may show the same."""


class Clusters:
    """The clusters of some platforms."""

    def __init__(self, readers: Readers, names: tuple[str, ...]) -> None:
        """Read nothing yet.

        Args:
            readers: Ways to their API servers.
            names: The platforms.
        """
        self._readers = readers
        self._names = names
        self._cache: BackgroundCache[str, Snapshot] = BackgroundCache(
            self._take,
            "the cluster",
            fresh=lambda _: FRESH_SECONDS,
            known=(ClusterError,),
            most=len(names) + 1,
            threads=len(names) + 1,
        )

    def get(self, name: str) -> Cached[Snapshot]:
        """Return what is known of a platform's cluster; what is older than a few seconds is read again in the background."""
        if name not in self._names:
            return Cached(problem=f"platform {name} is not one of the portal's")
        return self._cache.get(name)

    def _take(self, name: str) -> Snapshot:
        return self._readers.reading(name, take)
