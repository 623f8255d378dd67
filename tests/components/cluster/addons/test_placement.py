from functools import cache
from typing import Any

import pytest

from tests.components.builders import KARPENTER_POOLS, POOLS, cluster
from tests.harness import Deployment

SYSTEM = {"llm-platform/pool": "system"}


@cache
def deployed(*, karpenter: bool) -> Deployment:
    return cluster(pools=KARPENTER_POOLS if karpenter else POOLS)


def configuration(addon: str, *, karpenter: bool) -> Any:
    return deployed(karpenter=karpenter).one("eks:index:Addon", f"llm-{addon}").inputs.get("configurationValues")


@pytest.mark.parametrize("addon", ["coredns", "metrics-server"])
def test_pods_of_an_add_on_are_on_the_system_pool_beside_pools_of_karpenter(addon):
    assert configuration(addon, karpenter=True) == {"nodeSelector": SYSTEM}


def test_the_ebs_controller_is_on_the_system_pool_and_its_daemon_set_on_every_node():
    values = configuration("aws-ebs-csi-driver", karpenter=True)
    assert values["controller"]["nodeSelector"] == SYSTEM
    assert "node" not in values


def test_the_load_balancer_controller_is_on_the_system_pool():
    release = deployed(karpenter=True).one("Release", "llm-load-balancer-controller")
    assert release.inputs["values"]["nodeSelector"] == SYSTEM


@pytest.mark.parametrize("addon", ["coredns", "metrics-server"])
def test_add_ons_of_a_stack_of_node_groups_are_configured_as_before(addon):
    assert configuration(addon, karpenter=False) is None


def test_the_ebs_controller_of_a_stack_of_node_groups_has_no_selector():
    assert "nodeSelector" not in configuration("aws-ebs-csi-driver", karpenter=False)["controller"]


def test_the_load_balancer_controller_of_a_stack_of_node_groups_has_no_selector():
    release = deployed(karpenter=False).one("Release", "llm-load-balancer-controller")
    assert "nodeSelector" not in release.inputs["values"]
