"""Metrics of vLLM 0.32.0 by their names, with counts where the emulator has something to count."""

import time
from argparse import Namespace
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, ProcessCollector

from monitoring.metrics import metrics
from rehearsal.images.vllm import VERSION
from rehearsal.images.vllm.metric_families import PREFIX, families

_BLOCK_TOKENS = 16
_LONGEST_REQUESTS = 8
"""Requests of the longest length that the emulated KV cache holds."""
_CACHE = "cache_config_info"


class Metrics:
    """One registry with the series of one engine."""

    def __init__(self, model: str, *, window: int = 8192, kv_tokens: int | None = None) -> None:
        """Count nothing yet.

        Args:
            model: Value of ``model_name``.
            window: Longest length of a request, in tokens.
            kv_tokens: Tokens that the KV cache holds; None for a few of the longest requests.
        """
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._families = families(self.registry, model=model, window=window)
        self.kv_tokens = kv_tokens or window * _LONGEST_REQUESTS
        self._longest_requests = round(self.kv_tokens / window, 2)
        self._kv_used = 0
        self._set("engine_sleep_state", 1, sleep_state="awake")

    def count(self, name: str, amount: float, **labels: str) -> None:
        """Add to a counter, named without ``_total``."""
        name = f"{name}_total"
        self._families.counters[name].labels(**self._families.labels(name, labels)).inc(amount)

    def total(self, name: str) -> int:
        """A counter over all its labels."""
        samples = next(iter(self._families.counters[f"{name}_total"].collect())).samples
        return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))

    def observe(self, name: str, value: float) -> None:
        """Put a value into a histogram."""
        self._families.histograms[name].labels(**self._families.labels(name, {})).observe(value)

    def queue(self, running: int, waiting: int) -> None:
        """How many requests run, and how many wait."""
        self._set("num_requests_running", running)
        self._set("num_requests_waiting", waiting)
        self._set("num_requests_waiting_by_reason", waiting, reason="capacity")

    def hold(self, tokens: int) -> None:
        """Tokens more or fewer in the KV cache."""
        self._kv_used += tokens
        self._set("kv_cache_usage_perc", min(1.0, self._kv_used / self.kv_tokens))

    def configured(self, options: Namespace) -> None:
        """Show the configuration of the cache."""
        known = {
            "block_size": _BLOCK_TOKENS,
            "num_gpu_blocks": self.kv_tokens // _BLOCK_TOKENS,
            "kv_cache_size_tokens": self.kv_tokens,
            "kv_cache_max_concurrency": self._longest_requests
            if self._longest_requests % 1
            else int(self._longest_requests),
            "gpu_memory_utilization": options.gpu_memory_utilization,
            "cache_dtype": options.kv_cache_dtype or "auto",
            "enable_prefix_caching": options.enable_prefix_caching is not False,
        }
        names = metrics(f"vllm-{VERSION}")[PREFIX + _CACHE].labels or ()
        labels = {name: str(known.get(name)) for name in names if name != "engine"}
        self._set(_CACHE, 1, **labels)

    def _set(self, name: str, value: float, **labels: str) -> None:
        self._families.gauges[name].labels(**self._families.labels(name, labels)).set(value)


class Measured:
    """One request, from its arrival until its last token or until the client hangs up."""

    def __init__(self, metrics: Metrics, *, prompt_tokens: int, n: int, limit: int) -> None:
        self._metrics = metrics
        self._prompt_tokens, self._n, self._limit = prompt_tokens, n, limit
        self._started = self._last = time.monotonic()
        self._ran: float | None = None
        self._first: float | None = None
        self.tokens = 0
        self.reasons: list[str] = []

    def __enter__(self) -> Self:
        """The request came."""
        return self

    def runs(self) -> None:
        """The request has waited for its turn, and runs."""
        self._ran = time.monotonic()
        self._metrics.hold(self._prompt_tokens)
        self._metrics.observe("request_queue_time_seconds", self._ran - self._started)

    def made(self, count: int) -> None:
        """So many tokens more went out."""
        now = time.monotonic()
        rest = count
        if self._first is None:
            self._first = now
            self._metrics.observe("time_to_first_token_seconds", now - self._started)
            self._metrics.observe("iteration_tokens_total", self._prompt_tokens + 1)
            rest -= 1
        for _ in range(rest):
            self._metrics.observe("inter_token_latency_seconds", (now - self._last) / count)
            self._metrics.observe("iteration_tokens_total", 1)
        self._last = now
        self.tokens += count
        # As vLLM does it: while the answer is being made, not at its end.
        self._metrics.count("generation_tokens", count)
        self._metrics.hold(count)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """The request ended; without a reason it was aborted."""
        metrics, now = self._metrics, time.monotonic()
        for reason in self.reasons or ["abort"]:
            metrics.count("request_success", 1, finished_reason=reason)
        metrics.observe("e2e_request_latency_seconds", now - self._started)
        if self._ran is None:
            return
        metrics.hold(-self._prompt_tokens - self.tokens)
        metrics.count("prompt_tokens", self._prompt_tokens)
        metrics.count("prompt_tokens_by_source", self._prompt_tokens, source="local_compute")
        metrics.count("prefix_cache_queries", self._prompt_tokens)
        metrics.observe("request_prompt_tokens", self._prompt_tokens)
        metrics.observe("request_prefill_kv_computed_tokens", self._prompt_tokens)
        metrics.observe("request_generation_tokens", self.tokens)
        metrics.observe("request_max_num_generation_tokens", self.tokens)
        metrics.observe("request_num_preemptions", 0)
        metrics.observe("request_params_n", self._n)
        metrics.observe("request_params_max_tokens", self._limit)
        metrics.observe("request_inference_time_seconds", now - self._ran)
        if self._first is not None:
            metrics.observe("request_prefill_time_seconds", self._first - self._ran)
            metrics.observe("request_decode_time_seconds", now - self._first)
            metrics.observe("request_time_per_output_token_seconds", (now - self._first) / max(1, self.tokens - 1))
