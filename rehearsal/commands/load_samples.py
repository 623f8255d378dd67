"""What a platform does while a load runs: queue, replicas, nodes, time to first token and dollars, a sample a second."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Self

from planner.cost.prices import PriceTable, list_prices
from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.monitoring.prometheus import Prometheus
from rehearsal.monitoring.proxied import ReadError

_SECONDS = 1.0
_TYPE, _CAPACITY = "node.kubernetes.io/instance-type", "karpenter.sh/capacity-type"
_GPU = "nvidia.com/gpu"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One moment.

    Attributes:
        at: Seconds since the load began.
        waiting: Requests that wait in the engines; None where Prometheus did not say.
        running: Requests that run; None likewise.
        wanted: Replicas that the workload shall have.
        ready: Replicas that are ready.
        nodes: Nodes with GPUs that exist.
        ttft: The 95th percentile of the time to first token of the last seconds, in seconds; None without a request.
        usd_per_hour: What the GPU nodes cost an hour, list prices.
    """

    at: float
    waiting: float | None
    running: float | None
    wanted: int
    ready: int
    nodes: int
    ttft: float | None
    usd_per_hour: float

    def to_json(self) -> dict[str, Any]:
        """Its values by name."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is sampled.

    Attributes:
        client: Of the cluster.
        prometheus: Where the engines' metrics are; None without monitoring.
        service: Name of the service, and of its Deployment or StatefulSet.
    """

    client: KubeClient
    prometheus: Prometheus | None
    service: str


class Sampler:
    """Samples in a thread from its entry to its exit; a context manager."""

    def __init__(self, watched: Watched, *, seconds: float = _SECONDS, window: str = "10s") -> None:
        """Sample nothing yet.

        Args:
            watched: What is sampled.
            seconds: Time between samples.
            window: Range of the rate that the time to first token is taken of.
        """
        self.samples: list[Sample] = []
        self._watched, self._seconds, self._window = watched, seconds, window
        self._prices = list_prices()
        self._end = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="samples", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, with a last sample."""
        self._end.set()
        self._thread.join()
        self._take()

    def _run(self) -> None:
        while not self._end.is_set():
            self._take()
            self._end.wait(self._seconds)

    def _take(self) -> None:
        """Add a sample; while the API server does not answer there is none."""
        try:
            self.samples.append(self._sample())
        except KubeError:
            return

    def _sample(self) -> Sample:
        watched = self._watched
        at = time.monotonic() - self._began
        wanted, ready = _replicas(watched)
        nodes = [node for node in watched.client.list("v1", "Node") if _has_gpus(node)]
        # Metrics have the public name, STACK/SERVICE.
        selector = f'{{service=~"(.+/)?{watched.service}"}}'
        bucket = f"rate(vllm:time_to_first_token_seconds_bucket{selector}[{self._window}])"
        return Sample(
            at=at,
            waiting=self._value(f"sum(vllm:num_requests_waiting{selector})"),
            running=self._value(f"sum(vllm:num_requests_running{selector})"),
            wanted=wanted,
            ready=ready,
            nodes=len(nodes),
            ttft=self._value(f"histogram_quantile(0.95, sum by (le) ({bucket}))"),
            usd_per_hour=sum(_price(node, self._prices) for node in nodes),
        )

    def _value(self, expression: str) -> float | None:
        if self._watched.prometheus is None:
            return None
        try:
            found = self._watched.prometheus.query(expression)
        except ReadError:
            return None
        # Without a request in the window a quantile is no number.
        return found[0].last if found and isfinite(found[0].last) else None


def dollars(samples: list[Sample]) -> float:
    """What the GPU nodes cost from the first sample to the last one, by this machine's clock."""
    pairs = itertools.pairwise(samples)
    return sum(before.usd_per_hour * (after.at - before.at) / 3600 for before, after in pairs)


def _replicas(watched: Watched) -> tuple[int, int]:
    for kind in ("Deployment", "StatefulSet"):
        for found in watched.client.list("apps/v1", kind):
            if found["metadata"]["name"] == watched.service:
                return int(found["spec"].get("replicas", 0)), int(found.get("status", {}).get("readyReplicas", 0))
    return 0, 0


def _has_gpus(node: dict[str, Any]) -> bool:
    labels = node["metadata"].get("labels", {})
    return is_true(node, "Ready") and (
        labels.get("accelerator") == "nvidia" or _GPU in node["status"].get("capacity", {})
    )


def _price(node: dict[str, Any], prices: PriceTable) -> float:
    labels = node["metadata"].get("labels", {})
    listed = prices.nodes.get(labels.get(_TYPE, ""))
    if listed is None:
        return 0.0
    spot = labels.get(_CAPACITY) == "spot" or labels.get("eks.amazonaws.com/capacityType") == "SPOT"
    return listed.usd * (1 - prices.spot_discount if spot else 1)


Value = Callable[[Sample], float | None]


def line(samples: list[Sample], value: Value) -> list[tuple[float, float]]:
    """Times and values of what was known."""
    return [(sample.at, found) for sample in samples if (found := value(sample)) is not None]
