"""Readiness of Services, volumes, Ingresses, custom resource definitions and Namespaces."""

import time
from collections.abc import Callable

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.waiting.pods import OTHER_AFTER, PodWatch, last_warning
from rehearsal.kubernetes.waiting.readiness import READY, Object, Readiness, is_true, selector_text
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits


class ServiceReadiness:
    """Ready when no endpoint has been unready for a while, and a load balancer has its address.

    A Service that selects no pod at all is ready, too (`await/service.go`, `checkAndLogStatus`).
    """

    def __init__(self, limits: WaitLimits, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing seen.

        Args:
            limits: How long endpoints must not have changed.
            clock: Seconds that only grow.
        """
        self._pods = PodWatch(clock=clock)
        self._limits = limits
        self._clock = clock
        self._seen: object = None
        self._since = clock()

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a Service."""
        spec = obj["spec"]
        if spec.get("type") == "ExternalName":
            return READY
        if spec.get("selector") and spec.get("clusterIP") != "None" and (waiting := self._endpoints(client, obj)):
            return waiting
        if spec.get("type") == "LoadBalancer" and not (obj.get("status", {}).get("loadBalancer") or {}).get("ingress"):
            hint = last_warning(client, obj)
            why = f"its load balancer has no address yet{'; ' + hint if hint else ''}"
            return Readiness(why=why, failed=bool(hint) and self._pods.lasted(obj, "address", OTHER_AFTER))
        return READY

    def _endpoints(self, client: KubeClient, obj: Object) -> Readiness | None:
        """What is still to wait for, None if nothing."""
        label = f"kubernetes.io/service-name={obj['metadata']['name']}"
        slices = client.list("discovery.k8s.io/v1", "EndpointSlice", obj["metadata"]["namespace"], label_selector=label)
        endpoints = [endpoint for item in slices for endpoint in item.get("endpoints") or []]
        seen = sorted((endpoint["addresses"], _is_ready(endpoint)) for endpoint in endpoints)
        if seen != self._seen:
            self._seen, self._since = seen, self._clock()
        if not all(_is_ready(endpoint) for endpoint in endpoints):
            labels = selector_text({"matchLabels": obj["spec"]["selector"]})
            pods = client.list("v1", "Pod", obj["metadata"]["namespace"], label_selector=labels)
            text, failed = self._pods.trouble(client, pods)
            return Readiness(why=text or f"not every pod that its selector {labels} matches is ready", failed=failed)
        settled = self._clock() - self._since >= self._limits.settle_seconds
        if settled or (endpoints and not self._limits.until_the_limit):
            return None
        return Readiness(why="its endpoints changed a moment ago")


def _is_ready(endpoint: Object) -> bool:
    return bool((endpoint.get("conditions") or {}).get("ready"))


def claim(client: KubeClient, obj: Object) -> Readiness:
    """A PersistentVolumeClaim is bound, or its class waits for the first pod."""
    if (obj.get("status") or {}).get("phase") == "Bound":
        return READY
    name = obj["spec"].get("storageClassName")
    if (
        name
        and client.get("storage.k8s.io/v1", "StorageClass", name).get("volumeBindingMode") == "WaitForFirstConsumer"
    ):
        return READY
    return Readiness(why="not bound to a volume yet")


def volume(_client: KubeClient, obj: Object) -> Readiness:
    """A PersistentVolume is available or bound."""
    phase = (obj.get("status") or {}).get("phase")
    return READY if phase in ("Available", "Bound") else Readiness(why=f"phase {phase}")


def ingress(_client: KubeClient, obj: Object) -> Readiness:
    """An Ingress has an address."""
    if (obj.get("status", {}).get("loadBalancer") or {}).get("ingress"):
        return READY
    return Readiness(why="no ingress controller gave it an address yet")


def definition(_client: KubeClient, obj: Object) -> Readiness:
    """A CustomResourceDefinition is established."""
    return READY if is_true(obj, "Established") else Readiness(why="not established yet")


def namespace(_client: KubeClient, obj: Object) -> Readiness:
    """A Namespace is active; a terminating one of the same name never becomes so."""
    phase = (obj.get("status") or {}).get("phase")
    return READY if phase == "Active" else Readiness(why=f"phase {phase}")
