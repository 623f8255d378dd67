"""Two zones of the region, one NAT gateway, subnets by mask, tags."""

import pulumi
import pulumi_awsx as awsx

vpc = awsx.ec2.Vpc(
    "net",
    cidr_block="10.0.0.0/16",
    number_of_availability_zones=2,
    enable_dns_hostnames=True,
    enable_dns_support=True,
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.SINGLE),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        awsx.ec2.SubnetSpecArgs(type=awsx.ec2.SubnetType.PUBLIC, cidr_mask=20, tags={"kubernetes.io/role/elb": "1"}),
        awsx.ec2.SubnetSpecArgs(
            type=awsx.ec2.SubnetType.PRIVATE, cidr_mask=18, tags={"kubernetes.io/role/internal-elb": "1"}
        ),
    ],
    tags={"Team": "ml"},
)
for output in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids", "subnet_layout"):
    pulumi.export(output, getattr(vpc, output))
