"""What is sampled beside a load."""

from typing import Any

import pytest

from planner.cost.prices import list_prices
from rehearsal.commands.load_samples import Sample, Sampler, Watched, dollars, line
from rehearsal.controlplane.errors import KubeError
from rehearsal.monitoring.prometheus import Series
from rehearsal.monitoring.proxied import ReadError


def node(name: str, capacity: str, *, ready: bool = True) -> dict[str, Any]:
    labels = {
        "accelerator": "nvidia",
        "node.kubernetes.io/instance-type": "g5.xlarge",
        "karpenter.sh/capacity-type": capacity,
    }
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions, "capacity": {}}}


class Cluster:
    """A cluster that may not answer."""

    def __init__(self) -> None:
        self.nodes = [node("a", "spot"), node("b", "on-demand"), node("c", "spot", ready=False)]
        self.away = False

    def list(self, _: str, kind: str) -> list[dict[str, Any]]:
        if self.away:
            raise KubeError("away")
        workload = {"metadata": {"name": "m"}, "spec": {"replicas": 3}, "status": {"readyReplicas": 2}}
        return {"Node": self.nodes, "Deployment": [workload], "StatefulSet": []}[kind]


class Metrics:
    """A Prometheus with one value for everything, or none."""

    def __init__(self, value: float | None) -> None:
        self.value = value

    def query(self, expression: str) -> list[Series]:
        assert 'service=~"(.+/)?m"' in expression
        if self.value is None:
            raise ReadError("away")
        return [Series(labels={}, points=[(0, self.value)])]


def sampled(cluster: Cluster, metrics: Metrics | None) -> list[Sample]:
    watched: Any = Watched(client=cluster, prometheus=metrics, service="m")
    with Sampler(watched, seconds=60) as sampler:
        pass
    return sampler.samples


def test_a_moment():
    first, *_, last = sampled(Cluster(), Metrics(4.0))
    assert (first.waiting, first.running, first.ttft) == (4.0, 4.0, 4.0)
    assert (first.wanted, first.ready, first.nodes) == (3, 2, 2)
    prices = list_prices()
    assert first.usd_per_hour == pytest.approx(prices.nodes["g5.xlarge"].usd * (2 - prices.spot_discount))
    assert last.at >= first.at


@pytest.mark.parametrize("metrics", [None, Metrics(None), Metrics(float("nan"))])
def test_without_metrics_the_rest_is_sampled(metrics):
    [first, *_] = sampled(Cluster(), metrics)
    assert (first.waiting, first.nodes) == (None, 2)
    assert line([first], lambda one: one.waiting) == []


def test_while_the_api_server_is_away_there_is_no_sample():
    cluster = Cluster()
    cluster.away = True
    assert sampled(cluster, None) == []


def test_dollars_of_a_run():
    def at(seconds: float, usd: float) -> Sample:
        return Sample(at=seconds, waiting=None, running=None, wanted=1, ready=1, nodes=1, ttft=None, usd_per_hour=usd)

    assert dollars([at(0, 3.6), at(1800, 7.2), at(3600, 0)]) == pytest.approx(1.8 + 3.6)
    assert dollars([]) == 0
