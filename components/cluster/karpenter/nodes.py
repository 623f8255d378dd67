"""Who Karpenter's nodes are: their IAM role, the instance profile that gives it to them, and their access to the cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster.context import ClusterContext
from components.cluster.node_role import node_role


@dataclass(frozen=True, kw_only=True)
class NodeIdentity:
    """The identity of nodes that Karpenter launches."""

    role: aws.iam.Role
    """Their role, which the controller passes to EC2."""
    profile: aws.iam.InstanceProfile
    """The instance profile with that role."""
    ready: Sequence[pulumi.Resource]
    """What a node needs to join the cluster and to pull images."""


def node_identity(context: ClusterContext) -> NodeIdentity:
    """Make role, instance profile and access entry.

    The role is not that of the node groups: EKS makes an access entry for a role when a managed node group uses it, and a
    second one for the same role fails with ResourceInUseException. Of the other kind, with ``role`` in the EC2NodeClass,
    Karpenter would make the profile, would need rights to do so, and its profiles would hold the role when it is deleted.
    """
    child = pulumi.ResourceOptions(parent=context.parent)
    # By the cluster that the component made, not by the component: the entry is then deleted before it.
    cluster_name: pulumi.Output[str] = context.cluster.eks_cluster.apply(lambda cluster: cluster.id)
    bound = node_role(context, "Nodes of the cluster that Karpenter launches")
    profile = aws.iam.InstanceProfile(context.named("nodes"), role=bound.role.name, opts=child)
    entry = aws.eks.AccessEntry(
        context.named("nodes"),
        cluster_name=cluster_name,
        principal_arn=bound.role.arn,
        type="EC2_LINUX",
        opts=child,
    )
    return NodeIdentity(role=bound.role, profile=profile, ready=[profile, entry, *bound.permissions])
