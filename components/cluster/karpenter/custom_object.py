"""What EC2NodeClasses and NodePools have in common as resources of Pulumi: when they are ready, and how long they take to go."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.context import ClusterContext
from settings.models.pools import KarpenterNodePool

READY = {"pulumi.com/waitFor": "condition=Ready"}
"""Pulumi waits until Karpenter has found image, subnets, group and profile, and reports its reason where it has not."""
MARGIN_SECONDS = 900
"""After the grace period: instances that end, volumes that are detached, and Karpenter's own intervals."""


def custom_object(
    name: str,
    pool: KarpenterNodePool,
    context: ClusterContext,
    after: Sequence[pulumi.Resource],
    *,
    api_version: str,
    kind: str,
    spec: Mapping[str, object],
    ignore_changes: list[str] | None = None,
) -> k8s.apiextensions.CustomResource:
    """An object of Karpenter, called as the pool is.

    Its deletion waits for the pool's nodes, longer than Pulumi's own 10 minutes, which end before a drain does.
    """
    return k8s.apiextensions.CustomResource(
        context.named(name),
        api_version=api_version,
        kind=kind,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, labels=dict(context.args.labels), annotations=READY),
        spec=spec,
        opts=pulumi.ResourceOptions(
            parent=context.parent,
            provider=context.kubernetes,
            depends_on=list(after),
            ignore_changes=ignore_changes,
            custom_timeouts=pulumi.CustomTimeouts(delete=f"{pool.termination_grace_seconds + MARGIN_SECONDS}s"),
        ),
    )
