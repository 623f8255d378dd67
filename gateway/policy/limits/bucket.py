"""Token bucket of one limit that several gateway pods share.

Each pod has an estimate of the common bucket: what it takes counts at once, what the others took counts when the pods have
exchanged their counters, about every second. Between two exchanges a pod may take its share, capacity / pods, or what it
took before and its share of what all pods left.

Bound, for N pods, capacity B and rate R: in any T seconds all pods together admit at most `R * T + (4 - 4 / N) * B`, and one
request more for each pod; with two pods, `R * T + 2 * B`. One B is the burst that any token bucket has; the rest is what
pods can take before they have heard of each other: each takes its allowance twice at most, once before it reports and once
before the others have read. The one more for each pod is a large request, of more than half a share: beside small ones it might
never find room in what is left of an allowance, so every `LARGE_SECONDS` one counts by the level alone. It becomes a debt of all
pods, so over a long time no more than the rate is admitted. Without the exchange each pod has its share of the rate.
"""

import time
from collections.abc import Callable

EXCHANGE_SECONDS = 1.0
"""How often pods exchange their counters."""
LATE_SECONDS = 2.0
"""After this long without an exchange a pod may take its share again."""
LARGE_SECONDS = 2 * EXCHANGE_SECONDS
"""How often a pod may take a large request beyond its allowance: once in the two exchanges of the bound."""
_MOST_DEBT = 3
LOCAL_AFTER_SECONDS = 5.0
"""Without an exchange for this long, a pod refills with its share only."""


class SharedBucket:
    """The bucket as one pod sees it; amounts are requests or tokens."""

    def __init__(self, rate: float, capacity: float, pods: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start full.

        Args:
            rate: What flows in each second, for all pods together.
            capacity: The most that it holds, for all pods together.
            pods: How many pods share it.
            clock: Seconds, never backwards.
        """
        self.rate, self.capacity, self.pods = rate, capacity, pods
        self._clock = clock
        self.level = capacity
        self._at = self._window_at = self._exchanged_at = clock()
        self._window = 0.0
        self._allowance = self._share()
        self._large_at = float("-inf")
        self.unreported = 0.0
        """What was taken, less what was given back, since the last exchange."""

    def configure(self, rate: float, capacity: float, pods: int) -> None:
        """Take over a changed limit or number of pods."""
        if (rate, capacity, pods) != (self.rate, self.capacity, self.pods):
            self._refill()
            self.rate, self.capacity, self.pods = rate, capacity, pods
            self.level = min(self.level, capacity)
            self._allowance = self._share()

    def wait(self, amount: float) -> float:
        """Seconds until `amount` can be taken; 0: now. More than the bucket holds counts as what it holds."""
        now = self._refill()
        wanted = min(amount, self.capacity)
        missing = wanted - self.level
        if missing > 1e-9:
            return missing / self._inflow(now)
        if not self._beyond(wanted) or (2 * wanted > self._share() and now - self._large_at >= LARGE_SECONDS):
            return 0.0
        return max(0.05, self._window_at + EXCHANGE_SECONDS - now)

    def take(self, amount: float) -> None:
        """Take `amount`, after `wait` returned 0."""
        wanted = min(amount, self.capacity)
        if self._beyond(wanted):
            self._large_at = self._at
        self.level -= wanted
        self._window += wanted
        self.unreported += wanted

    def give(self, amount: float) -> None:
        """Give back what was taken and not used; a negative amount takes what was used beyond."""
        self.level = min(self.capacity, self.level + amount)
        self._window = max(0.0, self._window - amount)
        self.unreported -= amount

    def exchanged(self, others: float) -> None:
        """Count what the other pods took since the last exchange."""
        now = self._refill()
        # For the others a pod that was away, or has just started, must not owe more than a few whole buckets; its own requests'
        # debt stays whole, else one that uses many times the limit would be admitted again after a few.
        lowest = min(self.level, _MOST_DEBT * -self.capacity)
        self.level = max(lowest, min(self.capacity, self.level - others))
        left = max(0.0, self.capacity - self._window - max(0.0, others))
        self._allowance = min(self.capacity, max(self._share(), self._window + max(left / self.pods, min(left, 1.0))))
        self._exchanged_at = self._window_at = now
        self._window = 0.0

    def remaining(self) -> int:
        """What can be taken at the moment, not below 0."""
        return self.left()[0]

    def left(self) -> tuple[int, float]:
        """What can be taken at the moment, not below 0, and the seconds until the bucket is full."""
        now = self._refill()
        return max(0, int(self.level)), max(0.0, (self.capacity - self.level) / self._inflow(now))

    def _beyond(self, wanted: float) -> bool:
        """Whether it is more than what is left of the allowance."""
        return self.pods > 1 and self._window + wanted > self._allowance + 1e-9

    def _share(self) -> float:
        return self.capacity / self.pods

    def _inflow(self, now: float) -> float:
        return self.rate if now - self._exchanged_at < LOCAL_AFTER_SECONDS else self.rate / self.pods

    def _refill(self) -> float:
        now = self._clock()
        if now > self._at:
            self.level = min(self.capacity, self.level + (now - self._at) * self._inflow(now))
            self._at = now
        if now - self._window_at >= LATE_SECONDS:
            # No exchange came: what the others leave is not known any more.
            self._window, self._window_at = 0.0, now
            self._allowance = self._share()
        return now
