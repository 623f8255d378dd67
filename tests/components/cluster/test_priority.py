from components.cluster.priority import CRITICAL
from tests.components.builders import cluster

SYSTEM_CLUSTER_CRITICAL = 2_000_000_000
HIGHEST_OF_USERS = 1_000_000_000


def test_the_class_is_below_the_controllers_and_above_everything_without_one():
    made = cluster().one("PriorityClass").inputs
    assert made["metadata"]["name"] == CRITICAL == "llm-platform-critical"
    assert 0 < made["value"] <= HIGHEST_OF_USERS < SYSTEM_CLUSTER_CRITICAL
    assert "globalDefault" not in made


def test_every_pod_of_ours_in_kube_system_has_a_system_class():
    deployed = cluster()
    plugin = deployed.one("DaemonSet").inputs["spec"]["template"]["spec"]
    controller = deployed.one("Release", "llm-load-balancer-controller").inputs["values"]
    assert plugin["priorityClassName"] == "system-node-critical"
    assert controller["priorityClassName"] == "system-cluster-critical"
