"""Kubelet's ``/metrics/resource`` of one node: CPU and memory of node, pods and containers, for metrics-server.

Names, types and labels are kubelet's (kubernetes.io/docs/reference/instrumentation/metrics, "resource").
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rehearsal.nodes.usage import NodeUsage

_CONTAINER, _POD = ("container", "namespace", "pod"), ("namespace", "pod")
_CPU, _MEMORY = "Cumulative cpu time consumed by the {} in core-seconds", "Current working set of the {} in bytes"
Values = Mapping[tuple[str, ...], float]


def text(usage: NodeUsage) -> bytes:
    """The page, in Prometheus' text format; each sample has the time it was taken at, in milliseconds."""
    registry = CollectorRegistry()
    registry.register(_Sample(usage))
    return generate_latest(registry)


class _Sample(Collector):
    def __init__(self, usage: NodeUsage) -> None:
        self._usage = usage

    def collect(self) -> Iterator[Metric]:
        """Metric families of one moment."""
        usage = self._usage
        cpu: dict[tuple[str, ...], float] = {}
        memory: dict[tuple[str, ...], float] = {}
        started: dict[tuple[str, ...], float] = {}
        for (namespace, pod, container), one in usage.containers.items():
            key = (container, namespace, pod)
            cpu[key], memory[key], started[key] = one.cpu, one.memory, one.started
        yield self._family("node_cpu_usage_seconds_total", _CPU.format("node"), (), {(): usage.cpu})
        yield self._family("node_memory_working_set_bytes", _MEMORY.format("node"), (), {(): usage.memory})
        yield self._family("container_cpu_usage_seconds_total", _CPU.format("container"), _CONTAINER, cpu)
        yield self._family("container_memory_working_set_bytes", _MEMORY.format("container"), _CONTAINER, memory)
        about = "Start time of the container since unix epoch in seconds"
        yield self._family("container_start_time_seconds", about, _CONTAINER, started)
        yield self._family("pod_cpu_usage_seconds_total", _CPU.format("pod"), _POD, _by_pod(cpu))
        yield self._family("pod_memory_working_set_bytes", _MEMORY.format("pod"), _POD, _by_pod(memory))
        about = "1 if there was an error while getting container metrics, 0 otherwise"
        yield self._family("resource_scrape_error", about, (), {(): 0})

    def _family(self, name: str, about: str, labels: tuple[str, ...], values: Values) -> Metric:
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        family = kind(name, about, labels=labels)
        for key, value in values.items():
            family.add_metric(key, value, timestamp=self._usage.at)
        return family


def _by_pod(values: Values) -> Values:
    """Sums over the containers of each pod."""
    sums: dict[tuple[str, ...], float] = {}
    for (_, *pod), value in values.items():
        sums[tuple(pod)] = sums.get(tuple(pod), 0.0) + value
    return sums
