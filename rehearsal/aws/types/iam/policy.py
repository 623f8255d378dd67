"""IAM managed policies."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.policy_checks import identity_policy
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.shapes import same_json
from rehearsal.aws.spec import NAME_PREFIX, Lookup
from rehearsal.aws.types.iam.shared import iam_tags
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_POLICY_VERSIONS = 5


def _policy_is_unattached(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to delete a policy that is attached."""
    found = context.call("iam", "list_entities_for_policy", PolicyArn=resource_id)
    for role in found.get("PolicyRoles", []):
        raise ProviderError(f"DeletePolicy: DeleteConflict: {resource_id} is attached to role {role['RoleName']}")


class PolicyHandler(ResourceHandler):
    """A managed policy; a change is a new version, and AWS keeps five."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the policy with the text of its default version."""
        found = super().read(context, resource_id, properties)
        if found is not None:
            version = context.call(
                "iam", "get_policy_version", PolicyArn=resource_id, VersionId=found["DefaultVersionId"]
            )
            found["PolicyDocument"] = version["PolicyVersion"]["Document"]
        return found

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Add a version and make it the default one."""
        if not same_json(old.get("policy"), new.get("policy")):
            versions = context.call("iam", "list_policy_versions", PolicyArn=resource_id)["Versions"]
            others = [item["VersionId"] for item in versions if not item["IsDefaultVersion"]]
            if len(versions) >= _POLICY_VERSIONS:
                oldest = min(others, key=lambda version: int(version.removeprefix("v")))
                context.call("iam", "delete_policy_version", PolicyArn=resource_id, VersionId=oldest)
            context.call(
                "iam", "create_policy_version", PolicyArn=resource_id, PolicyDocument=new["policy"], SetAsDefault=True
            )
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete every version, then the policy."""
        for version in context.call("iam", "list_policy_versions", PolicyArn=resource_id)["Versions"]:
            if not version["IsDefaultVersion"]:
                context.call("iam", "delete_policy_version", PolicyArn=resource_id, VersionId=version["VersionId"])
        super().delete(context, resource_id, inputs, outputs)


TYPE = ResourceType(
    token="aws:iam/policy:Policy",
    service="iam",
    create="create_policy",
    id="Policy.Arn",
    read=Lookup(operation="get_policy", arguments={"PolicyArn": "{id}"}, path="Policy"),
    delete=("delete_policy", {"PolicyArn": "{id}"}),
    renames={"name": "PolicyName", "policy": "PolicyDocument"},
    skip=frozenset({"namePrefix"}),
    replace=frozenset({"name", "namePrefix", "path", "description"}),
    tags=iam_tags("policy", "PolicyArn"),
    name="name",
    name_length=128,
    outputs={"arn": "{id}", "policyId": "PolicyId", "attachmentCount": "AttachmentCount"},
    defaults={"path": "/"},
    empty=NAME_PREFIX,
    checks=(identity_policy("policy", 6144),),
    guards=(_policy_is_unattached,),
    handler=PolicyHandler,
)
