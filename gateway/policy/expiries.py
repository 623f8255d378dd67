"""When the next key of each tenant ends, of the keys that were used lately: reading all keys would be a scan of the table."""

import time
from collections.abc import Callable

from gateway.policy import metrics
from gateway.store.keys import ApiKey

SEEN_SECONDS = 86_400
"""How long after its last use a key counts."""
MOST_KEYS = 20_000


class Expiries:
    """Keys with an end, as the table had them when they were last used."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._keys: dict[str, tuple[str, int, float]] = {}
        self._shown: set[str] = set()

    def read(self, digest: str, key: ApiKey | None) -> None:
        """Take over what the table has of a key that is used; None: there is no such key."""
        self._keys.pop(digest, None)
        if key is None or not key.expires or key.revoked:
            return
        while len(self._keys) >= MOST_KEYS:
            del self._keys[next(iter(self._keys))]  # the one that was used longest ago
        self._keys[digest] = (key.tenant, key.expires, self._clock())

    def show(self) -> None:
        """Set the metric."""
        now = self._clock()
        self._keys = {
            digest: found for digest, found in self._keys.items() if found[1] > now and found[2] > now - SEEN_SECONDS
        }
        ends: dict[str, int] = {}
        for tenant, end, _ in self._keys.values():
            ends[tenant] = min(end, ends.get(tenant, end))
        for tenant in self._shown | ends.keys():
            metrics.KEY_EXPIRES.labels(tenant).set(ends.get(tenant, float("inf")))
        self._shown |= ends.keys()
