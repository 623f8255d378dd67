"""Single tags of EC2 resources."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


class TagHandler(ResourceHandler):
    """A tag of a resource that is managed elsewhere."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the resource and its one tag."""
        return {"Resources": [inputs["resourceId"]], "Tags": [{"Key": inputs["key"], "Value": inputs["value"]}]}

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Write the new value over the old one."""
        context.call("ec2", "create_tags", **self.create_params(context, new))


TYPE = ResourceType(
    token="aws:ec2/tag:Tag",
    service="ec2",
    create="create_tags",
    id="{resourceId},{key}",
    read=Lookup(
        operation="describe_tags",
        arguments={
            "Filters": [{"Name": "resource-id", "Values": ["{resourceId}"]}, {"Name": "key", "Values": ["{key}"]}]
        },
        path="Tags.0",
    ),
    delete=("delete_tags", {"Resources": ["{resourceId}"], "Tags": [{"Key": "{key}"}]}),
    fixed={"Resources": ["{resourceId}"], "Tags": [{"Key": "{key}", "Value": "{value}"}]},
    skip=frozenset({"resourceId", "key"}),
    replace=frozenset({"resourceId", "key"}),
    handler=TagHandler,
)
