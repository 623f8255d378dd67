"""Answers of scrapes as the platform's targets give them, with values that grow as time goes by."""

from collections.abc import Iterator, Mapping
from itertools import product

from monitoring.metrics import Metric, metrics

VLLM = "vllm-0.32.0"
REASONS = {
    "finished_reason": ("stop", "length", "abort", "error", "repetition"),
    "sleep_state": ("awake", "discard_all", "weights_offloaded"),
}
LENGTHS = tuple(digit * 10**power for power in range(6) for digit in (1, 2, 5))[:-1]
"""Buckets of tokens up to a context of 131,072."""
FIRST_TOKENS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Buckets of the gateway's histograms (gateway/policy/metrics.py)."""
GPU_FIELDS = 25
"""Fields of a GPU in DCGM's default list, about."""
CODES, KINDS = ("200", "429", "500"), ("input", "output", "cached")


def engine(seconds: float) -> str:
    """Everything that a vLLM engine without options shows, what the scrapes drop included."""
    own = [metric for metric in metrics(VLLM).values() if not metric.condition]
    lines = [line for metric in own for line in _series(metric, seconds)]
    lines += [f'python_gc_objects_collected_total{{generation="{number}"}} {seconds:.0f}' for number in range(3)]
    lines += [
        f'http_requests_total{{handler="/v1/{number}",method="POST",status="2xx"}} {seconds:.0f}'
        for number in range(40)
    ]
    return _text(lines)


def _series(metric: Metric, seconds: float) -> Iterator[str]:
    known = {
        "engine": ("0",),
        "model_name": ("model",),
        **REASONS,
        **{key: tuple(values) for key, values in metric.values.items()},
    }
    for values in product(*(known.get(label, ("x",)) for label in metric.labels)):
        labels = dict(zip(metric.labels, values, strict=True))
        if metric.type == "histogram":
            buckets = LENGTHS if metric.buckets is None or isinstance(metric.buckets, str) else metric.buckets
            yield from histogram(metric.name, labels, tuple(buckets), seconds)
        else:
            yield f"{metric.name}{_braces(labels)} {seconds * 3:.0f}"
            if metric.type == "counter":
                yield f"{metric.name.removesuffix('_total')}_created{_braces(labels)} 1.7e+09"


def histogram(name: str, labels: Mapping[str, str], buckets: tuple[float, ...], seconds: float) -> Iterator[str]:
    """A histogram in whose buckets two observations a second are spread evenly."""
    total = int(seconds * 2)
    for place, bound in enumerate((*buckets, "+Inf"), start=1):
        yield f"{name}_bucket{_braces({**labels, 'le': str(bound)})} {total * place // (len(buckets) + 1)}"
    yield f"{name}_sum{_braces(labels)} {total * 0.3:.3f}"
    yield f"{name}_count{_braces(labels)} {total}"


def node(seconds: float, containers: int) -> str:
    """A kubelet's ``/metrics/resource``."""
    lines = [
        f"node_cpu_usage_seconds_total {seconds * 2:.2f}",
        f"node_memory_working_set_bytes {5e9 + seconds * 1e5:.0f}",
    ]
    for number in range(containers):
        labels = _braces({"container": "main", "namespace": "llm", "pod": f"pod-{number}"})
        lines.append(f"container_cpu_usage_seconds_total{labels} {seconds * 0.3:.2f}")
        lines.append(f"container_memory_working_set_bytes{labels} {2e9 + seconds * 1e4:.0f}")
        lines.append(f"container_start_time_seconds{labels} 1.7e+09")
    return _text(lines)


def gpus(seconds: float, count: int) -> str:
    """A DCGM exporter's answer."""
    names = ["DEV_GPU_UTIL", "DEV_FB_USED", "DEV_FB_FREE", "DEV_XID_ERRORS", "DEV_POWER_USAGE", "DEV_GPU_TEMP"]
    names += [f"PROF_FIELD_{number}" for number in range(GPU_FIELDS - len(names))]
    lines = []
    for gpu in range(count):
        labels = _braces(
            {"gpu": str(gpu), "UUID": f"GPU-{gpu}", "modelName": "NVIDIA L40S", "hostname": "n", "pod": f"pod-{gpu}"}
        )
        lines += [f"DCGM_FI_{name}{labels} {(seconds + place * 7 + gpu) % 97:.0f}" for place, name in enumerate(names)]
    return _text(lines)


def gateway(seconds: float, services: int, tenants: int) -> str:
    """A gateway's answer: each tenant uses three services."""
    lines = []
    for tenant in range(tenants):
        for model in {(tenant + step * 7) % services for step in range(3)}:
            pair = {"tenant": f"tenant-{tenant}", "model": f"prod/service-{model}"}
            lines += [f"llm_gateway_requests_total{_braces({**pair, 'code': code})} {seconds:.0f}" for code in CODES]
            lines += [f"llm_gateway_tokens_total{_braces({**pair, 'kind': kind})} {seconds * 50:.0f}" for kind in KINDS]
        lines.append(f'llm_gateway_budget_used_ratio{{tenant="tenant-{tenant}"}} 0.3')
    for model in range(services):
        labels = {"model": f"prod/service-{model}"}
        lines += [f"llm_gateway_{name}{_braces(labels)} 2" for name in ("ready_replicas", "in_flight", "held_requests")]
        lines += [
            f"llm_gateway_service_setting{_braces({**labels, 'setting': name})} 2"
            for name in ("replicas", "replica_usd_per_hour", "ttft_p95_seconds")
        ]
        for name in ("first_token", "duration"):
            lines += histogram(f"llm_gateway_{name}_seconds", labels, FIRST_TOKENS, seconds)
    return _text(lines)


def envoy(seconds: float, services: int) -> str:
    """Those of Envoy's metrics that are kept for each cluster."""
    names = ("membership_healthy", "membership_total", "upstream_cx_connect_fail", "upstream_rq_active")
    names += ("upstream_rq_pending_overflow", "upstream_rq_retry", "upstream_rq_timeout")
    lines = [
        f'envoy_cluster_{name}{{envoy_cluster_name="service-{number}"}} {seconds:.0f}'
        for number in range(services)
        for name in names
    ]
    lines += [
        f'envoy_cluster_upstream_rq_xx{{envoy_cluster_name="service-{number}",envoy_response_code_class="{code}"}} {seconds:.0f}'
        for number in range(services)
        for code in (2, 4, 5)
    ]
    return _text(lines)


def karpenter(seconds: float, nodes: int) -> str:
    """Karpenter's series of nodes."""
    lines = []
    for number in range(nodes):
        for name, kind in product(("allocatable", "total_pod_requests"), range(8)):
            labels = {
                "node_name": f"node-{number}",
                "nodepool": "gpu",
                "resource_type": f"r{kind}",
                "zone": "a",
                "arch": "amd64",
            }
            lines.append(f"karpenter_nodes_{name}{_braces(labels)} {seconds % 50:.0f}")
    return _text(lines)


def _braces(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
