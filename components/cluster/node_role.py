"""The IAM role of nodes: what kubelet, the network plugin and the image pulls may do."""

from components.cluster.context import ClusterContext
from components.roles import NODE_POLICIES, SESSION_MANAGER_POLICY, BoundRole, managed, service_role


def node_role(context: ClusterContext, description: str) -> BoundRole:
    """A role ``NAME-nodes`` for EC2 instances, with the policies that every node of the cluster has."""
    session_manager = (SESSION_MANAGER_POLICY,) if context.args.cluster.session_manager else ()
    return service_role(
        context.named("nodes"),
        "ec2.amazonaws.com",
        managed(context.partition, *NODE_POLICIES, *session_manager),
        description=description,
        boundary=context.args.permissions_boundary,
        parent=context.parent,
    )
