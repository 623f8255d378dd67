"""VPC: what bills (NAT gateways, addresses, endpoints), and what keeps a VPC from being deleted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.cost.prices import Rate
from residue.context import Context
from residue.owner import made_for
from residue.resource import Resource

Price = Callable[[Context, Mapping[str, Any]], float | None]


def _free(_context: Context, _item: Mapping[str, Any]) -> float:
    return 0.0


def _hourly(rate: Rate) -> Price:
    return lambda context, _item: context.by_the_hour(rate)


def _endpoint(context: Context, item: Mapping[str, Any]) -> float | None:
    zones = len(item.get("SubnetIds") or ()) if item.get("VpcEndpointType") == "Interface" else 0
    return context.by_the_hour(Rate.ENDPOINT, zones) if zones else 0.0


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One kind of the EC2 API that a stack has in its network."""

    name: str
    operation: str
    key: str
    id: str
    delete: str
    option: str
    price: Price = _free
    deleted: frozenset[str] = frozenset()
    """States in which it is gone already."""


_KINDS = (
    _Kind(
        name="NAT gateway",
        operation="describe_nat_gateways",
        key="NatGateways",
        id="NatGatewayId",
        delete="delete-nat-gateway",
        option="--nat-gateway-id",
        price=_hourly(Rate.NAT_GATEWAY),
        deleted=frozenset({"deleted", "deleting", "failed"}),
    ),
    _Kind(
        name="Elastic IP address",
        operation="describe_addresses",
        key="Addresses",
        id="AllocationId",
        delete="release-address",
        option="--allocation-id",
        price=_hourly(Rate.PUBLIC_IPV4),
    ),
    _Kind(
        name="VPC endpoint",
        operation="describe_vpc_endpoints",
        key="VpcEndpoints",
        id="VpcEndpointId",
        delete="delete-vpc-endpoints",
        option="--vpc-endpoint-ids",
        price=_endpoint,
        deleted=frozenset({"deleted", "deleting"}),
    ),
    _Kind(
        name="network interface",
        operation="describe_network_interfaces",
        key="NetworkInterfaces",
        id="NetworkInterfaceId",
        delete="delete-network-interface",
        option="--network-interface-id",
    ),
    _Kind(
        name="security group",
        operation="describe_security_groups",
        key="SecurityGroups",
        id="GroupId",
        delete="delete-security-group",
        option="--group-id",
    ),
    _Kind(
        name="subnet",
        operation="describe_subnets",
        key="Subnets",
        id="SubnetId",
        delete="delete-subnet",
        option="--subnet-id",
    ),
    _Kind(
        name="internet gateway",
        operation="describe_internet_gateways",
        key="InternetGateways",
        id="InternetGatewayId",
        delete="delete-internet-gateway",
        option="--internet-gateway-id",
    ),
    _Kind(
        name="route table",
        operation="describe_route_tables",
        key="RouteTables",
        id="RouteTableId",
        delete="delete-route-table",
        option="--route-table-id",
    ),
    _Kind(
        name="flow log",
        operation="describe_flow_logs",
        key="FlowLogs",
        id="FlowLogId",
        delete="delete-flow-logs",
        option="--flow-log-ids",
    ),
    _Kind(name="VPC", operation="describe_vpcs", key="Vpcs", id="VpcId", delete="delete-vpc", option="--vpc-id"),
)
_TELLING = ("Description", "ServiceName", "PublicIp", "CidrBlock")
"""Keys whose value helps to recognise a resource."""
_IN_VPC = frozenset({"network interface", "security group"})
"""Kinds that controllers and EKS make in a VPC, with tags or without: what is in the stack's VPC is the stack's."""


def find(context: Context) -> Iterator[Resource]:
    """What of the network is left, in the order in which it can be deleted."""
    vpcs = {vpc["VpcId"] for vpc in context.cloud.pages("ec2", "describe_vpcs", "Vpcs") if context.found_by(vpc)}
    for kind in _KINDS:
        for item in context.cloud.pages("ec2", kind.operation, kind.key):
            found = context.found_by(item)
            if found is None and kind.name in _IN_VPC and item.get("VpcId") in vpcs:
                found = f"in {item['VpcId']}"
            if found is None or _state(item) in kind.deleted or item.get("GroupName") == "default":
                continue
            yield Resource(
                kind=kind.name,
                id=item[kind.id],
                detail=_detail(item),
                found_by=found,
                usd_per_month=kind.price(context, item),
                command=context.command("ec2", kind.delete, kind.option, item[kind.id]),
            )


def _state(item: Mapping[str, Any]) -> str:
    return str(item.get("State", "")).lower()


def _detail(item: Mapping[str, Any]) -> str:
    attached = [one["VpcId"] for one in item.get("Attachments", ()) if "VpcId" in one]
    if attached:
        return f"attached to {attached[0]}: detach it first"
    telling = str(next((item[key] for key in _TELLING if item.get(key)), ""))
    return ", ".join(part for part in (telling, made_for(item)) if part)
