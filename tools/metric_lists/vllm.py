"""Metrics of a vLLM release, read from the Python files of its wheel; nothing of vLLM is imported or run."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tools.metric_lists.metric import Kind, Metric, exposed, listing
from tools.metric_lists.vllm_source import Call, Constants, calls
from tools.vllm_releases.source import Module, Source, SourceError
from tools.vllm_releases.values import Value

FEATURES: Final = {
    "vllm.distributed.kv_transfer.kv_connector.v1.hf3fs.hf3fs_connector": "KV connector HF3FS",
    "vllm.distributed.kv_transfer.kv_connector.v1.hisparse.stats": "KV connector HiSparse",
    "vllm.distributed.kv_transfer.kv_connector.v1.mooncake.store.metrics": "KV connector Mooncake store",
    "vllm.distributed.kv_transfer.kv_connector.v1.nixl.stats": "KV connector NIXL",
    "vllm.distributed.kv_transfer.kv_connector.v1.offloading.metrics": "KV connector OffloadingConnector",
    "vllm.entrypoints.rl.online.metrics": "after the first weight update of an RL trainer",
    "vllm.entrypoints.serve.dev.sleep.metrics": "after the first call of /sleep or /wake_up",
    "vllm.entrypoints.speech_to_text.realtime.metrics": "a model of the task realtime",
    "vllm.parser.metrics": "--tool-call-parser",
    "vllm.v1.kv_offload.cpu.spec": "KV connector OffloadingConnector",
    "vllm.v1.kv_offload.tiering.spec": "KV connector OffloadingConnector with TieringOffloadingSpec",
    "vllm.v1.metrics.loggers": "",
    "vllm.v1.metrics.perf": "",
    "vllm.v1.simple_kv_offload.metrics": "KV connector SimpleCPUOffloadConnector",
    "vllm.v1.spec_decode.metrics": "",
}
"""What brings a module's metrics, by module, as its callers in 0.32.0 have it; empty: `vllm serve` always makes them."""
OTHERS: Final = {
    "vllm.v1.kv_offload.tiering.kvcr.manager": "names come from the package kvcr, which is not part of vLLM",
    "vllm.v1.metrics.reader": "it reads metrics of others back, for Python callers",
}
"""Modules whose metrics are not listed, and why."""
_VALUES: Final = {
    "vllm:request_success_total": ("finished_reason", "vllm.v1.engine", "FINISH_REASON_STRINGS"),
    "vllm:admission_rejections_total": ("reason", "vllm.v1.metrics.loggers", "ADMISSION_REASONS"),
    "vllm:prompt_tokens_by_source_total": ("source", "vllm.v1.metrics.stats", "PromptTokenStats.ALL_SOURCES"),
}
"""Where the values of a metric's label are: label, module, name."""
_KINDS: Final[dict[str, Kind]] = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}
_BUCKETS: Final = "vllm.v1.metrics.buckets"
_PLAIN: Final = re.compile(r"(?<![\w.])(?:Counter|Gauge|Histogram)\((?!\w+\):)")
_CALL: Final = re.compile(
    rf"{_PLAIN.pattern}|_(?:counter|gauge|histogram)_cls\(|Offloading(?:Counter|Gauge|Histogram)Metadata\(\s"
)


def vllm_list(source: Source) -> str:
    """The list of a release as JSON.

    Raises:
        SourceError: its code is not of a form that is read here.
    """
    return listing(f"vllm {source.version}: the Python files of its wheel on PyPI", metrics(source))


def metrics(source: Source) -> list[Metric]:
    """The metrics of a release.

    Raises:
        SourceError: a module has metrics and no entry in `FEATURES` or `OTHERS`, or a name cannot be followed.
    """
    constants = Constants(source)
    found: list[Metric] = []
    for name in _modules(source):
        if name in OTHERS:
            continue
        if name not in FEATURES:
            raise SourceError(f"vLLM {source.version}: {name} has metrics: add it to FEATURES with what brings them")
        module = source.require(name)
        found += [_metric(call, module, constants, FEATURES[name]) for call in calls(module, constants)]
    return [_with_values(metric, constants, source) for metric in found]


def _modules(source: Source) -> Iterator[str]:
    """Modules that make metrics, by name: they call a constructor of prometheus_client, or of a description of one."""
    for path, text in sorted(source.files.items()):
        if _CALL.search(text) and ("prometheus_client" in text or not _PLAIN.search(text)):
            yield path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _metric(call: Call, module: Module, constants: Constants, feature: str) -> Metric:
    kind = _KINDS[call.kind]
    if not isinstance(call.name, str):
        raise SourceError(f"{module.name}: line {call.line}: the name of this metric is not followed: {call.text}")
    labels = call.labels
    if not isinstance(labels, list | tuple) or not all(isinstance(label, str) for label in labels):
        raise SourceError(f"{module.name}: line {call.line}: the labels of {call.name} are not followed")
    condition = "; ".join(part for part in (feature, *call.conditions) if part)
    buckets = _buckets(call.buckets, constants) if kind == "histogram" else None
    name = exposed(call.name, kind)
    return Metric(name=name, kind=kind, labels=tuple(labels), condition=condition, buckets=buckets)


def _buckets(value: Value, constants: Constants) -> tuple[float, ...] | str | None:
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "histogram_buckets":
        family = ast.literal_eval(value.args[0])
        defaults = constants.named(_BUCKETS, "_STATIC_FAMILY_DEFAULTS")
        return tuple(defaults[family]) if family in defaults else "1, 2, 5, 10, 20 and so on up to max_model_len"
    if isinstance(value, list | tuple) and all(isinstance(bound, int | float) for bound in value):
        return tuple(value)
    return None


def _with_values(metric: Metric, constants: Constants, source: Source) -> Metric:
    if metric.name not in _VALUES:
        return metric
    label, module, name = _VALUES[metric.name]
    values = constants.named(module, name)
    if not isinstance(values, list | tuple):
        raise SourceError(f"vLLM {source.version}: {module}.{name}, the values of {label}, is not followed")
    return Metric(**{**vars(metric), "values": {label: tuple(values)}})
