import pytest

from rehearsal.controlplane.client import KubeClient
from tests.rehearsal.kubernetes.driver import Driver

pytestmark = pytest.mark.integration


def test_a_helm_release_is_recorded_and_forgotten(driver: Driver, client: KubeClient, namespace: str) -> None:
    token = "kubernetes:helm.sh/v3:Release"
    values = {"clusterName": "llm", "region": "us-east-1", "vpcId": "vpc-1"}
    inputs = {"chart": "aws-load-balancer-controller", "name": "alb", "namespace": namespace, "values": values}
    made = driver.create(token, "alb", inputs)
    assert made.outputs["status"]["revision"] == 1
    assert driver.update(token, "alb", made, {**inputs, "version": "1.13.0"})["status"]["revision"] == 2
    drift = driver.refreshed(token, "alb", made, inputs)
    assert drift is not None
    assert list(drift.detailed) == ["version"]
    driver.provider.delete(driver.resource(token, "alb"), made.id, inputs, made.outputs, timeout=0)
    assert driver.refreshed(token, "alb", made, inputs) is None
    assert client.list("v1", "Secret", namespace) == []
