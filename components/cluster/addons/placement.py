"""Where the pods of add-ons run that tolerate no GPU taint: on the system pool, whose room is planned for them."""

from components.cluster.args import GpuClusterArgs


def node_selector(args: GpuClusterArgs) -> dict[str, dict[str, str]]:
    """``nodeSelector`` with the system pool's labels; empty where no pool has its nodes from Karpenter.

    On a CPU node of Karpenter such a pod would keep the node alive, or be moved whenever Karpenter consolidates. Stacks of node
    groups alone stay as they are.
    """
    return {"nodeSelector": args.system_facts.labels} if args.karpenter_pools else {}
