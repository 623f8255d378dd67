"""Aliases of KMS keys."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, UpdateCall
from rehearsal.plugins.wire import Properties


class AliasHandler(ResourceHandler):
    """A name for a key."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the alias among all, with its key's ARN."""
        for alias in super().read(context, resource_id, properties) or []:
            if alias["AliasName"] == resource_id:
                key = context.call("kms", "describe_key", KeyId=alias["TargetKeyId"])["KeyMetadata"]
                return {**alias, "TargetKeyArn": key["Arn"]}
        return None

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs; the key can be given by its ARN as well."""
        now = super().current_inputs(context, resource_id, inputs, found)
        if inputs.get("targetKeyId") == found.get("TargetKeyArn"):
            now["targetKeyId"] = inputs["targetKeyId"]
        return now


TYPE = ResourceType(
    token="aws:kms/alias:Alias",
    service="kms",
    create="create_alias",
    id="{name}",
    read=Lookup(operation="list_aliases", arguments={}, path="Aliases"),
    delete=("delete_alias", {"AliasName": "{id}"}),
    renames={"name": "AliasName"},
    skip=frozenset({"namePrefix"}),
    replace=frozenset({"name", "namePrefix"}),
    updates=(UpdateCall(properties=("targetKeyId",), operation="update_alias", arguments={"AliasName": "{id}"}),),
    name="name",
    outputs={
        "arn": "arn:{partition}:kms:{region}:{account}:{name}",
        "targetKeyArn": "TargetKeyArn",
    },
    empty=NAME_PREFIX,
    handler=AliasHandler,
)
