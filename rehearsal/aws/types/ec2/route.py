"""Routes."""

import binascii
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import cidr
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_TARGETS = (
    *("gatewayId", "natGatewayId", "vpcEndpointId", "transitGatewayId", "vpcPeeringConnectionId"),
    *("networkInterfaceId", "egressOnlyGatewayId", "carrierGatewayId", "localGatewayId"),
)
_DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}


def _route_has_target(_: ResourceContext, inputs: Properties) -> Failures:
    """Require exactly one target."""
    targets = [key for key, value in inputs.items() if key.endswith(("Id", "Arn")) and value is not None]
    named = sorted(set(targets) - {"routeTableId", "destinationPrefixListId"})
    if len(named) == 1:
        return []
    return [("", f"a route needs exactly one target, this one has {', '.join(named) or 'none'}")]


class RouteHandler(ResourceHandler):
    """One route; its table and destination name it."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it, if its target exists (moto accepts any)."""
        _check_target(context, inputs)
        context.call("ec2", "create_route", **self.create_params(context, inputs))
        destination = next(str(inputs[key]) for key in _DESTINATIONS if inputs.get(key))
        return f"r-{inputs['routeTableId']}{binascii.crc32(destination.encode())}"

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the route in its table."""
        table = super().read(context, resource_id, properties)
        for route in (table or {}).get("Routes", []):
            for key, member in _DESTINATIONS.items():
                if properties.get(key) and route.get(member) == properties[key]:
                    return route
        return None

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change its target."""
        if any(old.get(key) != new.get(key) for key in _TARGETS):
            _check_target(context, new)
            context.call("ec2", "replace_route", **self.create_params(context, new))

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove it."""
        properties = {**outputs, **inputs}
        destination = {member: properties[key] for key, member in _DESTINATIONS.items() if properties.get(key)}
        context.call("ec2", "delete_route", RouteTableId=properties["routeTableId"], **destination)


def _check_target(context: ResourceContext, inputs: Properties) -> None:
    nat = inputs.get("natGatewayId")
    if nat:
        read = Lookup(
            operation="describe_nat_gateways",
            arguments={"NatGatewayIds": [nat]},
            path="NatGateways.0",
            deleted=("State", frozenset({"deleted", "deleting"})),
        )
        if context.lookup("ec2", read, {}) is None:
            raise ProviderError(f"CreateRoute: InvalidNatGatewayID.NotFound: The NatGateway ID '{nat}' does not exist")


TYPE = ResourceType(
    token="aws:ec2/route:Route",
    service="ec2",
    create="create_route",
    read=Lookup(
        operation="describe_route_tables", arguments={"RouteTableIds": ["{routeTableId}"]}, path="RouteTables.0"
    ),
    replace=frozenset({"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"}),
    outputs={"origin": "Origin", "state": "State"},
    empty={"instanceId": "", "instanceOwnerId": "", "networkInterfaceId": ""},
    checks=(_route_has_target, cidr("destinationCidrBlock", 0, 32)),
    handler=RouteHandler,
)
