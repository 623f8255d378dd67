"""``awsx:ec2:Vpc`` and its children: VPC, internet gateway, subnets with route tables and routes, NAT, endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.provider import ConstructResult

from rehearsal.components.awsx import subnets as layout
from rehearsal.components.awsx.arguments import VpcArguments
from rehearsal.components.awsx.subnets import PlannedSubnet
from rehearsal.components.child import Child, Component, aws, aws_invoke, merged
from rehearsal.components.inputs import input_error


def construct(name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions) -> ConstructResult:
    """Register the VPC; a layout that cannot be is refused before anything is made."""
    try:
        args = VpcArguments.read(inputs)
        planned = args.plan(name)
    except layout.LayoutError as error:
        raise input_error(error.path, str(error)) from None
    vpc = Vpc(name, args, planned, options)
    return ConstructResult(urn=vpc.urn, state=vpc.state())


class Vpc(Component):
    """The component; like awsx's own it registers neither inputs nor outputs of its own."""

    def __init__(
        self, name: str, args: VpcArguments, planned: Sequence[PlannedSubnet], options: pulumi.ResourceOptions
    ) -> None:
        super().__init__("awsx:ec2:Vpc", name, None, options)
        self._name, self._args = name, args
        self._subnets: list[tuple[PlannedSubnet, Child]] = []
        self._route_tables: list[Child] = []
        self._associations: list[Child] = []
        self._routes: list[Child] = []
        self._eips: list[Child] = []
        self._nat_gateways: list[Child] = []
        tags = merged({"Name": name}, args.tags)
        self._vpc = aws("aws:ec2/vpc:Vpc", name, {**args.vpc, "tags": tags}, parent=self, outputs=["ipv6CidrBlock"])
        self._gateway = self._under_vpc("aws:ec2/internetGateway:InternetGateway", name, {"tags": tags})
        self._endpoints = [
            self._under_vpc(
                "aws:ec2/vpcEndpoint:VpcEndpoint", spec["serviceName"], {**spec, "tags": merged(tags, spec.get("tags"))}
            )
            for spec in args.endpoints
        ]
        zones = args.zone_names or self._zones_of_region(args.zones)
        for subnet in planned:
            self._subnet(subnet, zones, tags)

    def state(self) -> dict[str, Any]:
        """Awsx's outputs. Each depends on VPC and subnets, as with awsx, whose outputs come out of one promise."""
        children = [child for _, child in self._subnets]
        base = [self._vpc, *children]
        values: dict[str, Any] = {
            "eips": self._eips,
            "internetGateway": self._gateway,
            "natGateways": self._nat_gateways,
            "routeTableAssociations": self._associations,
            "routeTables": self._route_tables,
            "routes": self._routes,
            "subnets": children,
            "vpc": self._vpc,
            "vpcEndpoints": self._endpoints,
            "vpcId": self._vpc.id,
            "subnetLayout": self._args.layout(),
        }
        for kind in (layout.PUBLIC, layout.PRIVATE, layout.ISOLATED):
            chosen = [child for subnet, child in self._subnets if subnet.type == kind]
            values[f"{kind.lower()}Subnets"] = chosen
            values[f"{kind.lower()}SubnetIds"] = pulumi.Output.all(*[child.id for child in chosen])
        return {key: _after(base, value) for key, value in values.items()}

    def _under_vpc(self, token: str, name: str, inputs: Mapping[str, Any]) -> Child:
        return aws(token, name, {**inputs, "vpcId": self._vpc.id}, parent=self._vpc, depends_on=[self._vpc])

    def _zones_of_region(self, count: int) -> pulumi.Output[list[str]]:
        def first(result: Mapping[str, Any]) -> list[str]:
            names = list(result["names"])
            if len(names) < count:
                raise pulumi.RunError(
                    f"the region has {len(names)} availability zones, {count} are requested; choose another or fewer zones"
                )
            return names[:count]

        return aws_invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {}, parent=self).apply(first)

    def _subnet(self, plan: PlannedSubnet, zones: Sequence[str] | pulumi.Output[list[str]], tags: Any) -> None:
        own = {"Name": plan.name, "SubnetType": plan.type}
        subnet = self._under_vpc(
            "aws:ec2/subnet:Subnet",
            plan.name,
            {
                "availabilityZone": zones[plan.zone],
                "cidrBlock": str(plan.cidr),
                "assignIpv6AddressOnCreation": False,
                # awsx derives it from the VPC's, so it is unknown as long as the VPC's is, and then not set.
                "ipv6CidrBlock": self._vpc.output("ipv6CidrBlock").apply(lambda _: None),
                "mapPublicIpOnLaunch": plan.type == layout.PUBLIC,
                "tags": merged(tags, plan.tags, own),
            },
        )
        table = aws(
            "aws:ec2/routeTable:RouteTable",
            plan.name,
            {"vpcId": self._vpc.id, "tags": merged(tags, own)},
            parent=subnet,
            depends_on=[subnet],
        )
        association = aws(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            plan.name,
            {"routeTableId": table.id, "subnetId": subnet.id},
            parent=table,
            depends_on=[table],
        )
        self._subnets.append((plan, subnet))
        self._route_tables.append(table)
        self._associations.append(association)
        if plan.type == layout.PUBLIC:
            self._nat(plan.zone, subnet)
            self._route(plan.name, table, {"gatewayId": self._gateway.id})
        elif plan.type == layout.PRIVATE and self._args.nat.strategy != "None":
            # A zone's public subnet comes before its private ones, so its gateway is there.
            nat = self._nat_gateways[0 if self._args.nat.strategy == "Single" else plan.zone]
            self._route(plan.name, table, {"natGatewayId": nat.id})

    def _nat(self, zone: int, subnet: Child) -> None:
        """A zone's NAT gateway, in its first public subnet."""
        wanted = {"None": 0, "Single": 1, "OnePerAz": zone + 1}[self._args.nat.strategy]
        if len(self._nat_gateways) >= wanted:
            return
        name = f"{self._name}-{zone + 1}"
        tags = merged(self._args.tags, {"Name": name})
        allocation: pulumi.Input[str]
        if self._args.nat.allocation_ids:
            allocation = self._args.nat.allocation_ids[zone]
        else:
            eip = aws(
                "aws:ec2/eip:Eip", name, {"tags": tags}, parent=subnet, depends_on=[subnet], outputs=["allocationId"]
            )
            self._eips.append(eip)
            allocation = eip.output("allocationId")
        self._nat_gateways.append(
            aws(
                "aws:ec2/natGateway:NatGateway",
                name,
                {"subnetId": subnet.id, "allocationId": allocation, "tags": tags},
                parent=subnet,
                depends_on=[subnet],
            )
        )

    def _route(self, name: str, table: Child, target: Mapping[str, Any]) -> None:
        self._routes.append(
            aws(
                "aws:ec2/route:Route",
                name,
                {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", **target},
                parent=table,
                depends_on=[table],
            )
        )


def _after(children: Sequence[Child], value: Any) -> pulumi.Output[Any]:
    """The value, depending on all the children besides its own resources."""
    return pulumi.Output.all(*[child.urn for child in children]).apply(lambda _: value)
