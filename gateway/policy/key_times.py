"""When the next key of each tenant ends and since when its oldest is there, of those used lately: all would be a scan of the table."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.policy import metrics
from gateway.store.keys import ApiKey

SEEN_SECONDS = 86_400
"""How long after its last use a key counts."""
MOST_KEYS = 20_000


@dataclass(frozen=True)
class _Seen:
    """What counts of a key that was used; times are epoch seconds."""

    tenant: str
    created: int
    expires: int
    """0: never."""
    replaced: bool
    """Whether a rotation made its successor."""
    read_at: float

    def counts(self, now: float) -> bool:
        return (not self.expires or self.expires > now) and self.read_at > now - SEEN_SECONDS


class KeyTimes:
    """Creation and end of keys, as the table had them when they were last used."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._keys: dict[str, _Seen] = {}
        self._ending: set[str] = set()
        self._aging: set[str] = set()

    def read(self, digest: str, key: ApiKey | None) -> None:
        """Take over what the table has of a key that is used; None: there is no such key."""
        self._keys.pop(digest, None)
        if key is None or key.revoked:
            return
        while len(self._keys) >= MOST_KEYS:
            del self._keys[next(iter(self._keys))]  # the one that was used longest ago
        self._keys[digest] = _Seen(key.tenant, key.created, key.expires, bool(key.replaced_by), self._clock())

    def show(self) -> None:
        """Set the metrics."""
        now = self._clock()
        self._keys = {digest: seen for digest, seen in self._keys.items() if seen.counts(now)}
        seen = self._keys.values()
        ends = _least((one.tenant, one.expires) for one in seen if one.expires)
        # A key with a successor is on its way out: its end says when.
        created = _least((one.tenant, one.created) for one in seen if not one.replaced)
        for gauge, least, shown in (
            (metrics.KEY_EXPIRES, ends, self._ending),
            (metrics.KEY_CREATED, created, self._aging),
        ):
            shown.update(least)
            for tenant in shown:
                gauge.labels(tenant).set(least.get(tenant, float("inf")))


def _least(times: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for tenant, moment in times:
        found[tenant] = min(moment, found.get(tenant, moment))
    return found
