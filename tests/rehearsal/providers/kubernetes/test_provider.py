"""The provider's hooks against a real API server, its controllers and its scheduler; the test is the kubelet."""

import concurrent.futures
import contextlib
import threading
import time
from typing import Any

import pytest

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.providers.errors import InitFailedError, ProviderError
from rehearsal.providers.kubernetes.provider import KubernetesProvider
from rehearsal.providers.plugin import Created, Diff, Resource
from rehearsal.providers.wire import UNKNOWN, Properties, Secret, unwrap
from tests.rehearsal.controlplane.running import ControlPlane, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("control-plane")]
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


class Driver:
    """Calls the hooks in the engine's order and keeps what the engine would keep."""

    def __init__(self, plane: ControlPlane) -> None:
        self.provider = KubernetesProvider()
        self.provider.configure({"kubeconfig": plane.world.admin_kubeconfig.read_text()})

    def resource(self, token: str, name: str) -> Resource:
        return Resource(urn=f"urn:pulumi:dev::p::{token}::{name}", type=token, name=name)

    def check(self, token: str, name: str, inputs: Properties, olds: Properties | None = None) -> Properties:
        checked = self.provider.check(self.resource(token, name), olds or {}, inputs, b"")
        assert not checked.failures
        plain: Properties = unwrap(checked.inputs)
        return plain

    def create(
        self, token: str, name: str, inputs: Properties, *, preview: bool = False, timeout: float = 60
    ) -> Created:
        checked = self.check(token, name, inputs)
        return self.provider.create(self.resource(token, name), checked, preview=preview, timeout=timeout)

    def update(
        self, token: str, name: str, made: Created, news: Properties, *, preview: bool = False, timeout: float = 60
    ) -> Properties:
        return self.provider.update(
            self.resource(token, name),
            made.id,
            old_inputs={},
            old_outputs=unwrap(made.outputs),
            news=self.check(token, name, news),
            ignore_changes=[],
            preview=preview,
            timeout=timeout,
        )

    def refreshed(self, token: str, name: str, made: Created, inputs: Properties) -> Diff | None:
        checked = self.check(token, name, inputs)
        found = self.provider.read(self.resource(token, name), made.id, checked, unwrap(made.outputs))
        if found is None:
            return None
        return self.provider.diff(
            self.resource(token, name),
            made.id,
            old_inputs=unwrap(found.inputs),
            old_outputs=unwrap(found.outputs),
            news=checked,
            ignore_changes=[],
        )

    def delete(self, token: str, name: str, resource_id: str, timeout: float = 30) -> None:
        self.provider.delete(self.resource(token, name), resource_id, {}, {}, timeout=timeout)


@pytest.fixture
def driver(plane: ControlPlane) -> Any:
    made = Driver(plane)
    yield made
    made.provider.cancelled.set()
    made.provider.objects.client.close()


@pytest.fixture
def namespace(driver: Driver, client: KubeClient, request: pytest.FixtureRequest) -> Any:
    name = request.node.name.removeprefix("test_").replace("_", "-")[:50].strip("-")
    driver.create("kubernetes:core/v1:Namespace", name, {"metadata": {"name": name}})
    until(lambda: client.get("v1", "ServiceAccount", "default", name))
    yield name
    client.delete("v1", "Namespace", name)


def deployment(namespace: str, name: str = "web", **container: Any) -> Properties:
    labels = {"app": name}
    pod = {
        "containers": [{"name": "c", "image": "example.com/web:1", **container}],
        "terminationGracePeriodSeconds": 0,
        "tolerations": [{"operator": "Exists"}],
    }
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


@contextlib.contextmanager
def kubelet(client: KubeClient, name: str, **pod_status: Any) -> Any:
    """A node of the test's own: it says that it is ready, and reports ``pod_status`` for whatever runs on it."""
    capacity = {"cpu": "4", "memory": "8Gi", "pods": "50"}
    with contextlib.suppress(NotFoundError):
        client.delete("v1", "Node", name)
    client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    ready = {"type": "Ready", "status": "True", "reason": "Test"}
    status = {"capacity": capacity, "allocatable": capacity, "conditions": [ready]}
    client.patch("v1", "Node", name, None, {"status": status}, subresource="status")
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.2):
            for pod in client.list("v1", "Pod", field_selector=f"spec.nodeName={name}"):
                where = (pod["metadata"]["name"], pod["metadata"]["namespace"])
                with contextlib.suppress(NotFoundError):
                    if pod["metadata"].get("deletionTimestamp"):
                        client.delete("v1", "Pod", *where, grace_period_seconds=0)
                    elif pod["status"].get("phase") == "Pending":
                        client.patch("v1", "Pod", *where, {"status": pod_status}, subresource="status")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        client.delete("v1", "Node", name)


RUNNING: dict[str, Any] = {
    "phase": "Running",
    "podIP": "10.0.2.9",
    "podIPs": [{"ip": "10.0.2.9"}],
    "conditions": [{"type": "Ready", "status": "True"}],
}


def test_a_typo_is_an_error_with_its_path_in_preview(driver: Driver, namespace: str) -> None:
    path = r"\.spec\.template\.spec\.containers\[0\]\.imagee: unknown field"
    for place in (namespace, "not-made-yet"):
        with pytest.raises(ProviderError, match=path):
            driver.create(DEPLOYMENT, "web", deployment(place, imagee="x"), preview=True)
    unknown = deployment(namespace, imagee="x", args=[UNKNOWN])
    with pytest.raises(ProviderError, match=path):
        driver.create(DEPLOYMENT, "web", unknown, preview=True)


def test_a_preview_makes_nothing_and_knows_the_name(driver: Driver, client: KubeClient, namespace: str) -> None:
    planned = driver.create(DEPLOYMENT, "web", deployment(namespace), preview=True)
    assert planned.id == ""
    assert planned.outputs["metadata"]["name"] == "web"
    assert planned.outputs["metadata"]["uid"] is UNKNOWN
    assert planned.outputs["status"] is UNKNOWN
    with pytest.raises(NotFoundError):
        client.get("apps/v1", "Deployment", "web", namespace)


def test_a_rule_of_the_api_is_told_in_preview(driver: Driver, namespace: str) -> None:
    wrong = deployment(namespace)
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    with pytest.raises(ProviderError, match="`selector` does not match template `labels`"):
        driver.create(DEPLOYMENT, "web", wrong, preview=True)


def test_a_replacement_under_the_same_name_previews(driver: Driver, namespace: str) -> None:
    old = deployment(namespace)
    old["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    driver.create(DEPLOYMENT, "web", old)
    new = deployment(namespace)
    new["spec"]["selector"]["matchLabels"] = new["spec"]["template"]["metadata"]["labels"] = {"app": "renamed"}
    assert driver.create(DEPLOYMENT, "web", new, preview=True).outputs["metadata"]["name"] == "web"


def test_a_conflict_names_the_other_manager(driver: Driver, client: KubeClient, namespace: str) -> None:
    inputs = {"metadata": {"name": "quota", "namespace": namespace}, "spec": {"hard": {"pods": "5"}}}
    token = "kubernetes:core/v1:ResourceQuota"
    made = driver.create(token, "quota", inputs)
    theirs = {"apiVersion": "v1", "kind": "ResourceQuota", **inputs, "spec": {"hard": {"pods": "7"}}}
    client.apply(theirs, field_manager="somebody", force=True)

    drift = driver.refreshed(token, "quota", made, inputs)
    assert drift is not None
    assert dict(drift.detailed) == {"spec.hard.pods": "update"}
    for preview in (True, False):
        with pytest.raises(ProviderError, match=r'\.spec\.hard\.pods is managed by "somebody".*patchForce'):
            driver.update(token, "quota", made, inputs, preview=preview)
    forced = {**inputs, "metadata": {**inputs["metadata"], "annotations": {"pulumi.com/patchForce": "true"}}}
    assert driver.update(token, "quota", made, forced)["spec"]["hard"]["pods"] == "5"


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
    with kubelet(client, "pull", **status), pytest.raises(InitFailedError, match="ErrImagePull: example.com/web:1"):
        driver.create(DEPLOYMENT, "web", deployment(namespace))


def test_a_failed_job_tells_its_pods_last_words(driver: Driver, client: KubeClient, namespace: str) -> None:
    pod = {
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "mirror", "image": "example.com/mirror:1"}],
    }
    job = {
        "metadata": {"name": "mirror", "namespace": namespace},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }
    ended = {"exitCode": 3, "reason": "Error", "message": "no such model"}
    state = {
        "name": "mirror",
        "image": "",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": ended},
    }
    with (
        kubelet(client, "job", phase="Failed", containerStatuses=[state]),
        pytest.raises(InitFailedError, match="BackoffLimitExceeded.*exited with code 3: no such model"),
    ):
        driver.create("kubernetes:batch/v1:Job", "mirror", job)


def test_a_load_balancer_waits_for_pods_and_address(driver: Driver, client: KubeClient, namespace: str) -> None:
    service = {
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    token = "kubernetes:core/v1:Service"
    with pytest.raises(InitFailedError, match="no ready pod matches its selector app=web"):
        driver.create(token, "web", service, timeout=1)
    with kubelet(client, "lb", **RUNNING), concurrent.futures.ThreadPoolExecutor() as pool:
        driver.create(DEPLOYMENT, "web", deployment(namespace))
        with pytest.raises(InitFailedError, match="load balancer has no address yet"):
            driver.create(token, "web", service, timeout=5)
        waiting = pool.submit(driver.create, token, "web", service)
        address = {"status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.9"}]}}}
        client.patch("v1", "Service", "web", namespace, address, subresource="status")
        made = waiting.result()
        assert made.outputs["status"]["loadBalancer"]["ingress"][0]["ip"] == "127.0.0.9"
        clean = driver.refreshed(token, "web", made, service)
        assert clean is not None
        assert not clean.changed


def test_a_finalizer_that_holds_is_named(driver: Driver, client: KubeClient, namespace: str) -> None:
    token, metadata = "kubernetes:core/v1:ConfigMap", {"name": "held", "namespace": namespace}
    made = driver.create(token, "held", {"metadata": {**metadata, "finalizers": ["example.com/hold"]}})
    with pytest.raises(ProviderError, match="still there after 1 s; held by finalizer example.com/hold"):
        driver.delete(token, "held", made.id, timeout=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        going = pool.submit(driver.delete, token, "held", made.id)
        client.patch("v1", "ConfigMap", "held", namespace, {"metadata": {"finalizers": None}})
        going.result()
    assert driver.provider.read(driver.resource(token, "held"), made.id, {}, {}) is None
    driver.delete(token, "held", made.id)


def test_a_secret_stays_secret(driver: Driver, namespace: str) -> None:
    token, inputs = "kubernetes:core/v1:Secret", {"metadata": {"namespace": namespace}, "stringData": {"key": "hush"}}
    resource = driver.resource(token, "token")
    checked = driver.provider.check(resource, {}, inputs, b"")
    assert isinstance(checked.inputs["stringData"], Secret)
    made = driver.create(token, "token", inputs)
    found = driver.provider.read(resource, made.id, unwrap(checked.inputs), unwrap(made.outputs))
    assert found is not None
    for shown in (repr(checked), repr(made), repr(found)):
        assert "hush" not in shown
        assert "aHVzaA==" not in shown
    clean = driver.refreshed(token, "token", made, inputs)
    assert clean is not None
    assert not clean.changed


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
    driver.delete(token, "alb", made.id)
    assert driver.refreshed(token, "alb", made, inputs) is None
    assert client.list("v1", "Secret", namespace) == []


def test_a_killed_api_server_does_not_fail_an_apply(driver: Driver, plane: ControlPlane, namespace: str) -> None:
    token = "kubernetes:core/v1:ConfigMap"

    def create(number: int) -> Created:
        time.sleep(number * 0.02)
        inputs = {"metadata": {"name": f"many-{number}", "namespace": namespace}, "data": {"n": str(number)}}
        return driver.create(token, f"many-{number}", inputs)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        running = [pool.submit(create, number) for number in range(60)]
        time.sleep(0.3)
        plane.kill("apiserver")
        time.sleep(0.5)
        plane.start("apiserver")
        made = [future.result() for future in running]
    assert len({item.id for item in made}) == 60


def test_an_absent_api_server_is_not_an_absent_object(driver: Driver, plane: ControlPlane, namespace: str) -> None:
    token = "kubernetes:core/v1:ConfigMap"
    made = driver.create(token, "there", {"metadata": {"name": "there", "namespace": namespace}})
    driver.provider.objects.client.patience = 1
    plane.kill("apiserver")
    try:
        with pytest.raises(ProviderError, match=r"does not answer .*rehearse status"):
            driver.provider.read(driver.resource(token, "there"), made.id, {}, {})
        with pytest.raises(ProviderError, match="not deleted: .*does not answer"):
            driver.delete(token, "there", made.id)
    finally:
        plane.start("apiserver")
    driver.provider.objects.client.patience = 45
    assert driver.provider.read(driver.resource(token, "there"), made.id, {}, {}) is not None
