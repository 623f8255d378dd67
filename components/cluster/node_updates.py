"""How EKS replaces the nodes of a managed node group, for what ``eks.ManagedNodeGroup`` has no input of its own.

The component makes one ``aws.eks.NodeGroup``. A transform on the component sets the missing inputs on that child, so
its URN stays what it was (pulumi/pulumi-eks#1147 requests ``update_config``).
"""

from collections.abc import Callable
from typing import Any

import pulumi

from settings.models.cluster import ClusterSettings
from settings.models.node_release import DEFAULT_RELEASES
from settings.models.pools import GpuPool, NodeGroupPool

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
MINIMAL_UPDATE = {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
"""One node at a time, the old one drained before the new one is launched: the pool never needs capacity above its size.

EKS's default strategy first raises the group by up to twice its zones (EKS user guide, "Understand each phase of node
updates"), which for GPU instances the quota or the zone seldom has.
"""
DEFAULT_UPDATE = {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}

Transform = Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]


def node_updates(pool: NodeGroupPool, settings: ClusterSettings) -> Transform:
    """The transform of one pool: how EKS replaces its nodes, and whether it repairs them.

    A release that no setting states is for new node groups only: an existing one keeps what it runs.
    """
    inputs: dict[str, Any] = {}
    if pool.update_strategy == "minimal":
        inputs["updateConfig"] = MINIMAL_UPDATE
    elif isinstance(pool, GpuPool):
        inputs["updateConfig"] = DEFAULT_UPDATE
    if settings.node_repair:
        inputs["nodeRepairConfig"] = {"enabled": True}
    stated = pool.node_release or settings.node_release
    return node_group_inputs(inputs, ignore_changes=() if stated else ("releaseVersion",))


def release(pool: NodeGroupPool, settings: ClusterSettings) -> str | None:
    """AMI release of a pool's nodes; None, and EKS takes the newest, for a Kubernetes version without a known one."""
    return pool.node_release or settings.node_release or DEFAULT_RELEASES.get(settings.version)


def node_group_inputs(inputs: dict[str, Any], *, ignore_changes: tuple[str, ...] = ()) -> Transform:
    """A transform that sets ``inputs``, in the AWS resource's own spelling, on the component's node group.

    ``ignore_changes`` names inputs that an existing node group keeps as they are.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != NODE_GROUP:
            return None
        if ignore_changes:
            args.opts.ignore_changes = [*(args.opts.ignore_changes or ()), *ignore_changes]
        return pulumi.ResourceTransformResult(props={**args.props, **inputs}, opts=args.opts)

    return transform
