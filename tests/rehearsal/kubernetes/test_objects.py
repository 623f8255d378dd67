"""Custom resources against a real API server."""

import concurrent.futures
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.wire import Properties
from tests.rehearsal.controlplane.running import until
from tests.rehearsal.kubernetes.driver import Driver, deployment
from tests.rehearsal.kubernetes.helm.toy_chart import definition, toy_chart

pytestmark = pytest.mark.integration
VERSION = "toy.example.com/v1"
HOLD = "example.com/hold"


def token(kind: str) -> str:
    return f"kubernetes:{VERSION}:{kind}"


def inputs_of(name: str, **metadata: Any) -> Properties:
    return {"metadata": {"name": name, **metadata}, "spec": {"size": 1}}


@pytest.fixture
def kind(client: KubeClient, request: pytest.FixtureRequest) -> Any:
    """A kind of the test's own, that the API server serves."""
    name = request.node.name.removeprefix("test_").replace("_", "")[:40].capitalize()
    client.create(yaml.safe_load(definition(name)))
    until(lambda: client.resource(VERSION, name))
    yield name
    client.delete("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{name.lower()}s.toy.example.com")


def test_a_kind_that_is_not_there_yet_previews_and_its_create_waits_for_it(driver: Driver, tmp_path: Path) -> None:
    inputs = inputs_of("early")
    planned = driver.create(token("Early"), "early", inputs, preview=True)
    assert planned.outputs["spec"] == {"size": 1}
    chart = toy_chart(tmp_path, {"kind.yaml": definition("Early")})
    release = {"chart": str(chart), "name": "kinds", "namespace": "default", "skipAwait": True}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        coming = pool.submit(driver.create, token("Early"), "early", inputs)
        time.sleep(0.3)
        driver.create("kubernetes:helm.sh/v3:Release", "kinds", release)
        made = coming.result()
    assert made.id == "early"
    assert made.outputs["metadata"]["uid"]
    with pytest.raises(ProviderError, match="serves no kind 'Never'"):
        driver.create(token("Never"), "never", inputs_of("never"))


def test_it_is_ready_at_once_or_as_its_annotation_says(driver: Driver, client: KubeClient, kind: str) -> None:
    assert driver.create(token(kind), "plain", inputs_of("plain")).outputs["metadata"]["uid"]
    waiting = inputs_of("waits", annotations={"pulumi.com/waitFor": "condition=Ready"})
    with concurrent.futures.ThreadPoolExecutor() as pool:
        coming = pool.submit(driver.create, token(kind), "waits", waiting)
        until(lambda: client.get(VERSION, kind, "waits"))
        time.sleep(0.5)
        assert not coming.done()
        ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        client.patch(VERSION, kind, "waits", None, ready, subresource="status")
        assert coming.result().outputs["status"] == ready["status"]
    late = inputs_of("late", annotations={"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "1"})
    with pytest.raises(InitFailedError, match=r"not ready after 1 s: it has no condition Ready yet"):
        driver.create(token(kind), "late", late, timeout=0)
    skipped = inputs_of("skips", annotations={"pulumi.com/waitFor": "condition=Ready", "pulumi.com/skipAwait": "true"})
    assert driver.create(token(kind), "skips", skipped).id == "skips"


def test_a_wrong_annotation_fails_the_preview(driver: Driver) -> None:
    wrong = inputs_of("x", annotations={"pulumi.com/waitFor": "Ready"})
    (failure,) = driver.provider.check(driver.resource(token("Any"), "x"), {}, wrong, b"").failures
    assert failure.property == 'metadata.annotations["pulumi.com/waitFor"]'


def test_destroy_waits_for_its_finalizer_whatever_skip_await_says(
    driver: Driver, client: KubeClient, kind: str
) -> None:
    annotations = {"pulumi.com/skipAwait": "true"}
    inputs = inputs_of("held", finalizers=[HOLD], annotations=annotations)
    made = driver.create(token(kind), "held", inputs)
    resource = driver.resource(token(kind), "held")
    with pytest.raises(ProviderError, match=rf"still there after 1 s; held by finalizer {HOLD}"):
        driver.provider.delete(resource, made.id, inputs, made.outputs, timeout=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        going = pool.submit(driver.provider.delete, resource, made.id, inputs, made.outputs, timeout=30)
        time.sleep(0.5)
        assert not going.done()
        client.patch(VERSION, kind, "held", None, {"metadata": {"finalizers": None}})
        going.result()
    with pytest.raises(NotFoundError):
        client.get(VERSION, kind, "held")


def test_skip_await_ends_the_destroy_of_a_deployment_at_once(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    where = "kubernetes:apps/v1:Deployment"
    inputs = deployment(namespace)
    inputs["metadata"] |= {"finalizers": [HOLD], "annotations": {"pulumi.com/skipAwait": "true"}}
    made = driver.create(where, "web", inputs)
    driver.provider.delete(driver.resource(where, "web"), made.id, inputs, made.outputs, timeout=5)
    live = client.get("apps/v1", "Deployment", "web", namespace)
    assert live["metadata"]["deletionTimestamp"]
    finalizers = [{"op": "remove", "path": "/metadata/finalizers"}]
    client.patch("apps/v1", "Deployment", "web", namespace, finalizers, kind_of_patch="json")


def test_the_limit_of_a_destroy_comes_from_its_annotation(driver: Driver, client: KubeClient, kind: str) -> None:
    inputs = inputs_of("held", finalizers=[HOLD], annotations={"pulumi.com/timeoutSeconds": "1"})
    made = driver.create(token(kind), "held", inputs)
    with pytest.raises(ProviderError, match="still there after 1 s"):
        driver.provider.delete(driver.resource(token(kind), "held"), made.id, inputs, made.outputs, timeout=0)
    client.patch(VERSION, kind, "held", None, {"metadata": {"finalizers": None}})
