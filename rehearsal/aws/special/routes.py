"""Behaviours of route tables, routes and associations."""

import binascii
from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.context import Context
from rehearsal.aws.kind import Read
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


class RouteTable(Behaviour):
    """A route table with routes given inline."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Add the inline routes."""
        super().finish(context, resource_id, inputs)
        for route in inputs.get("routes") or []:
            context.call("ec2", "create_route", RouteTableId=resource_id, **_inline_route(route))

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
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


class Route(Behaviour):
    """One route; its table and destination name it."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Add it, after a look whether its target exists (moto takes any)."""
        _check_target(context, inputs)
        context.call("ec2", "create_route", **self.create_params(context, inputs))
        destination = next(str(inputs[key]) for key in _DESTINATIONS if inputs.get(key))
        return f"r-{inputs['routeTableId']}{binascii.crc32(destination.encode())}"

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The route in its table."""
        table = super().look(context, resource_id, properties)
        for route in (table or {}).get("Routes", []):
            for key, member in _DESTINATIONS.items():
                if properties.get(key) and route.get(member) == properties[key]:
                    return route
        return None

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Point it elsewhere."""
        if any(old.get(key) != new.get(key) for key in _TARGETS):
            _check_target(context, new)
            context.call("ec2", "replace_route", **self.create_params(context, new))

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove it."""
        properties = {**outputs, **inputs}
        destination = {member: properties[key] for key, member in _DESTINATIONS.items() if properties.get(key)}
        context.call("ec2", "delete_route", RouteTableId=properties["routeTableId"], **destination)


def _check_target(context: Context, inputs: Properties) -> None:
    nat = inputs.get("natGatewayId")
    if nat:
        read = Read(
            operation="describe_nat_gateways",
            arguments={"NatGatewayIds": [nat]},
            path="NatGateways.0",
            gone=("State", frozenset({"deleted", "deleting"})),
        )
        if context.look("ec2", read, {}) is None:
            raise ProviderError(f"CreateRoute: InvalidNatGatewayID.NotFound: The NatGateway ID '{nat}' does not exist")


class RouteTableAssociation(Behaviour):
    """A subnet's or gateway's route table."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Associate, unless the subnet has a table already (moto would answer with that one)."""
        subnet = inputs.get("subnetId")
        if subnet:
            table = context.look("ec2", self.kind.read, {"subnetId": subnet}) if self.kind.read else None
            if table is not None and table["RouteTableId"] != inputs["routeTableId"]:
                raise ProviderError(
                    f"AssociateRouteTable: Resource.AlreadyAssociated: {subnet} is already associated with "
                    f"{table['RouteTableId']}"
                )
        return super().create(context, inputs)

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The association; it keeps its subnet and may change its table (and then its id)."""
        table = super().look(context, resource_id, properties)
        for association in (table or {}).get("Associations", []):
            if association.get("SubnetId") == properties.get("subnetId"):
                return association
        return None

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Give the subnet another table."""
        found = self.look(context, resource_id, new)
        if found is None:
            raise ProviderError(f"{resource_id}: the association is gone; run `pulumi refresh`")
        context.call(
            "ec2",
            "replace_route_table_association",
            AssociationId=found["RouteTableAssociationId"],
            RouteTableId=new["routeTableId"],
        )

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Disassociate."""
        found = self.look(context, resource_id, {**outputs, **inputs})
        if found is not None:
            context.call("ec2", "disassociate_route_table", AssociationId=found["RouteTableAssociationId"])


class MainRouteTableAssociation(Behaviour):
    """Which table of a VPC is the main one; deletion gives the original its place back."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Make the table the main one."""
        association = self._main(context, inputs)
        answer = context.call(
            "ec2",
            "replace_route_table_association",
            AssociationId=association["RouteTableAssociationId"],
            RouteTableId=inputs["routeTableId"],
        )
        return str(answer["NewAssociationId"])

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The association of the main table, while that is the table asked for."""
        table = super().look(context, "", properties)
        return None if table is None or table["RouteTableId"] != properties["routeTableId"] else table

    def _main(self, context: Context, properties: Properties) -> Any:
        table = super().look(context, "", properties)
        for association in (table or {}).get("Associations", []):
            if association.get("Main"):
                return association
        raise ProviderError(f"{properties['vpcId']} has no main route table")

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Remember the table that was the main one: the first of the VPC."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        tables = context.call(
            "ec2", "describe_route_tables", Filters=[{"Name": "vpc-id", "Values": [inputs["vpcId"]]}]
        )["RouteTables"]
        outputs["originalRouteTableId"] = before.get("originalRouteTableId") or tables[0]["RouteTableId"]
        return outputs

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Make another table the main one."""
        self.create(context, new)

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Give the original table its place back."""
        self.create(context, {"vpcId": inputs["vpcId"], "routeTableId": outputs["originalRouteTableId"]})
