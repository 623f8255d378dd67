"""The page of a node, as kubelet's."""

from prometheus_client.parser import text_string_to_metric_families

from rehearsal.nodes.resource_metrics import text
from rehearsal.nodes.usage import NodeUsage, Usage

USAGE = NodeUsage(
    at=1000.5,
    cpu=12.5,
    memory=700,
    containers={
        ("llm", "pod", "one"): Usage(cpu=1.5, memory=100, started=900.25),
        ("llm", "pod", "two"): Usage(cpu=2.0, memory=200, started=901.0),
    },
)


def test_names_labels_and_milliseconds() -> None:
    lines = text(USAGE).decode().splitlines()
    assert "node_cpu_usage_seconds_total 12.5 1000500" in lines
    assert "node_memory_working_set_bytes 700.0 1000500" in lines
    labels = 'container="one",namespace="llm",pod="pod"'
    assert f"container_cpu_usage_seconds_total{{{labels}}} 1.5 1000500" in lines
    assert f"container_memory_working_set_bytes{{{labels}}} 100.0 1000500" in lines
    assert f"container_start_time_seconds{{{labels}}} 900.25 1000500" in lines
    assert 'pod_cpu_usage_seconds_total{namespace="llm",pod="pod"} 3.5 1000500' in lines
    assert 'pod_memory_working_set_bytes{namespace="llm",pod="pod"} 300.0 1000500' in lines
    assert "# TYPE container_cpu_usage_seconds_total counter" in lines


def test_it_parses() -> None:
    assert sum(len(family.samples) for family in text_string_to_metric_families(text(USAGE).decode())) == 11
