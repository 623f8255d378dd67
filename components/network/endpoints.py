"""VPC endpoints, over which nodes reach AWS services without NAT: S3 and DynamoDB by route, others by an interface in each node subnet."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.network.https_ingress import https_ingress


def private_endpoints(
    name: str,
    *,
    region: str,
    vpc_id: pulumi.Input[str],
    services: Sequence[str],
    node_subnets: Mapping[str, pulumi.Input[str]],
    node_tables: Mapping[str, pulumi.Input[str]],
    network_cidr: str,
    dynamodb: bool,
    parent: pulumi.Resource,
) -> list[aws.ec2.VpcEndpoint]:
    """Gateway endpoints, which cost nothing, for every table of ``node_tables``, and interface endpoints of ``services`` for the VPC.

    Those of S3, and of DynamoDB where something reads a table.
    """
    child = pulumi.ResourceOptions(parent=parent)
    # awsx would attach an S3 endpoint to its own route tables, or to none: weights would cross NAT, at its price.
    gateways = [
        aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(node_tables.values()),
            tags={"Name": f"{name}-{service}"},
            opts=child,
        )
        for service in ("s3", *(("dynamodb",) if dynamodb else ()))
    ]
    if not services:
        return gateways
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        description="Interface endpoints: HTTPS from the VPC",
        vpc_id=vpc_id,
        tags={"Name": f"{name}-endpoints"},
        opts=child,
    )
    # Their private DNS names hold in the whole VPC: a client that is not admitted, such as a runner of `pulumi up` in a
    # control subnet, would not fall back to NAT but time out.
    https_ingress(
        f"{name}-endpoints",
        security_group_id=group.id,
        description="HTTPS from the VPC",
        cidr=network_cidr,
        parent=parent,
    )
    interfaces = [
        aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.{service}",
            vpc_endpoint_type="Interface",
            subnet_ids=list(node_subnets.values()),
            security_group_ids=[group.id],
            private_dns_enabled=True,
            tags={"Name": f"{name}-{service.replace('.', '-')}"},
            opts=child,
        )
        for service in services
    ]
    return [*gateways, *interfaces]
