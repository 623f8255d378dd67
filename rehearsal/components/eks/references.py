"""References to resources in the inputs of these components, and which of their outputs are read."""

import pulumi

from rehearsal.components.child import Component, accept_references

EKS_CLUSTER_OUTPUTS = (
    *("name", "arn", "version", "endpoint", "certificateAuthority", "identities", "accessConfig", "vpcConfig"),
    *("kubernetesNetworkConfig", "upgradePolicy"),
)


def accept() -> None:
    """Let inputs refer to clusters, roles and security groups."""
    accept_references("eks:index:Cluster", ("eksCluster", "core", "instanceRoles"), component=True)
    accept_references("aws:eks/cluster:Cluster", EKS_CLUSTER_OUTPUTS)
    accept_references("aws:iam/role:Role", ("arn", "name"))
    accept_references("aws:ec2/securityGroup:SecurityGroup", ("arn",))


def of_cluster(cluster: Component, output: str) -> pulumi.Output[str]:
    """An output of the EKS cluster in a cluster component, by way of its ``core``, unknown in a first preview."""
    return cluster.output("core").apply(lambda core: core["cluster"].output(output))
