"""Attachments of managed policies to IAM roles."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


class RolePolicyAttachmentHandler(ResourceHandler):
    """A managed policy on a role."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the policy among those of the role."""
        for policy in super().read(context, resource_id, properties) or []:
            if policy["PolicyArn"] == properties["policyArn"]:
                return policy
        return None


TYPE = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    create="attach_role_policy",
    id="{role}/{policyArn}",
    read=Lookup(operation="list_attached_role_policies", arguments={"RoleName": "{role}"}, path="AttachedPolicies"),
    delete=("detach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}),
    renames={"role": "RoleName"},
    replace=frozenset({"role", "policyArn"}),
    handler=RolePolicyAttachmentHandler,
)
