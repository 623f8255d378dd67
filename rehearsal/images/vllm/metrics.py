"""Metrics of vLLM 0.32.0 by their names, with counts where the emulator has something to count."""

import time
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_LABELS = ("model_name", "engine")
_EXTRA = {
    "vllm:num_requests_waiting_by_reason": "reason",
    "vllm:engine_sleep_state": "sleep_state",
    "vllm:prompt_tokens_by_source": "source",
    "vllm:prompt_tokens_cached_by_source": "source",
    "vllm:request_success": "finished_reason",
    "vllm:admission_rejections": "reason",
}
_COUNTERS = (
    "estimated_flops_per_gpu", "estimated_read_bytes_per_gpu", "estimated_write_bytes_per_gpu",
    "prefix_cache_queries", "prefix_cache_hits", "external_prefix_cache_queries", "external_prefix_cache_hits",
    "mm_cache_queries", "mm_cache_hits", "num_preemptions", "prompt_tokens", "prompt_tokens_by_source",
    "prompt_tokens_cached", "prompt_tokens_cached_by_source", "generation_tokens", "request_success",
    "admission_rejections",
)  # fmt: skip
_GAUGES = (
    "num_requests_running", "num_requests_waiting", "num_requests_waiting_by_reason", "engine_sleep_state",
    "kv_cache_usage_perc",
)  # fmt: skip
_TOKENS = (
    "request_prompt_tokens", "request_generation_tokens", "iteration_tokens_total",
    "request_max_num_generation_tokens", "request_params_n", "request_params_max_tokens",
)  # fmt: skip
_SECONDS = (
    "time_to_first_token_seconds", "inter_token_latency_seconds", "request_time_per_output_token_seconds",
    "e2e_request_latency_seconds", "request_queue_time_seconds",
)  # fmt: skip
_TOKEN_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_SECOND_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """One registry, whose every sample carries ``model_name``."""

    def __init__(self, model: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._values = {"model_name": model, "engine": "0"}
        self._counters = {name: Counter(*_named(name), registry=self.registry) for name in _COUNTERS}
        self._gauges = {name: Gauge(*_named(name), registry=self.registry) for name in _GAUGES}
        self._histograms = {
            name: Histogram(*_named(name), registry=self.registry, buckets=buckets)
            for names, buckets in ((_TOKENS, _TOKEN_BUCKETS), (_SECONDS, _SECOND_BUCKETS))
            for name in names
        }
        for name, metric in (self._counters | self._gauges | self._histograms).items():
            if f"vllm:{name}" not in _EXTRA:
                metric.labels(**self._values)
        for reason in ("stop", "length", "abort"):
            self.count("request_success", 0, finished_reason=reason)

    def count(self, name: str, amount: float, **labels: str) -> None:
        """Add to a counter."""
        self._counters[name].labels(**self._values, **labels).inc(amount)

    def observe(self, name: str, value: float) -> None:
        """Put a value into a histogram."""
        self._histograms[name].labels(**self._values).observe(value)

    def running(self, change: int) -> None:
        """One request more or less in the engine."""
        self._gauges["num_requests_running"].labels(**self._values).inc(change)


class Measured:
    """One request, from its arrival until its last token or until the client hangs up."""

    def __init__(self, metrics: Metrics, *, prompt_tokens: int, n: int, limit: int) -> None:
        self._metrics = metrics
        self._prompt_tokens, self._n, self._limit = prompt_tokens, n, limit
        self._started = time.monotonic()
        self._first: float | None = None
        self.tokens = 0
        self.reasons: list[str] = []

    def __enter__(self) -> Self:
        """The request starts to run."""
        self._metrics.running(1)
        self._metrics.observe("request_queue_time_seconds", 0)
        return self

    def token(self) -> None:
        """A token went out."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
            self._metrics.observe("time_to_first_token_seconds", now - self._started)
        self.tokens += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """The request ended; without a reason it was aborted."""
        metrics, elapsed = self._metrics, time.monotonic() - self._started
        metrics.running(-1)
        metrics.count("prompt_tokens", self._prompt_tokens)
        metrics.count("prompt_tokens_by_source", self._prompt_tokens, source="local_compute")
        metrics.count("generation_tokens", self.tokens)
        metrics.observe("request_prompt_tokens", self._prompt_tokens)
        metrics.observe("request_generation_tokens", self.tokens)
        metrics.observe("request_params_n", self._n)
        metrics.observe("request_params_max_tokens", self._limit)
        metrics.observe("e2e_request_latency_seconds", elapsed)
        if self.tokens:
            metrics.observe("request_time_per_output_token_seconds", elapsed / self.tokens)
        for reason in self.reasons or ["abort"]:
            metrics.count("request_success", 1, finished_reason=reason)


def _named(name: str) -> tuple[str, str, tuple[str, ...]]:
    extra = _EXTRA.get(f"vllm:{name}")
    return f"vllm:{name}", f"vLLM's {name}", (*_LABELS, extra) if extra else _LABELS
