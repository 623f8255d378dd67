"""Releases against a real API server, with Helm's own code."""

import base64
import concurrent.futures
import gzip
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.provider import Created
from rehearsal.plugins.wire import UNKNOWN, Properties
from tests.rehearsal.controlplane.running import ControlPlane, until
from tests.rehearsal.kubernetes.driver import RUNNING, Driver, kubelet
from tests.rehearsal.kubernetes.helm.toy_chart import CONFIG_MAP, DEPLOYMENT, definition, toy_chart

pytestmark = pytest.mark.integration
TOKEN = "kubernetes:helm.sh/v3:Release"
CRD = "apiextensions.k8s.io/v1"


def stored(client: KubeClient, name: str, namespace: str, revision: int = 1) -> dict[str, Any]:
    """The release as any Helm would read it from its Secret."""
    secret = client.get("v1", "Secret", f"sh.helm.release.v1.{name}.v{revision}", namespace)
    assert secret["type"] == "helm.sh/release.v1"
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    return found


def inputs_of(chart: Path, namespace: str, **more: Any) -> Properties:
    return {"chart": str(chart), "name": "toy", "namespace": namespace, **more}


def test_life_of_a_release(driver: Driver, client: KubeClient, namespace: str, tmp_path: Path) -> None:
    chart = toy_chart(tmp_path, {"config.yaml": CONFIG_MAP})
    inputs = inputs_of(chart, namespace, values={"text": "one"})
    planned = driver.create(TOKEN, "toy", inputs, preview=True)
    assert planned.id == ""
    assert planned.outputs["status"] is planned.outputs["resourceNames"] is UNKNOWN
    with pytest.raises(NotFoundError):
        client.get("v1", "ConfigMap", "toy", namespace)

    made = driver.create(TOKEN, "toy", inputs)
    assert made.id == f"{namespace}/toy"
    assert made.outputs["status"]["status"] == "deployed"
    assert made.outputs["resourceNames"] == {"ConfigMap/v1": ["toy"]}
    assert client.get("v1", "ConfigMap", "toy", namespace)["data"] == {"text": "one"}
    assert stored(client, "toy", namespace)["info"]["status"] == "deployed"
    clean = driver.refreshed(TOKEN, "toy", made, inputs)
    assert clean is not None
    assert not clean.changed

    outputs = driver.update(TOKEN, "toy", made, {**inputs, "values": {"text": "two"}})
    assert (outputs["status"]["revision"], outputs["values"]) == (2, {"text": "two"})
    assert client.get("v1", "ConfigMap", "toy", namespace)["data"] == {"text": "two"}
    found = driver.provider.read(driver.resource(TOKEN, "toy"), made.id, inputs, made.outputs)
    assert found is not None
    assert (found.inputs, found.outputs["values"]) == (inputs, {"text": "two"})
    imported = driver.provider.read(driver.resource(TOKEN, "toy"), made.id, {}, {})
    assert imported is not None
    assert imported.inputs == {
        **{key: inputs[key] for key in ("name", "namespace")},
        "chart": "toy",
        "version": "0.1.0",
        "values": {"text": "two"},
    }

    driver.provider.delete(driver.resource(TOKEN, "toy"), made.id, inputs, made.outputs, timeout=0)
    assert driver.refreshed(TOKEN, "toy", made, inputs) is None
    assert [item for item in client.list("v1", "Secret", namespace) if item["type"].startswith("helm.sh/")] == []
    with pytest.raises(NotFoundError):
        client.get("v1", "ConfigMap", "toy", namespace)
    with pytest.raises(ProviderError, match=r"release: not found; something else uninstalled it: `pulumi refresh`"):
        driver.provider.delete(driver.resource(TOKEN, "toy"), made.id, inputs, made.outputs, timeout=0)


def test_a_name_in_use_is_refused_as_helm_does(driver: Driver, namespace: str, tmp_path: Path) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}), namespace)
    driver.create(TOKEN, "toy", inputs)
    assert driver.create(TOKEN, "toy", inputs, preview=True).id == ""
    with pytest.raises(
        ProviderError, match=r"name that is still in use\. It is deployed.*pulumi import.*helm uninstall"
    ):
        driver.create(TOKEN, "toy", inputs)


def test_a_release_waits_for_its_deployment(driver: Driver, client: KubeClient, namespace: str, tmp_path: Path) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"app.yaml": DEPLOYMENT}), namespace, values={"replicas": 1})
    with kubelet(client, f"{namespace}-node"[:50], **RUNNING, containerStatuses=[]):
        driver.create(TOKEN, "toy", inputs)
        status = client.get("apps/v1", "Deployment", "toy", namespace)["status"]
        assert status["availableReplicas"] == 1
    skipped = driver.create(TOKEN, "toy", {**inputs, "name": "other", "skipAwait": True})
    assert skipped.outputs["status"]["status"] == "deployed"


def failed(driver: Driver, inputs: Properties) -> InitFailedError:
    with pytest.raises(InitFailedError) as caught:
        driver.create(TOKEN, "toy", inputs)
    return caught.value


def test_a_failed_release_is_kept_with_its_reason_and_upgraded_next(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"app.yaml": DEPLOYMENT}), namespace, timeout=3, values={"replicas": 1})
    error = failed(driver, inputs)
    assert error.id == f"{namespace}/toy"
    assert error.outputs["status"]["status"] == "failed"
    assert 'not ready after 3 s: Deployment "toy": pod toy-' in str(error)
    assert "cannot be scheduled" in str(error)
    assert "helm history toy" in str(error)
    assert stored(client, "toy", namespace)["info"]["status"] == "failed"
    kept = Created(id=error.id, outputs=error.outputs)
    outputs = driver.update(TOKEN, "toy", kept, {**inputs, "values": {"replicas": 0}})
    assert (outputs["status"]["status"], outputs["status"]["revision"]) == ("deployed", 2)


def test_atomic_leaves_nothing_of_a_failed_install_and_rolls_an_upgrade_back(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    chart = toy_chart(tmp_path, {"app.yaml": DEPLOYMENT})
    inputs = inputs_of(chart, namespace, timeout=5, atomic=True, values={"replicas": 1})
    with pytest.raises(ProviderError, match=r"not ready after 5 s: Deployment.*has been uninstalled") as caught:
        driver.create(TOKEN, "toy", inputs)
    assert not isinstance(caught.value, InitFailedError)
    with pytest.raises(NotFoundError):
        client.get("apps/v1", "Deployment", "toy", namespace)
    good = {**inputs, "values": {"replicas": 0}}
    made = driver.create(TOKEN, "toy", good)
    with pytest.raises(InitFailedError, match="has been rolled back") as back:
        driver.update(TOKEN, "toy", made, inputs)
    assert back.value.outputs["status"]["status"] == "deployed"
    assert client.get("apps/v1", "Deployment", "toy", namespace)["spec"]["replicas"] == 0


def test_a_cancelled_install_ends_at_once(driver: Driver, namespace: str, tmp_path: Path) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"app.yaml": DEPLOYMENT}), namespace, values={"replicas": 1})
    threading.Timer(2, driver.provider.cancelled.set).start()
    began = time.monotonic()
    assert "cancelled while waiting" in str(failed(driver, inputs))
    # Its own limit is 300 s.
    assert time.monotonic() - began < 150


def test_definitions_in_templates_go_with_the_release_and_those_in_crds_stay(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    chart = toy_chart(tmp_path, {"kind.yaml": definition("Going")}, crds=definition("Staying"))
    inputs = inputs_of(chart, namespace)
    made = driver.create(TOKEN, "toy", inputs)
    assert client.get(CRD, "CustomResourceDefinition", "stayings.toy.example.com")
    driver.provider.delete(driver.resource(TOKEN, "toy"), made.id, inputs, made.outputs, timeout=0)
    with pytest.raises(NotFoundError):
        client.get(CRD, "CustomResourceDefinition", "goings.toy.example.com")
    assert client.get(CRD, "CustomResourceDefinition", "stayings.toy.example.com")
    client.delete(CRD, "CustomResourceDefinition", "stayings.toy.example.com")


def test_skip_crds_and_create_namespace(driver: Driver, client: KubeClient, namespace: str, tmp_path: Path) -> None:
    chart = toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}, crds=definition("Skipped"))
    place = f"{namespace[:40]}-new"
    driver.create(TOKEN, "toy", inputs_of(chart, place, skipCrds=True, createNamespace=True))
    assert client.get("v1", "ConfigMap", "toy", place)
    with pytest.raises(NotFoundError):
        client.get(CRD, "CustomResourceDefinition", "skippeds.toy.example.com")
    client.delete("v1", "Namespace", place)


def test_an_uninstall_that_a_finalizer_holds_names_it(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    held = CONFIG_MAP.replace("  name:", "  finalizers: [example.com/hold]\n  name:")
    inputs = inputs_of(toy_chart(tmp_path, {"config.yaml": held}), namespace, timeout=2)
    made = driver.create(TOKEN, "toy", inputs)
    with pytest.raises(ProviderError, match=r'ConfigMap "toy" is still there, held by finalizer example.com/hold'):
        driver.provider.delete(driver.resource(TOKEN, "toy"), made.id, inputs, made.outputs, timeout=0)
    client.patch("v1", "ConfigMap", "toy", namespace, {"metadata": {"finalizers": None}})


def test_what_helm_refuses_before_it_installs_leaves_nothing(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    chart = toy_chart(tmp_path, {"config.yaml": CONFIG_MAP.replace("v1", "toy.example.com/v9")})
    with pytest.raises(ProviderError, match=r"ConfigMap.*toy\.example\.com/v9") as caught:
        driver.create(TOKEN, "toy", inputs_of(chart, namespace))
    assert not isinstance(caught.value, InitFailedError)
    until(lambda: not [item for item in client.list("v1", "Secret", namespace) if "helm" in item["type"]])


def test_what_a_killed_update_left_is_named_with_the_way_out(
    driver: Driver, client: KubeClient, namespace: str, tmp_path: Path
) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}), namespace)
    made = driver.create(TOKEN, "toy", inputs)
    left_as(client, "toy", namespace, "pending-upgrade")
    with pytest.raises(ProviderError, match=r"another operation.*It is pending-upgrade.*`helm rollback toy -n "):
        driver.update(TOKEN, "toy", made, inputs)
    left_as(client, "toy", namespace, "pending-install")
    with pytest.raises(ProviderError, match=r"still in use\. It is pending-install.*`helm uninstall toy -n "):
        driver.create(TOKEN, "toy", inputs)


def left_as(client: KubeClient, name: str, namespace: str, status: str) -> None:
    """The release as a Helm that was killed leaves it."""
    release = stored(client, name, namespace)
    release["info"]["status"] = status
    text = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    patch = {"metadata": {"labels": {"status": status}}, "data": {"release": text}}
    client.patch("v1", "Secret", f"sh.helm.release.v1.{name}.v1", namespace, patch)


def test_an_api_server_that_is_being_restarted_is_waited_for(
    driver: Driver, plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    inputs = inputs_of(toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}), namespace)
    made = driver.create(TOKEN, "toy", inputs)
    resource = driver.resource(TOKEN, "toy")
    with concurrent.futures.ThreadPoolExecutor() as pool:

        def meanwhile(call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            plane.kill("apiserver")
            running = pool.submit(call, resource, made.id, inputs, *arguments, **more)
            time.sleep(1)
            assert not running.done()
            plane.start("apiserver")
            return running.result()

        assert meanwhile(driver.provider.read, made.outputs) is not None
        meanwhile(driver.provider.delete, made.outputs, timeout=0)
    assert driver.refreshed(TOKEN, "toy", made, inputs) is None
