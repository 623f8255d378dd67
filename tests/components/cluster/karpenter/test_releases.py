from functools import cache
from typing import Any

from tests.components.builders import KARPENTER_POOLS, cluster, karpenter
from tests.deployment import Registration


def release(name: str) -> Registration:
    return karpenter().one("Release", f"llm-karpenter-{name}")


@cache
def values() -> dict[str, Any]:
    return dict(release("controller").inputs["values"])


def test_crds_have_a_release_of_their_own_which_is_made_first() -> None:
    crds, controller = release("crd"), release("controller")
    assert (crds.inputs["name"], controller.inputs["name"]) == ("karpenter-crd", "karpenter")
    assert {crds.inputs["namespace"], controller.inputs["namespace"]} == {"kube-system"}
    assert crds.urn in controller.depends_on


def test_both_charts_are_pinned_to_one_version() -> None:
    assert release("crd").inputs["version"] == release("controller").inputs["version"] == "1.14.1"


def test_the_controller_knows_cluster_queue_region_and_role() -> None:
    settings = values()["settings"]
    assert settings["clusterName"] == "llm-dev"
    assert settings["interruptionQueue"] == "llm-dev"
    assert settings["featureGates"] == {"nodeRepair": False, "spotToSpotConsolidation": False}
    assert values()["controller"]["env"] == [{"name": "AWS_REGION", "value": "us-east-1"}]
    account = values()["serviceAccount"]
    assert account["name"] == "karpenter"
    assert account["annotations"]["eks.amazonaws.com/role-arn"].endswith(":llm-karpenter")


def test_features_are_choices() -> None:
    made = cluster(pools=KARPENTER_POOLS, karpenter={"node_repair": True, "spot_to_spot_consolidation": True})
    chosen = made.one("Release", "llm-karpenter-controller").inputs["values"]["settings"]["featureGates"]
    assert chosen == {"nodeRepair": True, "spotToSpotConsolidation": True}
    assert made.one("eks:index:Addon", "llm-eks-node-monitoring-agent"), "or no GPU fault is ever found"


def test_a_vpc_without_internet_is_a_choice() -> None:
    assert values()["settings"]["isolatedVPC"] is False
    made = cluster(pools=KARPENTER_POOLS, karpenter={"isolated_vpc": True})
    assert made.one("Release", "llm-karpenter-controller").inputs["values"]["settings"]["isolatedVPC"] is True


def test_two_replicas_request_what_the_chart_recommends() -> None:
    assert values()["replicas"] == 2
    assert values()["controller"]["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}


def test_it_runs_on_the_system_pool_and_never_on_a_node_of_its_own() -> None:
    required = values()["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (term,) = required["nodeSelectorTerms"]
    assert {"key": "llm-platform/pool", "operator": "In", "values": ["system"]} in term["matchExpressions"]
    assert {"key": "karpenter.sh/nodepool", "operator": "DoesNotExist"} in term["matchExpressions"]
    assert "podAntiAffinity" not in values()["affinity"], "the chart's own is kept"


def test_it_starts_when_names_and_the_metrics_api_answer_and_is_gone_before_its_rights() -> None:
    assert {"llm-system", "llm-coredns", "llm-metrics-server"} <= {
        urn.rpartition("::")[2] for urn in release("crd").depends_on
    }
    policy = karpenter().one("aws:iam/rolePolicy:RolePolicy", "llm-karpenter")
    assert policy.urn in release("controller").depends_on
