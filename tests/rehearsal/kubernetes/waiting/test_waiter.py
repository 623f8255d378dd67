"""Waiting, with real controllers and a real scheduler; the test is the kubelet."""

import concurrent.futures
from typing import Any

import pytest

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.plugins.errors import InitFailedError
from rehearsal.plugins.provider import Created
from tests.rehearsal.kubernetes.driver import DEPLOYMENT, RUNNING, Driver, deployment, kubelet

pytestmark = pytest.mark.integration


def test_a_deployment_is_awaited_and_does_not_drift(driver: Driver, client: KubeClient, namespace: str) -> None:
    inputs = deployment(
        namespace, resources={"requests": {"memory": "1024Mi", "cpu": "0.5"}}, env=[{"name": "A", "value": ""}]
    )
    with kubelet(client, "await", **RUNNING):
        made = driver.create(DEPLOYMENT, "web", inputs)
        assert made.id == f"{namespace}/web"
        assert made.outputs["status"]["availableReplicas"] == 1
        assert "managedFields" not in made.outputs["metadata"]
        clean = driver.refreshed(DEPLOYMENT, "web", made, inputs)
        assert clean is not None
        assert not clean.changed

        inputs["spec"]["template"]["spec"]["containers"][0]["image"] = "example.com/web:2"
        outputs = driver.update(DEPLOYMENT, "web", made, inputs)
        assert outputs["status"]["updatedReplicas"] == outputs["status"]["replicas"] == 1
        (pod,) = client.list("v1", "Pod", namespace, label_selector="app=web")
        assert pod["spec"]["containers"][0]["image"] == "example.com/web:2"

        client.patch("apps/v1", "Deployment", "web", namespace, {"spec": {"replicas": 2}}, subresource="scale")
        inputs["spec"]["replicas"] = 1
        scaled = driver.refreshed(DEPLOYMENT, "web", made, inputs)
        assert scaled is not None
        assert dict(scaled.detailed) == {"spec.replicas": "update"}

        driver.delete(DEPLOYMENT, "web", made.id)
        assert driver.refreshed(DEPLOYMENT, "web", made, inputs) is None
        assert client.list("v1", "Pod", namespace, label_selector="app=web") == []


def test_an_unschedulable_pod_fails_with_the_schedulers_reason(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    inputs = deployment(namespace, resources={"limits": {"nvidia.com/gpu": "2"}})
    with kubelet(client, "small", **RUNNING), pytest.raises(InitFailedError) as failure:
        driver.create(DEPLOYMENT, "web", inputs, timeout=120)
    assert "0/1 nodes are available: 1 Insufficient nvidia.com/gpu" in str(failure.value)
    assert failure.value.id == f"{namespace}/web"
    assert failure.value.outputs["metadata"]["uid"]


def test_a_missing_image_is_told(driver: Driver, client: KubeClient, namespace: str) -> None:
    waiting = {"reason": "ErrImagePull", "message": "example.com/web:1: not in the table"}
    state: Object = {
        "name": "c",
        "image": "",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": waiting},
    }
    status = {"phase": "Pending", "containerStatuses": [state]}
    with kubelet(client, "pull", **status), pytest.raises(InitFailedError, match=r"ErrImagePull: example.com/web:1"):
        driver.create(DEPLOYMENT, "web", deployment(namespace))


JOB = "kubernetes:batch/v1:Job"


def job_ending(code: int) -> dict[str, Any]:
    """What a kubelet reports of a Job's pod that ended."""
    ended = {"exitCode": code, "reason": "Error" if code else "Completed", "message": "no such model"}
    state = {
        "name": "mirror",
        "image": "",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": ended},
    }
    return {"phase": "Failed" if code else "Succeeded", "containerStatuses": [state]}


def mirror(namespace: str, **annotations: str) -> dict[str, Any]:
    pod = {
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "mirror", "image": "example.com/mirror:1"}],
    }
    return {
        "metadata": {"name": "mirror", "namespace": namespace, "annotations": annotations},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def test_a_failed_job_tells_its_pods_last_words(driver: Driver, client: KubeClient, namespace: str) -> None:
    with (
        kubelet(client, "job", **job_ending(3)),
        pytest.raises(InitFailedError, match=r"BackoffLimitExceeded.*exited with code 3: no such model"),
    ):
        driver.create(JOB, "mirror", mirror(namespace))


def test_a_job_that_failed_is_replaced_where_it_asks_for_it(driver: Driver, client: KubeClient, namespace: str) -> None:
    """Fail, fix, again: without the annotation the same failed Job would be awaited for ever."""
    plain, asking = mirror(namespace), mirror(namespace, **{"pulumi.com/replaceUnready": "true"})
    with kubelet(client, "fails", **job_ending(3)), pytest.raises(InitFailedError) as failure:
        driver.create(JOB, "mirror", plain)
    failed = Created(id=failure.value.id, outputs=failure.value.outputs)

    unchanged = driver.diffed(JOB, "mirror", failed, plain, plain)
    assert not unchanged.changed
    again = driver.diffed(JOB, "mirror", failed, asking, asking)
    assert again.replaces == ['metadata.annotations["pulumi.com/replaceUnready"]']
    assert again.delete_before_replace, "the name is the same"
    upgraded = driver.diffed(JOB, "mirror", failed, plain, asking)
    assert upgraded.replaces, "the inputs of now decide, so a Job of an older program is helped too"

    driver.delete(JOB, "mirror", failed.id)
    with kubelet(client, "works", **job_ending(0)):
        made = driver.create(JOB, "mirror", asking)
    assert not driver.diffed(JOB, "mirror", made, asking, asking).changed
    added = driver.diffed(JOB, "mirror", made, plain, asking)
    assert added.changed
    assert not added.replaces, "a Job that succeeded gets the annotation in place"
    driver.delete(JOB, "mirror", made.id)
    assert not driver.diffed(JOB, "mirror", made, asking, asking).changed, "removed after it was done"


def test_a_job_that_still_runs_counts_as_unready(driver: Driver, client: KubeClient, namespace: str) -> None:
    asking = mirror(namespace, **{"pulumi.com/replaceUnready": "true"})
    with kubelet(client, "slow", phase="Running"), pytest.raises(InitFailedError) as failure:
        driver.create(JOB, "mirror", asking, timeout=3)
    running = Created(id=failure.value.id, outputs=failure.value.outputs)
    assert driver.diffed(JOB, "mirror", running, asking, asking).replaces


def test_a_load_balancer_waits_for_pods_and_address(driver: Driver, client: KubeClient, namespace: str) -> None:
    service = {
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    token = "kubernetes:core/v1:Service"
    idle = {"metadata": {"name": "idle", "namespace": namespace}, "spec": {**service["spec"], "type": "ClusterIP"}}
    assert driver.create(token, "idle", idle).outputs["spec"]["clusterIP"]
    with kubelet(client, "lb", **RUNNING), concurrent.futures.ThreadPoolExecutor() as pool:
        driver.create(DEPLOYMENT, "web", deployment(namespace))
        with pytest.raises(InitFailedError, match="load balancer has no address yet") as failure:
            driver.create(token, "web", service, timeout=5)
        started = Created(id=failure.value.id, outputs=failure.value.outputs)
        waiting = pool.submit(driver.update, token, "web", started, service)
        address = {"status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.9"}]}}}
        client.patch("v1", "Service", "web", namespace, address, subresource="status")
        made = Created(id=started.id, outputs=waiting.result())
        assert made.outputs["status"]["loadBalancer"]["ingress"][0]["ip"] == "127.0.0.9"
        clean = driver.refreshed(token, "web", made, service)
        assert clean is not None
        assert not clean.changed
