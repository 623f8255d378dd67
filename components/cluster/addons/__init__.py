"""Registry of the cluster's add-ons; vpc-cni and kube-proxy come with the cluster itself.

A further add-on is a file here with its ``ADDON``, and a line in :data:`ADDONS`.
"""

from collections.abc import Sequence

import pulumi

from components.cluster.addons import (
    cloudwatch_observability,
    coredns,
    device_plugin,
    ebs_csi,
    load_balancer_controller,
    metrics_server,
    node_monitoring,
)
from components.cluster.addons.addon import AddOn
from components.cluster.context import ClusterContext

ADDONS: tuple[AddOn, ...] = (
    coredns.ADDON,
    metrics_server.ADDON,
    ebs_csi.ADDON,
    node_monitoring.ADDON,
    load_balancer_controller.ADDON,
    device_plugin.ADDON,
    cloudwatch_observability.ADDON,
)
"""Add-ons in an order in which each comes after those that it waits for."""


def install_add_ons(context: ClusterContext, system: Sequence[pulumi.Resource]) -> dict[str, pulumi.Resource]:
    """Install the add-ons that the cluster has; returned, by key, are those that workloads wait for.

    Args:
        context: The cluster.
        system: The system pool: an add-on without a node waits 20 minutes for its pods, and fails.
    """
    made: dict[str, pulumi.Resource] = {}
    for addon in ADDONS:
        if addon.wanted(context):
            made[addon.key] = addon.install(context, [*system, *(made[key] for key in addon.after if key in made)])
    return {addon.key: made[addon.key] for addon in ADDONS if addon.awaited and addon.key in made}
