"""The NodePool of a pool: which nodes Karpenter may launch, how many, and when it removes or replaces them."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.context import ClusterContext
from components.cluster.karpenter.custom_object import custom_object
from components.cluster.karpenter.node_class import API_VERSION as CLASS_API_VERSION
from components.cluster.karpenter.node_class import KIND as CLASS_KIND
from settings.derived.address_plan import zone_names
from settings.models.pools import GPU_TAINT, KarpenterGpuPool, KarpenterNodePool

API_VERSION = "karpenter.sh/v1"
KIND = "NodePool"
CAPACITY = {"reserved": "reserved", "spot": "spot", "on_demand": "on-demand"}
BUDGETS = ({"nodes": "1", "reasons": ["Drifted", "Underutilized"]}, {"nodes": "100%", "reasons": ["Empty"]})
"""Nodes with pods go one at a time; empty ones all at once. A reason that no budget names would have no bound
(NodePool.GetAllowedDisruptionsByReason of sigs.k8s.io/karpenter), and a budget without reasons would hold empty nodes too."""


def node_pool(
    name: str, pool: KarpenterNodePool, context: ClusterContext, after: Sequence[pulumi.Resource]
) -> k8s.apiextensions.CustomResource:
    """The NodePool, called as the pool is, made after the EC2NodeClass of that name.

    Pulumi deletes in the foreground, and NodeClaims block the deletion of their NodePool: it takes as long as the nodes do.
    """
    return custom_object(
        name, pool, context, after, api_version=API_VERSION, kind=KIND, spec=node_pool_spec(name, pool, context)
    )


def node_pool_spec(name: str, pool: KarpenterNodePool, context: ClusterContext) -> dict[str, object]:
    """Its ``spec``; no weight, since pods choose their pool by its label and no two pools fit one pod of a service."""
    args = context.args
    consolidation = pool.consolidates(protect=args.protect)
    zones = zone_names(args.region, tuple(args.subnets_of(pool)))
    group, _, _ = CLASS_API_VERSION.partition("/")
    return {
        "template": {
            "metadata": {"labels": pool.labels(name)},
            "spec": {
                "nodeClassRef": {"group": group, "kind": CLASS_KIND, "name": name},
                "requirements": [
                    _one_of("node.kubernetes.io/instance-type", pool.instance_types),
                    _one_of("karpenter.sh/capacity-type", [CAPACITY[one] for one in pool.capacity_types]),
                    _one_of("kubernetes.io/arch", ["amd64"]),
                    _one_of("topology.kubernetes.io/zone", list(zones.values())),
                ],
                "taints": [{"key": one.key, "value": one.value, "effect": one.effect} for one in pool.taints],
                "expireAfter": f"{pool.expire_after_hours}h",
                "terminationGracePeriod": f"{pool.termination_grace_seconds}s",
            },
        },
        "limits": {GPU_TAINT: str(pool.limits.gpus)}
        if isinstance(pool, KarpenterGpuPool)
        else {"cpu": str(pool.limits.vcpus)},
        "disruption": {
            "consolidationPolicy": consolidation.policy,
            "consolidateAfter": f"{consolidation.after_seconds}s",
            "budgets": [dict(budget) for budget in BUDGETS],
        },
    }


def _one_of(key: str, values: Sequence[str]) -> dict[str, object]:
    return {"key": key, "operator": "In", "values": list(values)}
