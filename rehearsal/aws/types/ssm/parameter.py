"""Parameters of SSM Parameter Store."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, TagCalls, UpdateCall
from rehearsal.plugins.wire import Properties


class ParameterHandler(ResourceHandler):
    """A parameter; an update replaces all of it."""

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Write it again if anything but the tags differs."""
        keys = ("type", "value", "description", "tier")
        if any(old.get(key) != new.get(key) for key in keys):
            params = {key[0].upper() + key[1:]: new[key] for key in keys if new.get(key) is not None}
            context.call("ssm", "put_parameter", Name=resource_id, Overwrite=True, **params)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)


TYPE = ResourceType(
    token="aws:ssm/parameter:Parameter",
    service="ssm",
    create="put_parameter",
    id="{name}",
    read=Lookup(operation="get_parameter", arguments={"Name": "{id}", "WithDecryption": True}, path="Parameter"),
    delete=("delete_parameter", {"Name": "{id}"}),
    skip=frozenset({"overwrite"}),
    replace=frozenset({"name"}),
    tags=TagCalls(
        member="Tags",
        add="add_tags_to_resource",
        remove="remove_tags_from_resource",
        arguments={"ResourceType": "Parameter", "ResourceId": "{id}"},
        read=Lookup(
            operation="list_tags_for_resource",
            arguments={"ResourceType": "Parameter", "ResourceId": "{id}"},
            path="TagList",
        ),
    ),
    updates=(
        UpdateCall(
            properties=("value", "type", "description", "tier"),
            operation="put_parameter",
            arguments={"Name": "{id}", "Overwrite": True},
        ),
    ),
    name="name",
    outputs={"arn": "ARN", "version": "Version"},
    empty={
        "dataType": "text",
        "hasValueWo": False,
        "insecureValue": "",
        "keyId": "",
        "tier": "Standard",
    },
    handler=ParameterHandler,
)
