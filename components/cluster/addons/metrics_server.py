"""The metrics server: CPU and memory of nodes and pods, for ``kubectl top`` and autoscalers."""

from collections.abc import Sequence

import pulumi

from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.addons.placement import node_selector
from components.cluster.context import ClusterContext


def metrics_server(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on.

    ``nodeSelector`` is at the top of its schema, as in the values of the chart that EKS builds it from (``aws eks
    describe-addon-configuration --addon-name metrics-server``; values in jupyter-infra/jupyter-k8s#289).
    """
    return eks_addon("metrics-server", context, after, values=node_selector(context.args) or None)


ADDON = AddOn(key="metrics-server", install=metrics_server)
