from types import SimpleNamespace
from typing import Any

import pytest

from settings.derived.timeouts import service_timing
from settings.models.pools import PoolFacts
from settings.models.services.vllm import VllmSettings
from settings.validation.drain_warnings import DRAIN_SECONDS, NODE_AND_IMAGE_SECONDS, drain_warnings

SMALL = {"model": "Qwen/Qwen3-0.6B", "pool": "p", "max_model_len": 8192, "weights": {"source": "hub", "size_gib": 1.4}}


def pool(**changes: Any) -> PoolFacts:
    usual = {"kind": "gpu", "instance_types": ("p5.4xlarge",), "gpus_per_node": 1, "desired": 2, "max": 3}
    return PoolFacts.model_validate({**usual, "labels": {}, "taints": (), "update_strategy": "minimal", **changes})


def told(facts: PoolFacts, *, forced: bool = False, **changes: Any) -> list[str]:
    return warned(VllmSettings.model_validate({**SMALL, "replicas": 2, **changes}), facts, forced=forced)


def autoscaled(bounds: dict[str, int], **changes: Any) -> list[str]:
    return warned(VllmSettings.model_validate({**SMALL, "autoscale": bounds, **changes}), pool())


def warned(service: VllmSettings, facts: PoolFacts, *, forced: bool = False) -> list[str]:
    plan = SimpleNamespace(pool={"p": facts}.__getitem__, timings={"chat": service_timing(service, facts)})
    return [str(one) for one in drain_warnings({"chat": service}, plan, forced=forced)]


@pytest.mark.parametrize("size", [1.4, 60.0, 90.0, 140.0, 400.0])
def test_a_replica_that_comes_back_later_than_eks_waits_is_warned_of(size):
    weights = {"source": "hub", "size_gib": size}
    service = VllmSettings.model_validate({**SMALL, "replicas": 2, "weights": weights, "model": "example/large"})
    waits = service_timing(service, pool()).expected + NODE_AND_IMAGE_SECONDS
    found = told(pool(), weights=weights, model="example/large")
    assert bool(found) is (waits > DRAIN_SECONDS)
    if found:
        assert f"services.chat.replicas: a replica takes up to {waits} s" in found[0]


def test_both_outcomes_are_among_the_sizes():
    assert not told(pool())
    assert told(pool(), weights={"source": "hub", "size_gib": 400.0}, model="example/large")


def test_one_replica_waits_for_nobody():
    assert not told(pool(), replicas=1, weights={"source": "hub", "size_gib": 400.0}, model="example/large")


def test_a_forced_update_does_not_wait():
    assert not told(pool(), forced=True, weights={"source": "hub", "size_gib": 400.0}, model="example/large")


def test_two_replicas_on_one_node_cannot_leave_it_under_the_minimal_strategy():
    wide = {"instance_types": ("p5.48xlarge",), "gpus_per_node": 8, "desired": 1, "max": 1}
    found = told(pool(**wide))
    assert len(found) == 1
    assert "pools.p.update_strategy default" in found[0]
    assert not told(pool(**wide, update_strategy="default"))
    assert not told(pool(**wide, update_strategy=None)), "an older platform does not say, and nothing is judged"
    assert not told(pool(**wide, spare_gpus=8)), "a whole node stands free"
    assert told(pool(**wide, spare_gpus=1)), "room for one successor only"
    assert not told(pool(**wide), tensor_parallel=8), "one replica a node"


def test_an_autoscaled_service_is_warned_by_the_setting_that_it_has():
    large = {"weights": {"source": "hub", "size_gib": 400.0}, "model": "example/large"}
    for bounds in ({"max": 4}, {"min": 2, "max": 4}, {"min": 0, "max": 2}):
        (found,) = autoscaled(bounds, **large)
        assert found.startswith("llm-platform:services.chat.autoscale.max: a replica takes up to"), bounds
    assert not autoscaled({"min": 0, "max": 1}, **large), "the only pod goes at once"
