from types import SimpleNamespace

import pytest

from planner.cost.items import ServiceCost
from settings.derived.alert_settings import replica_usd_per_hour


def cost(**values):
    given = {"gpus": 8, "gpu_usd_per_hour": 11.36, "spot_gpu_usd_per_hour": None, "load_balancer_usd_per_hour": 0.0225}
    return ServiceCost(name="chat", tokens=None, **{**given, **values})


def replica(found, most_replicas):
    plan = SimpleNamespace(cost=SimpleNamespace(services=(found,)))
    return replica_usd_per_hour("chat", SimpleNamespace(most_replicas=most_replicas), plan)


def test_a_replica_costs_its_part_of_the_most_without_the_load_balancer():
    assert replica(cost(), 8) == pytest.approx(1.42)


def test_the_volume_of_a_pod_counts():
    without_gpus = {"gpus": 0, "gpu_usd_per_hour": None, "vcpus": 8, "cpu_usd_per_hour": 0.4}
    assert replica(cost(**without_gpus, volumes_usd_per_hour=0.02), 2) == pytest.approx(0.21)


def test_a_price_that_is_not_known_gives_no_cost():
    assert replica(cost(gpu_usd_per_hour=None), 8) is None
    assert replica(cost(load_balancer_usd_per_hour=None), 8) == pytest.approx(1.42)
