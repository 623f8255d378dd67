"""Metric families of a vLLM release, made from the list that was read from its source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from monitoring.metrics import Metric, metrics
from rehearsal.images.vllm import VERSION

PREFIX = "vllm:"
Family: TypeAlias = Counter | Gauge | Histogram
_MANTISSAS = (1, 2, 5)
_VALUES: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        # Values that vLLM writes where it sets the metric, and not in a list.
        "engine_sleep_state": {"sleep_state": ("awake", "weights_offloaded", "discard_all")},
        "num_requests_waiting_by_reason": {"reason": ("capacity", "deferred")},
        "prompt_tokens_cached_by_source_total": {"source": ("local_cache_hit", "external_kv_transfer")},
    }
)


@dataclass(frozen=True, kw_only=True)
class Families:
    """The families that every engine has, each by its name without the prefix."""

    registry: CollectorRegistry
    model: str
    counters: dict[str, Counter] = field(default_factory=dict)
    gauges: dict[str, Gauge] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    def labels(self, name: str, more: Mapping[str, str]) -> dict[str, str]:
        """All labels of a sample: those of the engine that the metric has, and ``more``."""
        return {**self.own[name], **more}


def families(registry: CollectorRegistry, *, model: str, window: int) -> Families:
    """The families of the release, with a sample of 0 for each combination of labels that is known beforehand.

    Args:
        registry: Where they are registered.
        model: Value of ``model_name``.
        window: Longest length of a request in tokens, where buckets of token counts end.
    """
    made = Families(registry=registry, model=model)
    for metric in metrics(f"vllm-{VERSION}").values():
        # The others come with options and connectors that are not emulated.
        if not metric.condition:
            _add(made, metric, window)
    return made


def _add(made: Families, metric: Metric, window: int) -> None:
    name, names = metric.name.removeprefix(PREFIX), metric.labels or ()
    made.own[name] = {key: value for key, value in (("model_name", made.model), ("engine", "0")) if key in names}
    family: Family
    if metric.type == "histogram":
        family = Histogram(
            metric.name, _about(name), names, registry=made.registry, buckets=_buckets(metric.buckets, window)
        )
        made.histograms[name] = family
    elif metric.type == "counter":
        family = made.counters[name] = Counter(metric.name, _about(name), names, registry=made.registry)
    else:
        family = made.gauges[name] = Gauge(metric.name, _about(name), names, registry=made.registry)
    for more in _known(metric, name):
        family.labels(**made.labels(name, more))


def _known(metric: Metric, name: str) -> Iterator[dict[str, str]]:
    """The combinations of a metric's own labels that are known beforehand."""
    own = [label for label in metric.labels or () if label not in {"model_name", "engine"}]
    values = {**metric.values, **_VALUES.get(name, {})}
    if all(label in values for label in own):
        for combination in product(*(values[label] for label in own)):
            yield dict(zip(own, combination, strict=True))


def _buckets(given: Sequence[float] | str | None, window: int) -> Sequence[float]:
    if isinstance(given, str):
        return powers(window)
    return given or Histogram.DEFAULT_BUCKETS


def powers(limit: int) -> list[float]:
    """1, 2, 5, 10, 20 and so on up to ``limit``."""
    found: list[float] = []
    exponent = 0
    while True:
        for mantissa in _MANTISSAS:
            value = mantissa * 10**exponent
            if value > limit:
                return found
            found.append(value)
        exponent += 1


def _about(name: str) -> str:
    return f"vLLM's {name}"
