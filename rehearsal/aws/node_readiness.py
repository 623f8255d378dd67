"""Readiness of a node group's nodes, which EKS awaits before it reports the group as active."""

import time
from typing import TYPE_CHECKING, Any

from rehearsal.aws.context import ResourceContext
from rehearsal.plugins.errors import ProviderError

if TYPE_CHECKING:
    from rehearsal.controlplane.client import KubeClient

_DEFAULT_SECONDS = 300.0
_POLL_SECONDS = 0.25


def wait_for_nodes(context: ResourceContext, group: str, count: int) -> None:
    """Wait until exactly ``count`` nodes of the group are Ready; return at once in a sandbox without Kubernetes.

    Raises:
        ProviderError: they did not come in time, or Kubernetes cannot list them.
    """
    if not context.sandbox.admin_kubeconfig.exists():
        return
    from rehearsal.controlplane.client import KubeClient  # noqa: PLC0415
    from rehearsal.controlplane.errors import KubeError  # noqa: PLC0415

    client = KubeClient.from_kubeconfig(context.sandbox.admin_kubeconfig)
    deadline = time.monotonic() + (context.timeout or _DEFAULT_SECONDS)
    while True:
        try:
            states = _states(client, group)
        except KubeError as error:
            raise ProviderError(
                f"node group {group}: its nodes cannot be listed ({error}); see `rehearse status`"
            ) from error
        if len(states) == count and all(states.values()):
            return
        if context.cancelled.wait(_POLL_SECONDS):
            raise ProviderError(f"node group {group}: canceled while waiting for {count} nodes")
        if time.monotonic() > deadline:
            ready = sum(states.values())
            raise ProviderError(
                f"node group {group}: {ready} of {count} nodes are Ready, {len(states)} are there; "
                "the node agent brings them, see `rehearse logs nodes`"
            )


def _states(client: "KubeClient", group: str) -> dict[str, bool]:
    nodes = client.list("v1", "Node", label_selector=f"eks.amazonaws.com/nodegroup={group}")
    return {node["metadata"]["name"]: _is_ready(node) for node in nodes}


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
