"""Public and control subnets from the component, node subnets of our own that route to its NAT gateways."""

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

NODES = {"us-east-1a": "10.0.2.0/24", "us-east-1b": "10.0.4.0/24"}
Spec, Type = awsx.ec2.SubnetSpecArgs, awsx.ec2.SubnetType
vpc = awsx.ec2.Vpc(
    "net",
    cidr_block="10.0.0.0/16",
    availability_zone_names=list(NODES),
    enable_dns_hostnames=True,
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.ONE_PER_AZ),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        Spec(
            type=Type.PUBLIC,
            name="public",
            cidr_blocks=["10.0.1.0/24", "10.0.3.0/24"],
            tags={"kubernetes.io/role/elb": "1"},
        ),
        Spec(
            type=Type.PRIVATE,
            name="control",
            cidr_blocks=["10.0.0.0/28", "10.0.0.16/28"],
            tags={"kubernetes.io/role/internal-elb": "1"},
        ),
    ],
)
nodes = []
for index, (zone, cidr) in enumerate(NODES.items()):
    name = f"net-nodes-{zone[-1]}"
    subnet = aws.ec2.Subnet(
        name, vpc_id=vpc.vpc_id, availability_zone=zone, cidr_block=cidr, map_public_ip_on_launch=False
    )
    table = aws.ec2.RouteTable(name, vpc_id=vpc.vpc_id)
    aws.ec2.Route(
        name,
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=vpc.nat_gateways.apply(lambda gateways, index=index: gateways[index].id),
    )
    aws.ec2.RouteTableAssociation(name, route_table_id=table.id, subnet_id=subnet.id)
    nodes.append(subnet.id)
pulumi.export("nodes", nodes)
for output in ("vpc_id", "public_subnet_ids", "private_subnet_ids"):
    pulumi.export(output, getattr(vpc, output))
