"""Associations of a VPC with its main route table."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class MainRouteTableAssociationHandler(ResourceHandler):
    """The main route table of a VPC; deletion makes the original one the main one again."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Make the table the main route table."""
        association = self._main(context, inputs)
        answer = context.call(
            "ec2",
            "replace_route_table_association",
            AssociationId=association["RouteTableAssociationId"],
            RouteTableId=inputs["routeTableId"],
        )
        return str(answer["NewAssociationId"])

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the main table, if it is that of ``routeTableId``."""
        table = super().read(context, "", properties)
        return None if table is None or table["RouteTableId"] != properties["routeTableId"] else table

    def _main(self, context: ResourceContext, properties: Properties) -> Any:
        table = super().read(context, "", properties)
        for association in (table or {}).get("Associations", []):
            if association.get("Main"):
                return association
        raise ProviderError(f"{properties['vpcId']} has no main route table")

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with the original main route table: the first of the VPC."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        tables = context.call(
            "ec2", "describe_route_tables", Filters=[{"Name": "vpc-id", "Values": [inputs["vpcId"]]}]
        )["RouteTables"]
        outputs["originalRouteTableId"] = before.get("originalRouteTableId") or tables[0]["RouteTableId"]
        return outputs

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Make another table the main one."""
        self.create(context, new)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Make the original table the main route table again."""
        self.create(context, {"vpcId": inputs["vpcId"], "routeTableId": outputs["originalRouteTableId"]})


TYPE = ResourceType(
    token="aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
    service="ec2",
    create="replace_route_table_association",
    id="NewAssociationId",
    read=Lookup(
        operation="describe_route_tables",
        arguments={
            "Filters": [
                {"Name": "association.main", "Values": ["true"]},
                {"Name": "vpc-id", "Values": ["{vpcId}"]},
            ]
        },
        path="RouteTables.0",
    ),
    replace=frozenset({"vpcId"}),
    handler=MainRouteTableAssociationHandler,
)
