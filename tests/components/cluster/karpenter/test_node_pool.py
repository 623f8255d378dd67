from typing import Any

from components.cluster.karpenter.node_pool import BUDGETS
from settings.models.pools import GPU_TAINT
from tests.components.builders import KARPENTER_POOLS, cluster, karpenter
from tests.deployment import Deployment, Registration


def node_pool(name: str = "g5-burst", run: Deployment | None = None) -> Registration:
    return (run or karpenter()).one("kubernetes:karpenter.sh/v1:NodePool", f"llm-karpenter-{name}")


def template(name: str = "g5-burst") -> dict[str, Any]:
    return dict(node_pool(name).inputs["spec"]["template"])


def requirements(name: str) -> dict[str, list[str]]:
    listed = template(name)["spec"]["requirements"]
    assert {one["operator"] for one in listed} == {"In"}
    return {one["key"]: one["values"] for one in listed}


def test_nodes_are_of_the_pools_types_capacity_and_zones() -> None:
    assert requirements("g5-burst") == {
        "node.kubernetes.io/instance-type": ["g5.2xlarge", "g5.12xlarge"],
        "karpenter.sh/capacity-type": ["spot", "on-demand"],
        "kubernetes.io/arch": ["amd64"],
        "topology.kubernetes.io/zone": ["us-east-1a"],
    }
    assert requirements("x86-burst")["karpenter.sh/capacity-type"] == ["on-demand"]
    assert requirements("x86-burst")["topology.kubernetes.io/zone"] == ["us-east-1a", "us-east-1b"]


def test_labels_and_taints_are_those_of_node_groups() -> None:
    assert template()["metadata"]["labels"] == {"llm-platform/pool": "g5-burst", "accelerator": "nvidia"}
    assert template()["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert template("x86-burst")["metadata"]["labels"] == {"llm-platform/pool": "x86-burst"}
    assert template("x86-burst")["spec"]["taints"] == []


def test_the_device_plugin_runs_on_its_nodes() -> None:
    """Otherwise Karpenter never counts a node as initialized, and replaces it in a loop."""
    pod = karpenter().one("DaemonSet", "llm-nvidia-device-plugin").inputs["spec"]["template"]["spec"]
    labels, (taint,) = template()["metadata"]["labels"], template()["spec"]["taints"]
    assert pod["nodeSelector"].items() <= labels.items()
    assert {"key": taint["key"], "operator": "Exists", "effect": taint["effect"]} in pod["tolerations"]


def test_it_names_the_node_class_of_its_own_name() -> None:
    reference = template()["spec"]["nodeClassRef"]
    assert reference == {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "g5-burst"}


def test_limits_are_gpus_or_vcpus() -> None:
    assert node_pool().inputs["spec"]["limits"] == {GPU_TAINT: "4"}
    assert node_pool("x86-burst").inputs["spec"]["limits"] == {"cpu": "32"}


def test_nodes_end_in_bounded_time() -> None:
    assert template()["spec"]["expireAfter"] == "720h"
    assert template()["spec"]["terminationGracePeriod"] == "1800s"
    assert node_pool().timeouts == {"delete": "2700s"}


def test_consolidation_is_cautious_on_protected_stacks() -> None:
    plain = node_pool().inputs["spec"]["disruption"]
    protected = node_pool(run=cluster(pools=KARPENTER_POOLS, protect=True)).inputs["spec"]["disruption"]
    assert (plain["consolidationPolicy"], plain["consolidateAfter"]) == ("WhenEmptyOrUnderutilized", "300s")
    assert (protected["consolidationPolicy"], protected["consolidateAfter"]) == ("WhenEmpty", "600s")


def test_every_reason_has_one_budget() -> None:
    assert node_pool().inputs["spec"]["disruption"]["budgets"] == [dict(budget) for budget in BUDGETS]
    reasons = [reason for budget in BUDGETS for reason in budget["reasons"]]
    assert sorted(reasons) == ["Drifted", "Empty", "Underutilized"]


def test_it_is_deleted_after_workloads_and_before_its_node_class() -> None:
    made = karpenter()
    node_class = made.one("EC2NodeClass", "llm-karpenter-g5-burst")
    assert node_class.urn in node_pool().depends_on
    assert node_pool().urn in made.one("aws:cloudwatch/logGroup:LogGroup", "workload").depends_on
