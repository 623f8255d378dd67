"""Secrets of Secrets Manager."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls, UpdateCall
from rehearsal.plugins.wire import Properties


class SecretHandler(ResourceHandler):
    """A secret; deletion has a window."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the secret; None while it waits for its deletion."""
        found = super().read(context, resource_id, properties)
        return None if found is None or found.get("DeletedDate") else found

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete at once if the window is 0, else let AWS wait."""
        window = inputs.get("recoveryWindowInDays", 30)
        how: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        context.call("secretsmanager", "delete_secret", SecretId=resource_id, **how)


TYPE = ResourceType(
    token="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    create="create_secret",
    id="ARN",
    read=Lookup(operation="describe_secret", arguments={"SecretId": "{id}"}),
    renames={"policy": "ResourcePolicy"},
    skip=frozenset({"recoveryWindowInDays", "namePrefix", "forceOverwriteReplicaSecret"}),
    replace=frozenset({"name", "namePrefix"}),
    updates=(
        UpdateCall(properties=("description", "kmsKeyId"), operation="update_secret", arguments={"SecretId": "{id}"}),
    ),
    tags=TagCalls(member="Tags", add="tag_resource", remove="untag_resource", arguments={"SecretId": "{id}"}),
    name="name",
    outputs={"arn": "{id}"},
    defaults={"recoveryWindowInDays": 30},
    empty={**NAME_PREFIX, "policy": ""},
    handler=SecretHandler,
)
