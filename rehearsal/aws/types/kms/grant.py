"""Grants on KMS keys."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


class GrantHandler(ResourceHandler):
    """A grant; its id is that of the key, a colon, and its own, as the real provider's."""

    token = ""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it for a role that exists, and keep its token, which only the creation returns."""
        role = str(inputs["granteePrincipal"])
        if ":role/" in role:
            try:
                context.call("iam", "get_role", RoleName=role.rpartition("/")[2])
            except AwsError as error:
                if error.code != "NoSuchEntity":
                    raise
                raise AwsError(
                    "CreateGrant", "InvalidArnException", f"ARN does not refer to a valid principal: {role}"
                ) from error
        return super().create(context, inputs)

    def id_of(self, context: ResourceContext, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """Return the ids of key and grant."""
        self.token = answer["GrantToken"]
        return f"{inputs['keyId']}:{answer['GrantId']}"

    def template_values(self, resource_id: str, inputs: Properties, outputs: Properties) -> Properties:
        """Return all properties, with the grant's id."""
        return {**super().template_values(resource_id, inputs, outputs), "grantId": resource_id.rpartition(":")[2]}

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the grant among those of the key."""
        own = resource_id.rpartition(":")[2]
        found = super().read(context, resource_id, properties) or []
        return next((one for one in found if one["GrantId"] == own), None)

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs, with the key as the id has it."""
        return super().current_inputs(context, resource_id, inputs, found) | {"keyId": resource_id.rpartition(":")[0]}

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs, with the token of the creation."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        return outputs | {"grantToken": self.token or before.get("grantToken", "")}


TYPE = ResourceType(
    token="aws:kms/grant:Grant",
    service="kms",
    create="create_grant",
    id="GrantId",
    read=Lookup(operation="list_grants", arguments={"KeyId": "{keyId}", "GrantId": "{grantId}"}, path="Grants"),
    delete=("revoke_grant", {"KeyId": "{keyId}", "GrantId": "{grantId}"}),
    skip=frozenset({"retireOnDelete"}),
    replace=frozenset(
        {"constraints", "granteePrincipal", "keyId", "name", "operations", "retireOnDelete", "retiringPrincipal"}
    ),
    name="name",
    outputs={"grantId": "GrantId"},
    defaults={"retireOnDelete": False},
    handler=GrantHandler,
)
