from textwrap import dedent

import pytest

from tools.metric_lists.vllm import metrics
from tools.vllm_releases.source import Source, SourceError

LOGGERS = """
    from prometheus_client import Counter, Gauge, Histogram
    from vllm.v1.engine import FINISH_REASON_STRINGS
    from vllm.v1.metrics.buckets import histogram_buckets

    class PrometheusStatLogger:
        _gauge_cls = Gauge
        _counter_cls = Counter
        _histogram_cls = Histogram

        def __init__(self, vllm_config):
            labelnames = ["model_name", "engine"]
            self.hidden = vllm_config.observability_config.hidden
            waiting = self._gauge_cls(name="vllm:waiting", documentation="x", labelnames=labelnames)
            done = self._counter_cls(
                name="vllm:request_success", documentation="x", labelnames=labelnames + ["finished_reason"]
            )
            buckets = histogram_buckets("latency", overrides=None)
            latency = self._histogram_cls(
                name="vllm:latency_seconds", documentation="x", buckets=buckets, labelnames=labelnames
            )
            tokens = self._histogram_cls(
                name="vllm:tokens",
                documentation="x",
                buckets=histogram_buckets("request_tokens", max_model_len=8),
                labelnames=labelnames,
            )
            if self.hidden:
                self.old = self._counter_cls(name="vllm:old_total", documentation="x", labelnames=labelnames)
            self.labelname_lora = "max_lora"
            if vllm_config.lora is not None:
                self.lora = self._gauge_cls(name="vllm:lora", documentation="x", labelnames=[self.labelname_lora])
"""
SPECULATION = """
    import prometheus_client

    class SpecDecodingProm:
        _counter_cls = prometheus_client.Counter

        def __init__(self, config, labelnames, is_diffusion):
            self.enabled = config is not None
            if not self.enabled:
                return
            if is_diffusion:
                specs = [("vllm:steps", "x")]
            else:
                specs = [("vllm:drafts", "x"), ("vllm:accepted", "x")]
            counters = [make(self._counter_cls(name=name, documentation=doc, labelnames=labelnames)) for name, doc in specs]
"""
OFFLOADING = """
    from vllm.v1.kv_offload.base import OffloadingCounterMetadata, OffloadingGaugeMetadata

    class Names:
        BYTES = "vllm:offload_bytes"
        USED = "vllm:offload_used"

    class CPUOffloadingSpec:
        def build_metric_definitions(cls, extra):
            definitions = {Names.USED: OffloadingGaugeMetadata(
                documentation="x", labelnames=("tier",)
            )}
            if extra:
                definitions[Names.BYTES] = OffloadingCounterMetadata(
                    documentation="x",
                )
            return definitions
"""
FILES = {
    "vllm/engine/arg_utils.py": "",
    "vllm/v1/engine/__init__.py": 'FINISH_REASON_STRINGS = ("stop", "error")',
    "vllm/v1/metrics/buckets.py": "LATENCY = (0.5, 1.0)\n_STATIC_FAMILY_DEFAULTS = {'latency': LATENCY}",
    "vllm/v1/metrics/loggers.py": LOGGERS,
    "vllm/v1/spec_decode/metrics.py": SPECULATION,
    "vllm/v1/kv_offload/cpu/spec.py": OFFLOADING,
    "vllm/utils/words.py": "from collections import Counter\n\nwords = Counter(['a'])",
}


def found(**changes):
    files = FILES | {f"vllm/{path}.py": text for path, text in changes.items()}
    source = Source("0.32.0", {path: dedent(text) for path, text in files.items()})
    return {metric.name: metric for metric in metrics(source)}


FOUND = found()


def test_type_and_labels_are_read_and_a_counter_ends_with_total():
    assert FOUND["vllm:waiting"].content() == {"type": "gauge", "labels": ["model_name", "engine"]}
    success = FOUND["vllm:request_success_total"]
    assert success.kind == "counter"
    assert success.labels == ("model_name", "engine", "finished_reason")


def test_the_values_of_a_label_come_from_their_constant():
    assert FOUND["vllm:request_success_total"].values == {"finished_reason": ("stop", "error")}


def test_buckets_are_read_from_their_family_or_said_in_words():
    assert FOUND["vllm:latency_seconds"].buckets == (0.5, 1.0)
    assert FOUND["vllm:tokens"].buckets == "1, 2, 5, 10, 20 and so on up to max_model_len"


def test_what_is_behind_an_option_says_which():
    assert FOUND["vllm:old_total"].condition == "vllm_config.observability_config.hidden"
    assert FOUND["vllm:lora"].condition == "vllm_config.lora is not None"
    assert FOUND["vllm:lora"].labels == ("max_lora",)


def test_each_branch_of_a_list_of_names_has_its_condition_and_that_of_an_early_return():
    assert FOUND["vllm:steps_total"].condition == "config is not None; is_diffusion"
    assert FOUND["vllm:drafts_total"].condition == "config is not None; not (is_diffusion)"
    assert FOUND["vllm:accepted_total"].labels == ("model_name", "engine")


def test_descriptions_of_a_connector_are_named_by_their_key():
    assert FOUND["vllm:offload_used"].labels == ("model_name", "engine", "tier")
    assert FOUND["vllm:offload_bytes_total"].condition == "KV connector OffloadingConnector; extra"


def test_a_module_with_metrics_that_is_not_known_is_refused():
    with pytest.raises(SourceError, match=r"vllm\.new\.metrics has metrics: add it to FEATURES"):
        found(**{"new/metrics": "from prometheus_client import Gauge\n\nx = Gauge('vllm:x', 'x')"})


def test_a_name_that_cannot_be_followed_is_refused_with_its_line():
    with pytest.raises(
        SourceError, match=r"vllm\.v1\.metrics\.perf: line 3: the name of this metric is not followed: y"
    ):
        found(**{"v1/metrics/perf": "from prometheus_client import Gauge\n\nx = Gauge(y, 'x')"})
