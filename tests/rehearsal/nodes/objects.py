"""Services and EndpointSlices as plain objects, and a store that a test fills."""

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]


class Objects(list[Object]):
    """A store that the test fills."""

    def subscribe(self, handler: Callable[[Object | None, Object | None], None]) -> None:
        self.handler = handler

    def add(self, item: Object) -> None:
        self.append(item)
        self.handler(None, item)

    def change(self, old: Object, new: Object | None) -> None:
        self.remove(old)
        if new is not None:
            self.append(new)
        self.handler(old, new)


def service(name: str, address: str, *ports: int, **spec: Any) -> Object:
    """A Service with a ClusterIP; its ports are called p0, p1 and so on."""
    named = [{"name": f"p{index}", "port": port} for index, port in enumerate(ports)]
    meta = {"name": name, "namespace": "llm", "uid": name}
    return {"metadata": meta, "spec": {"clusterIP": address, "ports": named, **spec}}


def endpoint_slice(name: str, addresses: list[str], *ports: int, ready: bool = True, **condition: bool) -> Object:
    """The EndpointSlice of a Service, all of its endpoints in one state."""
    labels = {"kubernetes.io/service-name": name}
    state = {"conditions": {"ready": ready, **condition}}
    return {
        "metadata": {"name": f"{name}-x", "namespace": "llm", "labels": labels},
        "ports": [{"name": f"p{index}", "port": port} for index, port in enumerate(ports)],
        "endpoints": [{"addresses": [address], **state} for address in addresses],
    }
