"""When a Service, a volume claim, an Ingress or a custom resource definition is what was asked for."""

from rehearsal.controlplane.client import KubeClient
from rehearsal.providers.kubernetes.waiting.pods import PodWatch
from rehearsal.providers.kubernetes.waiting.verdict import READY, Object, Verdict, is_true, selector_text


class ServiceLook:
    """Has a ready endpoint, and an address if it asks for a load balancer."""

    def __init__(self) -> None:
        self._pods = PodWatch()

    def __call__(self, client: KubeClient, obj: Object) -> Verdict:
        """Judge a Service."""
        spec, metadata = obj["spec"], obj["metadata"]
        selector = spec.get("selector")
        if spec.get("type") == "ExternalName":
            return READY
        headless = spec.get("clusterIP") == "None"
        if selector and not headless and not self._has_endpoint(client, obj):
            labels = selector_text({"matchLabels": selector})
            pods = client.list("v1", "Pod", metadata["namespace"], label_selector=labels)
            text, final = self._pods.trouble(client, pods)
            return Verdict(why=text or f"no ready pod matches its selector {labels}", failed=final)
        if spec.get("type") == "LoadBalancer" and not (obj.get("status", {}).get("loadBalancer") or {}).get("ingress"):
            return Verdict(why="its load balancer has no address yet")
        return READY

    def _has_endpoint(self, client: KubeClient, obj: Object) -> bool:
        label = f"kubernetes.io/service-name={obj['metadata']['name']}"
        slices = client.list("discovery.k8s.io/v1", "EndpointSlice", obj["metadata"]["namespace"], label_selector=label)
        endpoints = [endpoint for item in slices for endpoint in item.get("endpoints") or []]
        return any((endpoint.get("conditions") or {}).get("ready") for endpoint in endpoints)


def claim(client: KubeClient, obj: Object) -> Verdict:
    """A PersistentVolumeClaim is bound, or its class waits for the first pod."""
    if (obj.get("status") or {}).get("phase") == "Bound":
        return READY
    name = obj["spec"].get("storageClassName")
    if (
        name
        and client.get("storage.k8s.io/v1", "StorageClass", name).get("volumeBindingMode") == "WaitForFirstConsumer"
    ):
        return READY
    return Verdict(why="not bound to a volume yet")


def volume(_client: KubeClient, obj: Object) -> Verdict:
    """A PersistentVolume is available or bound."""
    phase = (obj.get("status") or {}).get("phase")
    return READY if phase in ("Available", "Bound") else Verdict(why=f"phase {phase}")


def ingress(_client: KubeClient, obj: Object) -> Verdict:
    """An Ingress has an address."""
    if (obj.get("status", {}).get("loadBalancer") or {}).get("ingress"):
        return READY
    return Verdict(why="no ingress controller gave it an address yet")


def definition(_client: KubeClient, obj: Object) -> Verdict:
    """A CustomResourceDefinition is established."""
    return READY if is_true(obj, "Established") else Verdict(why="not established yet")


def namespace(_client: KubeClient, obj: Object) -> Verdict:
    """A Namespace is active; a terminating one of the same name never becomes so."""
    phase = (obj.get("status") or {}).get("phase")
    return READY if phase == "Active" else Verdict(why=f"phase {phase}")
