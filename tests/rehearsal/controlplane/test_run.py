"""The real control plane: it starts, kubectl's way in works, and a killed API server comes back with its data."""

import contextlib

import pytest

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import ForbiddenError
from tests.rehearsal.controlplane.running import ControlPlane, until

pytestmark = pytest.mark.integration


def deployment(name: str) -> dict[str, object]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    }


def test_controllers_make_pods_and_the_scheduler_says_why_they_wait(client: KubeClient) -> None:
    client.apply(deployment("one"), field_manager="test")
    (pod,) = until(lambda: client.list("v1", "Pod", "default", label_selector="app=one"))

    def reason() -> str:
        live = client.get("v1", "Pod", pod["metadata"]["name"], "default")
        return "".join(item.get("message", "") for item in live["status"].get("conditions", []))

    assert until(reason) == "no nodes available to schedule pods"


def test_a_killed_api_server_keeps_everything(plane: ControlPlane, client: KubeClient) -> None:
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"a": "b"}}
    made = client.create(data)
    plane.kill("apiserver")
    plane.start("apiserver")
    assert client.get("v1", "ConfigMap", "kept")["metadata"]["uid"] == made["metadata"]["uid"]


def test_watch_sees_a_change(client: KubeClient) -> None:
    since = client.collection("v1", "ConfigMap", "default")["metadata"]["resourceVersion"]
    client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "seen"}})
    with contextlib.closing(client.watch("v1", "ConfigMap", "default", resource_version=since)) as events:
        assert next(event.object["metadata"]["name"] for event in events if event.type == "ADDED") == "seen"


def test_pod_security_is_enforced(client: KubeClient) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict", "labels": labels}})
    until(lambda: client.get("v1", "ServiceAccount", "default", "strict"))
    spec = {"containers": [{"name": "c", "image": "i"}]}
    with pytest.raises(ForbiddenError, match="violates PodSecurity"):
        client.create(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "strict"}, "spec": spec}
        )
