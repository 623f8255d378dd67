"""NodePools and NodeClaims of Karpenter."""

from typing import Any

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError, UnknownKindError

_STEPS = ("Launched", "Registered", "Initialized")
"""Conditions of a NodeClaim in the order in which they become true."""


def node_claims(client: KubeClient) -> list[dict[str, Any]]:
    """Return all NodeClaims; none where Karpenter is not installed."""
    return _all(client, "NodeClaim")


def node_pools(client: KubeClient) -> list[dict[str, Any]]:
    """Return all NodePools; none where Karpenter is not installed."""
    return _all(client, "NodePool")


def pending_step(claim: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the step of its life that a NodeClaim waits for, with what is known of it; None once it is initialized."""
    conditions = {one["type"]: one for one in (claim.get("status") or {}).get("conditions") or []}
    step = next((kind for kind in _STEPS if conditions.get(kind, {}).get("status") != "True"), None)
    return (step, conditions.get(step, {})) if step else None


def launches_without_capacity(client: KubeClient) -> list[dict[str, Any]]:
    """Return the events of launches that lacked capacity, oldest first; Karpenter deletes such a NodeClaim."""
    found = client.list("v1", "Event", field_selector="reason=InsufficientCapacityError")
    return sorted(found, key=last_seen)


def last_seen(event: dict[str, Any]) -> str:
    """Return when an event last happened."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")


def _all(client: KubeClient, kind: str) -> list[dict[str, Any]]:
    try:
        return list(client.list("karpenter.sh/v1", kind))
    except (NotFoundError, UnknownKindError):
        return []
