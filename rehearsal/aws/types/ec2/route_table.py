"""Route tables."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN
from rehearsal.plugins.wire import Properties


class RouteTableHandler(ResourceHandler):
    """A route table with routes given inline."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Add the inline routes."""
        super().finish(context, resource_id, inputs)
        for route in inputs.get("routes") or []:
            context.call("ec2", "create_route", RouteTableId=resource_id, **_inline_route(route))

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Replace the inline routes that changed."""
        super().update(context, resource_id, old, new, outputs)
        before, after = old.get("routes") or [], new.get("routes") or []
        for route in before:
            if route not in after:
                destination = {
                    key: value for key, value in _inline_route(route).items() if key.startswith("Destination")
                }
                context.call("ec2", "delete_route", RouteTableId=resource_id, **destination)
        for route in after:
            if route not in before:
                context.call("ec2", "create_route", RouteTableId=resource_id, **_inline_route(route))


def _inline_route(route: Properties) -> dict[str, Any]:
    names = {
        "cidrBlock": "DestinationCidrBlock",
        "ipv6CidrBlock": "DestinationIpv6CidrBlock",
        "destinationPrefixListId": "DestinationPrefixListId",
    }
    return {names.get(key, key[0].upper() + key[1:]): value for key, value in route.items() if value}


TYPE = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    service="ec2",
    create="create_route_table",
    id="RouteTable.RouteTableId",
    read=Lookup(operation="describe_route_tables", arguments={"RouteTableIds": ["{id}"]}, path="RouteTables.0"),
    delete=("delete_route_table", {"RouteTableId": "{id}"}),
    skip=frozenset({"routes"}),
    replace=frozenset({"vpcId"}),
    tags=ec2_tags("route-table"),
    outputs={"arn": ARN + ":route-table/{id}", "ownerId": "{account}"},
    empty={"propagatingVgws": [], "routes": []},
    handler=RouteTableHandler,
)
