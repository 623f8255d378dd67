"""Two zones, a NAT gateway in each, explicit CIDR blocks that leave gaps."""

import pulumi
import pulumi_awsx as awsx

vpc = awsx.ec2.Vpc(
    "net",
    cidr_block="10.0.0.0/16",
    availability_zone_names=["us-east-1a", "us-east-1b"],
    instance_tenancy="default",
    enable_dns_hostnames=True,
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.ONE_PER_AZ),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        awsx.ec2.SubnetSpecArgs(
            type=awsx.ec2.SubnetType.PUBLIC, name="public", cidr_blocks=["10.0.1.0/24", "10.0.3.0/24"]
        ),
        awsx.ec2.SubnetSpecArgs(
            type=awsx.ec2.SubnetType.PRIVATE, name="private", cidr_blocks=["10.0.2.0/24", "10.0.4.0/24"]
        ),
    ],
)
for output in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids", "subnet_layout"):
    pulumi.export(output, getattr(vpc, output))
