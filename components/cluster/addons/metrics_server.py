"""The metrics server: CPU and memory of nodes and pods, for ``kubectl top`` and autoscalers."""

from collections.abc import Sequence

import pulumi

from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.context import ClusterContext


def metrics_server(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on."""
    return eks_addon("metrics-server", context, after)


ADDON = AddOn(key="metrics-server", install=metrics_server)
