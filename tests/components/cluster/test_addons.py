from components.cluster.addons import ADDONS
from tests.components.builders import cluster


def test_each_add_on_comes_after_those_that_it_waits_for():
    keys = [addon.key for addon in ADDONS]
    assert len(set(keys)) == len(keys)
    for position, addon in enumerate(ADDONS):
        assert set(addon.after) <= set(keys[:position]), addon.key


def test_workloads_wait_for_the_system_pool_and_for_add_ons_but_the_device_plugin():
    waited = {urn.rpartition("::")[2] for urn in cluster().one("LogGroup", "workload").depends_on}
    assert "llm-nvidia-device-plugin" not in waited
    assert waited >= {
        "llm-system",
        "llm-coredns",
        "llm-metrics-server",
        "llm-aws-ebs-csi-driver",
        "llm-load-balancer-controller",
    }
