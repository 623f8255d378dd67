"""Which subnets are public: by themselves, or by a route table that leads to an internet gateway.

A route table is known here by its URN; the main table that AWS makes with each VPC, and that an
``aws.ec2.DefaultRouteTable`` only adopts, by the VPC's.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, Value, as_list, parse_bool

SUBNET: Final = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ROUTE: Final = "aws:ec2/route:Route"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
VPC: Final = "aws:ec2/vpc:Vpc"
TYPES: Final = frozenset({
    SUBNET, DEFAULT_SUBNET, ROUTE_TABLE, DEFAULT_ROUTE_TABLE, ROUTE, ASSOCIATION, MAIN_ASSOCIATION, INTERNET_GATEWAY,
    VPC,
})  # fmt: skip
ELSEWHERE: Final = "elsewhere"


class Publicness:
    """Which subnets are public, and why."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        stack = graph.stack
        self._names = {table.urn: f"route table {table.name}" for table in stack.of(ROUTE_TABLE)}
        self._names |= {vpc.urn: f"main route table of VPC {vpc.name}" for vpc in stack.of(VPC)}
        self._tables: dict[str, list[str]] = defaultdict(list)
        self._perhaps_associated: set[str] = set()
        """Subnets that an association may be for, by way of another resource."""
        for association in stack.of(ASSOCIATION):
            through = self._through(association, "subnetId", SUBNET, DEFAULT_SUBNET)
            self._perhaps_associated.update(subnet.urn for subnet in through)
            for subnet in self._follow(association, "subnetId", SUBNET, DEFAULT_SUBNET):
                self._tables[subnet.urn] += self._table(association, "routeTableId")
        self._main: dict[str, list[str]] = {}
        for association in stack.of(MAIN_ASSOCIATION):
            for vpc in self._follow(association, "vpcId", VPC):
                self._main[vpc.urn] = self._table(association, "routeTableId")
        self._to_internet = set(self._leading_tables())
        self._doubtful = set(self._doubtful_tables())

    def _follow(self, subject: Subject, prop: str, *types: str) -> list[Subject]:
        value = subject.props.get(prop)
        return [item for type_ in types for item in self.graph.targets(subject, prop, value, type_).subjects]

    def _through(self, subject: Subject, prop: str, *types: str) -> list[Subject]:
        value = subject.props.get(prop)
        return [item for type_ in types for item in self.graph.targets(subject, prop, value, type_).through]

    def _table(self, subject: Subject, prop: str) -> list[str]:
        """The route tables that a property refers to."""
        tables = [table.urn for table in self._follow(subject, prop, ROUTE_TABLE)]
        tables += [key for table in self._follow(subject, prop, DEFAULT_ROUTE_TABLE) for key in self._adopted(table)]
        return tables or self._main_table(subject, prop) or [ELSEWHERE]

    def _adopted(self, table: Subject) -> list[str]:
        return self._main_table(table, "defaultRouteTableId") or [table.urn]

    def _main_table(self, subject: Subject, prop: str) -> list[str]:
        """The VPC whose main table a property means, as ``vpc.main_route_table_id`` does."""
        value = subject.props.get(prop)
        if value is UNKNOWN:
            return [vpc.urn for vpc in self._follow(subject, prop, VPC)]
        return [
            vpc.urn
            for vpc in self.graph.stack.of(VPC)
            if isinstance(value, str) and value in {_text(vpc, "mainRouteTableId"), _text(vpc, "defaultRouteTableId")}
        ]

    def _gateways(self) -> Iterator[tuple[Subject, str, Value]]:
        """Every gateway that a route leads to: the resource with the route, the property, the value."""
        for route in self.graph.stack.of(ROUTE):
            yield route, "gatewayId", route.props.get("gatewayId")
        for table in self.graph.stack.of(ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
            for item in as_list(table.props.get("routes")):
                yield table, "routes", item.get("gatewayId") if isinstance(item, dict) else item

    def _leading_tables(self) -> Iterator[str]:
        for subject, prop, gateway in self._gateways():
            if self._to_gateway(subject, prop, gateway):
                yield from self._tables_with(subject)

    def _doubtful_tables(self) -> Iterator[str]:
        for subject, prop, gateway in self._gateways():
            leads = self._to_gateway(subject, prop, gateway)
            # What an unknown gateway is, the dependencies show; without any it comes from outside this stack.
            dependencies = subject.property_dependencies.get(prop)
            may_lead = gateway is UNKNOWN and (
                not dependencies or self.graph.targets(subject, prop, gateway, INTERNET_GATEWAY).through
            )
            if may_lead:
                yield from self._tables_with(subject)
            if (leads or may_lead) and subject.type == ROUTE:
                yield from (table.urn for table in self._through(subject, "routeTableId", ROUTE_TABLE))

    def _tables_with(self, subject: Subject) -> list[str]:
        """The route tables that a route, or a table with its own routes, belongs to."""
        if subject.type == ROUTE:
            return self._table(subject, "routeTableId")
        return [subject.urn] if subject.type == ROUTE_TABLE else self._adopted(subject)

    def _to_gateway(self, subject: Subject, prop: str, gateway: Value) -> bool:
        if isinstance(gateway, str) and gateway.startswith("igw-"):
            return True
        return gateway is not None and bool(self.graph.targets(subject, prop, gateway, INTERNET_GATEWAY).subjects)

    def why(self, subnet: Subject) -> str | None:
        """Return why a subnet is public, None where nothing shows that it is."""
        if subnet.type == DEFAULT_SUBNET:
            return "a default subnet of AWS is public"
        if parse_bool(subnet.props.get("mapPublicIpOnLaunch")):
            return "mapPublicIpOnLaunch is true"
        if self._perhaps_elsewhere(subnet):
            return None
        leading = [table for table in self._tables_of(subnet) if table in self._to_internet and table != ELSEWHERE]
        return f"its {self._names.get(leading[0], 'route table')} leads to an internet gateway" if leading else None

    def doubt(self, subnet: Subject) -> str | None:
        """What leaves open whether a subnet is public."""
        if subnet.props.get("mapPublicIpOnLaunch") is UNKNOWN:
            return "mapPublicIpOnLaunch is unknown"
        if self._perhaps_elsewhere(subnet):
            return "its route table is known through another resource only"
        if self._doubtful & set(self._tables_of(subnet)):
            return "its route table leads to a gateway that is not known"
        return "its route table is not in this stack" if ELSEWHERE in self._tables_of(subnet) else None

    def _perhaps_elsewhere(self, subnet: Subject) -> bool:
        """Whether only an association whose subnet is unknown gives a subnet its table."""
        return subnet.urn in self._perhaps_associated and subnet.urn not in self._tables

    def _tables_of(self, subnet: Subject) -> list[str]:
        own = self._tables.get(subnet.urn)
        if own is not None:
            return own
        vpcs = self._follow(subnet, "vpcId", VPC)
        return [table for vpc in vpcs for table in self._main.get(vpc.urn, [vpc.urn])] or [ELSEWHERE]


def _text(subject: Subject, key: str) -> str | None:
    value = subject.props.get(key)
    return value if isinstance(value, str) else None
