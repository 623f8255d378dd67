"""Three zones of the region, three kinds of subnets by mask, a NAT gateway a zone, a gateway and an interface endpoint."""

import pulumi
import pulumi_awsx as awsx

Spec, Type = awsx.ec2.SubnetSpecArgs, awsx.ec2.SubnetType
vpc = awsx.ec2.Vpc(
    "net",
    cidr_block="10.20.0.0/16",
    number_of_availability_zones=3,
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.ONE_PER_AZ),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        Spec(type=Type.PRIVATE, cidr_mask=19),
        Spec(type=Type.PUBLIC, cidr_mask=22),
        Spec(type=Type.ISOLATED, cidr_mask=24),
    ],
    vpc_endpoint_specs=[
        awsx.ec2.VpcEndpointSpecArgs(service_name="com.amazonaws.us-east-1.s3", vpc_endpoint_type="Gateway"),
        awsx.ec2.VpcEndpointSpecArgs(
            service_name="com.amazonaws.us-east-1.ecr.api", vpc_endpoint_type="Interface", private_dns_enabled=True
        ),
    ],
)
for output in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids", "subnet_layout"):
    pulumi.export(output, getattr(vpc, output))
