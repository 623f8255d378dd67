"""Node subnets: one a zone, each with a route table of its own to a NAT gateway."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.network.https_ingress import EVERYWHERE


@dataclass(frozen=True, kw_only=True)
class NodeSubnet:
    """The subnet of the nodes of one zone."""

    subnet: aws.ec2.Subnet
    """The subnet; instances get no public address."""
    table: aws.ec2.RouteTable
    """Its route table."""
    routes: tuple[pulumi.Resource, ...]
    """What gives a node in it a way out: the route to NAT and the table's association."""


def node_subnet(
    name: str, *, vpc: awsx.ec2.Vpc, zone_name: str, cidr: str, gateway: int, parent: pulumi.Resource
) -> NodeSubnet:
    """The subnet ``name``.

    Args:
        name: Logical name of each of its resources, and tag ``Name``.
        vpc: The VPC.
        zone_name: Availability zone, such as ``us-east-1a``.
        cidr: Its address range.
        gateway: Which of the VPC's NAT gateways it goes out by.
        parent: The component.
    """
    child = pulumi.ResourceOptions(parent=parent)
    subnet = aws.ec2.Subnet(
        name,
        vpc_id=vpc.vpc_id,
        availability_zone=zone_name,
        cidr_block=cidr,
        map_public_ip_on_launch=False,
        tags={"Name": name},
        opts=child,
    )
    table = aws.ec2.RouteTable(name, vpc_id=vpc.vpc_id, tags={"Name": name}, opts=child)
    route = aws.ec2.Route(
        name,
        route_table_id=table.id,
        destination_cidr_block=EVERYWHERE,
        nat_gateway_id=nat_gateway_id(vpc, gateway),
        opts=child,
    )
    association = aws.ec2.RouteTableAssociation(name, route_table_id=table.id, subnet_id=subnet.id, opts=child)
    return NodeSubnet(subnet=subnet, table=table, routes=(route, association))


def nat_gateway_id(vpc: awsx.ec2.Vpc, number: int) -> pulumi.Output[str]:
    """Id of one of the VPC's NAT gateways."""
    found: pulumi.Output[str] = vpc.nat_gateways.apply(lambda gateways: gateways[number].id)
    return found
