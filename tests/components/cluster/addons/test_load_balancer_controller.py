from functools import cache

from tests.components.builders import cluster
from tests.harness import Deployment


@cache
def deployed() -> Deployment:
    return cluster()


def test_the_load_balancer_controller_is_the_one_helm_release():
    release = deployed().one("Release")
    values = release.inputs["values"]
    assert release.inputs["chart"] == "aws-load-balancer-controller"
    assert (values["clusterName"], values["region"], values["vpcId"]) == ("llm-dev", "us-east-1", "llm-id")
    role = values["serviceAccount"]["annotations"]["eks.amazonaws.com/role-arn"]
    assert role.endswith(":llm-load-balancer-controller")
    assert values["enableServiceMutatorWebhook"] is False


def test_it_waits_for_names_and_for_the_metrics_api():
    waited = {urn.rpartition("::")[2] for urn in deployed().one("Release").depends_on}
    assert {"llm-system", "llm-coredns", "llm-metrics-server"} <= waited


def test_it_requests_what_the_system_pool_is_planned_with():
    values = deployed().one("Release").inputs["values"]
    assert values["resources"] == {"requests": {"cpu": "100m", "memory": "128Mi"}}
    assert values["replicaCount"] == 2


def test_it_does_not_wait_for_what_an_isolated_network_has_no_endpoint_of():
    made = cluster(karpenter={"isolated_vpc": True}).one("Release").inputs["values"]
    assert {
        key: value for key, value in made.items() if key.startswith("enable") and key != "enableServiceMutatorWebhook"
    } == {
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
    }
    usual = deployed().one("Release").inputs["values"]
    assert not {"enableShield", "enableWaf", "enableWafv2"} & set(usual)
