from settings.derived.priorities import CRITICAL
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


def test_classes_of_services_are_made_where_the_platform_has_them():
    names = {one.inputs["metadata"]["name"]: one.inputs for one in cluster(priorities=True).of_type("PriorityClass")}
    assert names.keys() == {CRITICAL, "llm-platform-low", "llm-platform-high"}
    low, high = (names[f"llm-platform-{one}"]["value"] for one in ("low", "high"))
    assert low < 0 < high < names[CRITICAL]["value"]
    assert all("preemptionPolicy" not in one and "globalDefault" not in one for one in names.values())
    assert len(cluster().of_type("PriorityClass")) == 1


def test_workloads_wait_for_the_classes():
    made = cluster(priorities=True)
    waits = made.one("LogGroup", "workload").depends_on
    assert {one.urn for one in made.of_type("PriorityClass")} <= set(waits)
