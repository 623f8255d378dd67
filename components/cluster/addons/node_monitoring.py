"""The EKS node monitoring agent: faults of nodes and GPUs, which node repair acts on."""

from collections.abc import Mapping, Sequence

import pulumi

from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.context import ClusterContext
from settings.models.pools import GPU_TAINT

MONITORED_GPUS: Mapping[str, object] = {"dcgmAgent": {"tolerations": [{"key": GPU_TAINT, "operator": "Exists"}]}}
"""The agent itself tolerates every taint, the DaemonSet that reads the GPUs none (values.yaml of its chart)."""


def node_monitoring(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on, on GPU nodes too."""
    return eks_addon("eks-node-monitoring-agent", context, after, values=MONITORED_GPUS)


ADDON = AddOn(
    key="eks-node-monitoring-agent",
    install=node_monitoring,
    wanted=lambda context: context.args.repairs_nodes,
)
