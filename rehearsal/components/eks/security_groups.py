"""The two security groups of a cluster, for its control plane and for nodes, and the rules between them."""

from typing import Any

import pulumi

from rehearsal.components.child import Child, aws, merged

_EVERYTHING = {"fromPort": 0, "toPort": 0, "protocol": "-1"}
_HTTPS = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}
_OUT = {"description": "Allow internet access.", "type": "egress", **_EVERYTHING, "cidrBlocks": ["0.0.0.0/0"]}


def create_for_cluster(name: str, *, vpc_id: Any, tags: Any, parent: pulumi.Resource) -> Child:
    """The control plane's group, which may reach everything."""
    group = _group(f"{name}-eksClusterSecurityGroup", vpc_id=vpc_id, tags=tags, parent=parent)
    _rule(f"{name}-eksClusterInternetEgressRule", group, _OUT, parent=parent)
    return group


def create(
    name: str, *, vpc_id: Any, cluster_group: Any, cluster_name: pulumi.Output[str], tags: Any, parent: pulumi.Resource
) -> tuple[Child, Child]:
    """The nodes' group, and the rule that lets pods reach the API server."""
    owned = cluster_name.apply(lambda each: {f"kubernetes.io/cluster/{each}": "owned"})
    nodes = _group(f"{name}-nodeSecurityGroup", vpc_id=vpc_id, tags=merged(owned, tags), parent=parent)
    control = pulumi.Output.from_input(cluster_group).apply(lambda each: each.id)
    _rule(
        f"{name}-eksNodeIngressRule",
        nodes,
        {"description": "Allow nodes to communicate with each other", "type": "ingress", **_EVERYTHING, "self": True},
        parent=parent,
    )
    _rule(
        f"{name}-eksNodeClusterIngressRule",
        nodes,
        {
            "description": "Allow worker Kubelets and pods to receive communication from the cluster control plane",
            "type": "ingress",
            "fromPort": 1025,
            "toPort": 65535,
            "protocol": "tcp",
            "sourceSecurityGroupId": control,
        },
        parent=parent,
    )
    _rule(
        f"{name}-eksExtApiServerClusterIngressRule",
        nodes,
        {
            "description": "Allow pods running extension API servers on port 443 to receive communication from "
            "cluster control plane",
            "type": "ingress",
            **_HTTPS,
            "sourceSecurityGroupId": control,
        },
        parent=parent,
    )
    _rule(f"{name}-eksNodeInternetEgressRule", nodes, _OUT, parent=parent)
    ingress = _rule(
        f"{name}-eksClusterIngressRule",
        cluster_group,
        {
            "description": "Allow pods to communicate with the cluster API Server",
            "type": "ingress",
            **_HTTPS,
            "sourceSecurityGroupId": nodes.id,
        },
        parent=parent,
    )
    return nodes, ingress


def _group(name: str, *, vpc_id: Any, tags: Any, parent: pulumi.Resource) -> Child:
    inputs = {
        "description": "Managed by Pulumi",
        "vpcId": vpc_id,
        "revokeRulesOnDelete": True,
        "tags": merged({"Name": name}, tags),
    }
    return aws("aws:ec2/securityGroup:SecurityGroup", name, inputs, parent=parent)


def _rule(name: str, group: Any, inputs: dict[str, Any], *, parent: pulumi.Resource) -> Child:
    group_id = pulumi.Output.from_input(group).apply(lambda each: each.id)
    return aws(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        name,
        {**inputs, "securityGroupId": group_id},
        parent=parent,
        outputs=["securityGroupRuleId"],
    )
