"""The context of one cluster: what its node groups and add-ons have in common."""

from dataclasses import dataclass

import pulumi
import pulumi_eks as eks
import pulumi_kubernetes as k8s

from components.cluster.args import GpuClusterArgs
from components.roles import OidcTrust


@dataclass(frozen=True, kw_only=True)
class ClusterContext:
    """A cluster whose control plane is made, and how to add to it."""

    name: str
    """Name of the component, with which the names of its children start."""
    args: GpuClusterArgs
    """Its arguments."""
    parent: pulumi.Resource
    """The component."""
    cluster: eks.Cluster
    """The control plane."""
    partition: pulumi.Input[str]
    """AWS partition (aws, aws-us-gov, aws-cn)."""
    trust: OidcTrust
    """How IAM knows its service accounts."""
    kubernetes: k8s.Provider
    """Provider of objects in the cluster."""

    @property
    def eks_security_group(self) -> pulumi.Output[str]:
        """Id of the security group that EKS makes for the cluster, and gives to its control plane and to managed nodes.

        Not ``cluster_security_group_id`` of the component: that one, which it adds for the control plane alone, lets nothing
        into a node, neither from the API server nor from pods of managed nodes, such as CoreDNS.
        """
        group: pulumi.Output[str] = self.cluster.eks_cluster.apply(
            lambda cluster: cluster.vpc_config.cluster_security_group_id
        )
        return group

    def named(self, suffix: str) -> str:
        """Logical name of a child: ``NAME-SUFFIX``."""
        return f"{self.name}-{suffix}"
