"""What each autoscaled service's ScaledObject compares with, from its settings and the planner."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.fit import Fit
from planner.queue_threshold import QueueThreshold, queue_threshold
from planner.vllm_options.values import parse_int
from settings.derived.autoscaling.starts import ReplicaStart
from settings.models.services.autoscale import MOST_DOWN_SECONDS, AutoscaleSettings
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings
from settings.models.services.vllm import VllmSettings

LEAST_IDLE_SECONDS = 900
"""Least default of ``to_zero_after``."""
LEAST_DOWN_SECONDS = 1800
"""Least default of ``down_after``. Requests come at random, so a load that hardly changes needs one replica more and one less in turn: over
a day of three replicas at most their number turns round 17 to 31 times with 423 s, 3 to 11 times with 900 s and once to 3 times with
1,800 s (the simulation in ``tests/settings/derived/autoscaling/test_random_day.py``). The HPA has 300 s where nothing is said."""
SATURATION_RATIO = 0.8
"""From here on llm-d's autoscaler takes a replica's KV cache as saturated
(https://github.com/llm-d/llm-d-workload-variant-autoscaler/blob/v0.9.0/deploy/configmap-saturation-scaling.yaml)."""
UNKNOWN_SEQUENCES = 256
"""Slots of a replica where neither settings nor planner give them: vLLM's default on all but the largest GPUs
(``VllmVersion.default_sequences`` of the planner)."""
STARTS = 2
"""The default is so many starts: a replica that ends sooner than it came costs more than it saves."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Thresholds of one service."""

    queue: QueueThreshold
    """Waiting requests for each replica; of an engine without metrics, requests at the gateway for each replica."""
    saturation_ratio: float
    """Share of slots or KV cache in use for each replica; of engines with metrics."""
    max_num_seqs: int | None
    """Slots of a replica: the requests that its engine runs at once at most; None where they are not known."""
    held_requests: float
    """Requests that the gateway holds for each replica: as many as one serves before it is saturated."""
    ttft_p95_seconds: float | None
    """Seconds to the first token; None where they do not count."""
    down_after: int
    """Seconds for which fewer replicas would do before one ends; the HPA's scale-down stabilization window."""
    to_zero_after: int
    """Seconds without a request after which the last replica ends, where it may."""
    start: ReplicaStart
    """How long a replica takes to start."""


def decision(service: ServiceSettings, fit: Fit | None, start: ReplicaStart) -> Decision | None:
    """The thresholds of a service; None for one with a fixed number of replicas."""
    settings = service.autoscale
    if settings is None:
        return None
    ratio = settings.saturation_ratio or SATURATION_RATIO
    slots = _max_num_seqs(service) or (fit.max_num_seqs if fit else None)
    return Decision(
        queue=threshold(service, fit),
        saturation_ratio=ratio,
        max_num_seqs=slots,
        held_requests=_held(service, slots, ratio),
        ttft_p95_seconds=settings.ttft_p95_seconds,
        down_after=_down_after(settings, start),
        to_zero_after=settings.to_zero_after or max(LEAST_IDLE_SECONDS, STARTS * start.expected, start.slow),
        start=start,
    )


def threshold(service: ServiceSettings, fit: Fit | None) -> QueueThreshold:
    """Waiting requests for each replica beyond which there are more, as set or as proposed; that of a fixed number counts for nothing."""
    given = service.autoscale.queue_per_replica if service.autoscale else None
    return QueueThreshold(requests=given, source="settings") if given is not None else _proposed(service, fit)


def _down_after(settings: AutoscaleSettings, start: ReplicaStart) -> int:
    """Half an hour, and as long as the next replica would take to start: sooner, one goes and comes back under the same load."""
    if settings.down_after is not None:
        return settings.down_after
    return min(MOST_DOWN_SECONDS, max(LEAST_DOWN_SECONDS, start.expected))


def decisions(
    services: Mapping[str, ServiceSettings], fits: Mapping[str, Fit], starts: Mapping[str, ReplicaStart]
) -> dict[str, Decision]:
    """The thresholds of every autoscaled service by name; ``starts`` has each of them."""
    found = {
        name: decision(service, fits.get(name), starts[name]) for name, service in services.items() if name in starts
    }
    return {name: one for name, one in found.items() if one}


def _held(service: ServiceSettings, slots: int | None, ratio: float) -> float:
    """What wakes more than one replica: nothing runs yet, so it is not the queue of an engine that is full."""
    if isinstance(service, OllamaSettings):
        return float(service.parallel)
    return max(1.0, ratio * (slots or UNKNOWN_SEQUENCES))


def _proposed(service: ServiceSettings, fit: Fit | None) -> QueueThreshold:
    if isinstance(service, OllamaSettings):
        return QueueThreshold(requests=float(service.parallel), source="its slots, `parallel`")
    return queue_threshold(fit.concurrent_requests if fit else None, max_num_seqs=_max_num_seqs(service))


def _max_num_seqs(service: ServiceSettings) -> int | None:
    return parse_int("max-num-seqs", service.args.get("max-num-seqs")) if isinstance(service, VllmSettings) else None
