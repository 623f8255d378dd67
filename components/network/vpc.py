"""The private network: public subnets for load balancers and NAT, control subnets for EKS, node subnets for nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_awsx as awsx

from components.network.endpoints import private_endpoints
from components.network.flow_logs import flow_logs
from components.network.node_subnets import nat_gateway_id, node_subnet
from settings.derived.address_plan import NetworkLayout, layout, zone_names
from settings.derived.plan import StackPlan
from settings.models.network import NetworkSettings
from settings.models.stack import PlatformSettings


@dataclass(frozen=True, kw_only=True)
class LlmVpcArgs:
    """Arguments of :class:`LlmVpc`."""

    network: NetworkSettings
    """Address range, zones, NAT strategy, flow logs and interface endpoints."""
    region: str
    """AWS region, such as ``us-east-1``."""
    node_zones: Sequence[str] | None = None
    """Letters of the zones that any pool is in; default all zones of the network."""
    dynamodb: bool = False
    """Whether nodes read a table of DynamoDB, as those of the gateway do."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""

    @classmethod
    def of(cls, settings: PlatformSettings, plan: StackPlan) -> Self:
        """Arguments of a stack's network."""
        return cls(
            network=settings.network,
            region=settings.region,
            node_zones=plan.node_zones,
            dynamodb=settings.gateway is not None,
            permissions_boundary=settings.permissions_boundary,
        )


class LlmVpc(pulumi.ComponentResource):
    """One VPC in three tiers.

    awsx makes the public and the control tier. The node tier is made of plain subnets: each awsx output depends on all
    of awsx's subnets, so no preview could show whether nodes are in a public one.
    """

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets of internet-facing load balancers and NAT gateways, in the order of the zones."""
    control_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets of the cluster's network interfaces and of internal load balancers, in the order of the zones."""
    node_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Zone letter to its node subnet."""
    node_routes: Sequence[pulumi.Resource]
    """What must be there before a node can reach anything outside: pools depend on it."""
    nat_gateway_ids: Sequence[pulumi.Output[str]]
    """NAT gateways: one, or one of each zone in their order."""
    node_cidrs: Mapping[str, str]
    """Zone letter to the addresses of its nodes and pods."""
    load_balancer_cidrs: Mapping[str, Sequence[str]]
    """Scheme (internal, internet-facing) to the addresses load balancers of that scheme send from."""

    def __init__(self, name: str, args: LlmVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the network ``name``."""
        super().__init__("llm:network:LlmVpc", name, None, opts)
        network = args.network
        zones, plan = zone_names(args.region, network.zones), layout(network)
        own_zones = network.zones if args.node_zones is None else args.node_zones
        self.node_cidrs = {zone: cidr for zone, cidr in plan.node.items() if zone in own_zones}
        self.load_balancer_cidrs = {
            "internal": list(plan.control.values()),
            "internet-facing": list(plan.public.values()),
        }
        vpc = _vpc(name, network, zones, plan, self)
        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = vpc.public_subnet_ids
        self.control_subnet_ids = vpc.private_subnet_ids
        self.nat_gateway_ids = [
            nat_gateway_id(vpc, number) for number in range(1 if network.nat == "single" else len(zones))
        ]
        subnets = {
            zone: node_subnet(
                f"{name}-nodes-{zone}",
                vpc=vpc,
                zone_name=zones[zone],
                cidr=cidr,
                gateway=0 if network.nat == "single" else list(zones).index(zone),
                parent=self,
            )
            for zone, cidr in self.node_cidrs.items()
        }
        self.node_subnet_ids = {zone: one.subnet.id for zone, one in subnets.items()}
        self.node_routes = [route for one in subnets.values() for route in one.routes]
        flow_logs(
            name,
            network.flow_logs,
            vpc_id=self.vpc_id,
            permissions_boundary=args.permissions_boundary,
            parent=self,
        )
        private_endpoints(
            name,
            region=args.region,
            vpc_id=self.vpc_id,
            services=network.interface_endpoints,
            node_subnets=self.node_subnet_ids,
            node_tables={zone: one.table.id for zone, one in subnets.items()},
            network_cidr=network.cidr,
            dynamodb=args.dynamodb,
            parent=self,
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "control_subnet_ids": self.control_subnet_ids,
            }
        )


def _vpc(
    name: str, network: NetworkSettings, zones: Mapping[str, str], plan: NetworkLayout, parent: pulumi.Resource
) -> awsx.ec2.Vpc:
    """VPC, internet gateway, NAT gateways, and the public and control subnets."""
    return awsx.ec2.Vpc(
        name,
        cidr_block=network.cidr,
        availability_zone_names=list(zones.values()),
        enable_dns_hostnames=True,
        enable_dns_support=True,
        instance_tenancy="default",
        nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(
            strategy=awsx.ec2.NatGatewayStrategy.SINGLE
            if network.nat == "single"
            else awsx.ec2.NatGatewayStrategy.ONE_PER_AZ
        ),
        # AUTO with explicit blocks: EXACT would refuse the gaps in which the node subnets are.
        subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
        subnet_specs=[
            awsx.ec2.SubnetSpecArgs(
                type=awsx.ec2.SubnetType.PUBLIC,
                name="public",
                cidr_blocks=[plan.public[zone] for zone in zones],
                tags={"kubernetes.io/role/elb": "1"},
            ),
            awsx.ec2.SubnetSpecArgs(
                type=awsx.ec2.SubnetType.PRIVATE,
                name="control",
                cidr_blocks=[plan.control[zone] for zone in zones],
                tags={"kubernetes.io/role/internal-elb": "1"},
            ),
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
