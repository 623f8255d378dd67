"""Drives the provider's hooks as the engine does, and plays the kubelet, for tests against a real API server."""

import contextlib
import threading
from collections.abc import Sequence
from typing import Any

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.plugins.provider import Created, Diff, Resource
from rehearsal.plugins.wire import Properties, unwrap
from tests.rehearsal.controlplane.running import ControlPlane

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


class Driver:
    """Calls the hooks in the engine's order and keeps what the engine would keep."""

    def __init__(self, plane: ControlPlane) -> None:
        self.provider = KubernetesProvider()
        self.settings = {"kubeconfig": plane.sandbox.admin_kubeconfig.read_text()}
        self.provider.configure(self.settings)

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
        self,
        token: str,
        name: str,
        made: Created,
        news: Properties,
        *,
        preview: bool = False,
        timeout: float = 60,
        ignore_changes: Sequence[str] = (),
    ) -> Properties:
        return self.provider.update(
            self.resource(token, name),
            made.id,
            old_inputs={},
            old_outputs=unwrap(made.outputs),
            news=self.check(token, name, news),
            ignore_changes=list(ignore_changes),
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

    def diffed(self, token: str, name: str, made: Created, olds: Properties, news: Properties) -> Diff:
        """The diff of an ``up`` without a refresh."""
        return self.provider.diff(
            self.resource(token, name),
            made.id,
            old_inputs=self.check(token, name, olds),
            old_outputs=unwrap(made.outputs),
            news=self.check(token, name, news),
            ignore_changes=[],
        )

    def delete(self, token: str, name: str, resource_id: str, timeout: float = 30) -> None:
        self.provider.delete(self.resource(token, name), resource_id, {}, {}, timeout=timeout)


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
