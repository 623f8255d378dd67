"""The private network: public subnets for load balancers and NAT, control subnets for EKS, node subnets for nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.network.endpoints import PrivateEndpoints
from components.network.flow_logs import FlowLogs
from components.network.https_ingress import EVERYWHERE
from settings.derived.address_plan import layout, zone_names
from settings.models.network import NetworkSettings


@dataclass(frozen=True, kw_only=True)
class LlmVpcArgs:
    """What :class:`LlmVpc` is made of."""

    network: NetworkSettings
    """Address range, zones, NAT strategy, flow logs and interface endpoints."""
    region: str
    """AWS region, such as ``us-east-1``."""
    node_zones: Sequence[str] | None = None
    """Letters of the zones in which any pool stands; default all zones of the network."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""


class LlmVpc(pulumi.ComponentResource):
    """One VPC in three tiers.

    awsx makes the public and the control tier. The node tier is made of plain subnets: each awsx output depends on all
    of awsx's subnets, so nobody could tell in a preview whether nodes land in a public one.
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
    node_cidrs: Mapping[str, str]
    """Zone letter to the addresses of its nodes and pods."""
    load_balancer_cidrs: Mapping[str, Sequence[str]]
    """Scheme (internal, internet-facing) to the addresses load balancers of that scheme send from."""

    def __init__(self, name: str, args: LlmVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the network ``name``."""
        super().__init__("llm:network:LlmVpc", name, None, opts)
        self._prefix, self._args = name, args
        self._zones = zone_names(args.region, args.network.zones)
        self._plan = layout(args.network)
        own_zones = args.network.zones if args.node_zones is None else args.node_zones
        self.node_cidrs = {zone: cidr for zone, cidr in self._plan.node.items() if zone in own_zones}

        self.load_balancer_cidrs = {
            "internal": list(self._plan.control.values()),
            "internet-facing": list(self._plan.public.values()),
        }

        vpc = self._vpc()
        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = vpc.public_subnet_ids
        self.control_subnet_ids = vpc.private_subnet_ids
        subnets = {zone: self._node_subnet(zone) for zone in self.node_cidrs}
        tables = {zone: self._node_table(zone) for zone in self.node_cidrs}
        self.node_subnet_ids = {zone: subnet.id for zone, subnet in subnets.items()}
        self.node_routes = [
            route
            for zone, subnet in subnets.items()
            for route in self._routes(zone, subnet, tables[zone], vpc.nat_gateways)
        ]
        FlowLogs(self, name, self.vpc_id, args.network.flow_logs, args.permissions_boundary)
        PrivateEndpoints(
            self,
            name,
            region=args.region,
            vpc_id=self.vpc_id,
            services=args.network.interface_endpoints,
            node_subnets=self.node_subnet_ids,
            network_cidr=args.network.cidr,
            node_tables={zone: table.id for zone, table in tables.items()},
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "control_subnet_ids": self.control_subnet_ids,
            }
        )

    def _vpc(self) -> awsx.ec2.Vpc:
        network = self._args.network
        single = network.nat == "single"
        return awsx.ec2.Vpc(
            self._prefix,
            cidr_block=network.cidr,
            availability_zone_names=list(self._zones.values()),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            instance_tenancy="default",
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(
                strategy=awsx.ec2.NatGatewayStrategy.SINGLE if single else awsx.ec2.NatGatewayStrategy.ONE_PER_AZ
            ),
            # AUTO with explicit blocks: EXACT would refuse the gaps in which the node subnets stand.
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(
                    type=awsx.ec2.SubnetType.PUBLIC,
                    name="public",
                    cidr_blocks=[self._plan.public[zone] for zone in self._zones],
                    tags={"kubernetes.io/role/elb": "1"},
                ),
                awsx.ec2.SubnetSpecArgs(
                    type=awsx.ec2.SubnetType.PRIVATE,
                    name="control",
                    cidr_blocks=[self._plan.control[zone] for zone in self._zones],
                    tags={"kubernetes.io/role/internal-elb": "1"},
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _node_subnet(self, zone: str) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._prefix}-nodes-{zone}",
            vpc_id=self.vpc_id,
            availability_zone=self._zones[zone],
            cidr_block=self.node_cidrs[zone],
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._prefix}-nodes-{zone}"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _node_table(self, zone: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._prefix}-nodes-{zone}",
            vpc_id=self.vpc_id,
            tags={"Name": f"{self._prefix}-nodes-{zone}"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _routes(
        self,
        zone: str,
        subnet: aws.ec2.Subnet,
        table: aws.ec2.RouteTable,
        gateways: pulumi.Output[Sequence[aws.ec2.NatGateway]],
    ) -> tuple[pulumi.Resource, pulumi.Resource]:
        place = 0 if self._args.network.nat == "single" else list(self._zones).index(zone)
        gateway: pulumi.Output[str] = gateways.apply(lambda made: made[place].id)
        child = pulumi.ResourceOptions(parent=self)
        route = aws.ec2.Route(
            f"{self._prefix}-nodes-{zone}",
            route_table_id=table.id,
            destination_cidr_block=EVERYWHERE,
            nat_gateway_id=gateway,
            opts=child,
        )
        association = aws.ec2.RouteTableAssociation(
            f"{self._prefix}-nodes-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=child
        )
        return route, association
