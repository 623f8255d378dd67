"""Letting a network reach a security group by HTTPS."""

import pulumi
import pulumi_aws as aws

HTTPS_PORT = 443
EVERYWHERE = "0.0.0.0/0"


def https_ingress(
    name: str, *, security_group_id: pulumi.Input[str], description: str, cidr: str, parent: pulumi.Resource
) -> aws.vpc.SecurityGroupIngressRule:
    """The rule ``name``, a child of ``parent``, that admits ``cidr`` to port 443."""
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=security_group_id,
        description=description,
        ip_protocol="tcp",
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
        cidr_ipv4=cidr,
        opts=pulumi.ResourceOptions(parent=parent),
    )
