"""How long a replica that is requested now takes until it serves, as the planner predicts it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from settings.derived.coldstart import cold_starts
from settings.derived.timeouts import Timing
from settings.models.pools import PoolFacts
from settings.models.services.base import ServiceSettings
from settings.models.services.vllm import VllmSettings


@dataclass(frozen=True, kw_only=True)
class ReplicaStart:
    """Seconds of a start with its node, its image and its engine."""

    expected: int
    """What to expect."""
    slow: int
    """The slow end."""

    @property
    def words(self) -> str:
        """Both in words: ``about 300 s to start, 700 s at the slow end``."""
        slow = f", {self.slow} s at the slow end" if self.slow > self.expected else ""
        return f"about {self.expected} s to start{slow}"


def replica_start(service: ServiceSettings, pool: PoolFacts, timing: Timing) -> ReplicaStart:
    """The start of a service on the slowest type of its pool.

    It is the one that the planner predicts (``llm-platform coldstart``). Where it predicts none, or not every piece, it is what
    deadlines allow, which is several times as long: of Ollama, of an image whose size is not known.

    Raises:
        LookupError: the size of its weights is neither stated nor known.
    """
    starts = cold_starts(service, pool) if isinstance(service, VllmSettings) else []
    found = [start.again if start.kept else start.first for start in starts]
    if not found or any(start.unknown for start in found):
        allowed = timing.node + timing.expected
        return ReplicaStart(expected=allowed, slow=allowed)
    return ReplicaStart(
        expected=math.ceil(max(start.known.expected for start in found)),
        slow=math.ceil(max(start.known.high for start in found)),
    )


def replica_starts(
    services: Mapping[str, ServiceSettings], pools: Mapping[str, PoolFacts], timings: Mapping[str, Timing]
) -> dict[str, ReplicaStart]:
    """The start of a replica of every autoscaled service, by name."""
    return {
        name: replica_start(service, pools[service.pool], timings[name])
        for name, service in services.items()
        if service.autoscale
    }
