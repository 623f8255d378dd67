"""One look at a cluster: its nodes, the NodeClaims that are not ready, its pods, what EC2 refused of late, and what KEDA scales."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portal.clusters import objects
from portal.clusters.objects import Claim, Launch, Node, Pod, Refusal
from portal.clusters.reader import Reader
from settings.derived.autoscaling.status import Scaling, scalings
from workspace.kubeconfig import ClusterError

_RECENT: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A cluster at one moment."""

    nodes: tuple[Node, ...] = ()
    claims: tuple[Claim, ...] = ()
    pods: tuple[Pod, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Newest first, of the last quarter of an hour; the newest of each pool."""
    nominations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Namespace and name of a pod to the NodeClaim or node that Karpenter has chosen for it."""
    launches: Mapping[str, Launch] = field(default_factory=dict)
    """Name of a node to when Karpenter launched it."""
    scaled: Mapping[tuple[str, str], Scaling] = field(default_factory=dict)
    """Namespace and name of a ScaledObject, which is its service's, to what KEDA and the HPA say of it."""
    scaled_problem: str | None = None
    """Why ScaledObjects or HPAs cannot be read; None where they can, or the cluster has no KEDA."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def node(self, name: str) -> Node | None:
        """The node of a name."""
        return next((one for one in self.nodes if one.name == name), None)

    def claim(self, name: str) -> Claim | None:
        """The NodeClaim of a name, or whose node has it; None for one that is ready."""
        return next((one for one in self.claims if name and name in {one.name, one.node}), None)


def take(reader: Reader) -> Snapshot:
    """Read a cluster.

    Raises:
        ClusterError: it cannot be read.
    """
    pods = reader.items("/api/v1/pods", "pods", fieldSelector="status.phase!=Succeeded,status.phase!=Failed")
    nodes = reader.items("/api/v1/nodes", "nodes")
    claims = reader.items("/apis/karpenter.sh/v1/nodeclaims", "NodeClaims", optional=True)
    refused = reader.items("/api/v1/events", "events", fieldSelector="reason=InsufficientCapacityError")
    chosen = reader.items("/api/v1/events", "events", fieldSelector="reason=Nominated")
    scaled, hpas, problem = _scaled(reader)
    try:
        return replace(_of(nodes, claims, pods, refused, chosen), scaled=scalings(scaled, hpas), scaled_problem=problem)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ClusterError("the cluster's API answered objects of an unknown shape") from None


def _scaled(reader: Reader) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str | None]:
    """ScaledObjects and HPAs. Credentials that may not list them still show everything else."""
    try:
        scaled = reader.items("/apis/keda.sh/v1alpha1/scaledobjects", "ScaledObjects", optional=True)
        path = "/apis/autoscaling/v2/horizontalpodautoscalers"
        return scaled, reader.items(path, "HorizontalPodAutoscalers") if scaled else [], None
    except ClusterError as error:
        return [], [], str(error)


def _of(
    nodes: list[dict[str, Any]],
    claims: list[dict[str, Any]],
    pods: list[dict[str, Any]],
    refused: list[dict[str, Any]],
    chosen: list[dict[str, Any]],
) -> Snapshot:
    alive = tuple(found for one in pods if (found := objects.pod(one)) is not None)
    used = objects.gpus_by_node(alive)
    shown = [objects.node(one, used[one["metadata"]["name"]]) for one in nodes]
    pools = {one.pool for one in shown} | {one.pool for one in alive}
    since = datetime.now(UTC) - _RECENT
    newest: dict[str, Refusal] = {}
    for one in refused:
        late = objects.refusal(one, pools)
        if late and late.at > since and (late.pool not in newest or late.at > newest[late.pool].at):
            newest[late.pool] = late
    return Snapshot(
        nodes=tuple(sorted(shown, key=lambda one: (one.pool, one.created_at, one.name))),
        claims=tuple(claim for one in claims if (claim := objects.claim(one)) is not None),
        pods=alive,
        refusals=tuple(sorted(newest.values(), key=lambda one: one.at, reverse=True)),
        nominations=objects.nominations(chosen),
        launches=dict(joined for one in claims if (joined := objects.launch(one)) is not None),
    )
