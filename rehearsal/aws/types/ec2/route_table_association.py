"""Associations of a subnet or gateway with a route table."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class RouteTableAssociationHandler(ResourceHandler):
    """A subnet's or gateway's route table."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Associate, unless the subnet has a table already (moto would return that association)."""
        subnet = inputs.get("subnetId")
        if subnet:
            table = context.lookup("ec2", self.spec.read, {"subnetId": subnet}) if self.spec.read else None
            if table is not None and table["RouteTableId"] != inputs["routeTableId"]:
                raise ProviderError(
                    f"AssociateRouteTable: Resource.AlreadyAssociated: {subnet} is already associated with "
                    f"{table['RouteTableId']}"
                )
        return super().create(context, inputs)

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the association of the subnet, whose table (and then its id) can have changed."""
        table = super().read(context, resource_id, properties)
        for association in (table or {}).get("Associations", []):
            if association.get("SubnetId") == properties.get("subnetId"):
                return association
        return None

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Give the subnet another table."""
        found = self.read(context, resource_id, new)
        if found is None:
            raise ProviderError(f"{resource_id}: the association no longer exists; run `pulumi refresh`")
        context.call(
            "ec2",
            "replace_route_table_association",
            AssociationId=found["RouteTableAssociationId"],
            RouteTableId=new["routeTableId"],
        )

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Disassociate."""
        found = self.read(context, resource_id, {**outputs, **inputs})
        if found is not None:
            context.call("ec2", "disassociate_route_table", AssociationId=found["RouteTableAssociationId"])


TYPE = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    create="associate_route_table",
    id="AssociationId",
    read=Lookup(
        operation="describe_route_tables",
        arguments={"Filters": [{"Name": "association.subnet-id", "Values": ["{subnetId}"]}]},
        path="RouteTables.0",
    ),
    replace=frozenset({"subnetId", "gatewayId"}),
    handler=RouteTableAssociationHandler,
)
