"""IAM roles."""

from typing import Any

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import name_characters
from rehearsal.aws.policy_checks import trust_policy
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.shapes import same_json
from rehearsal.aws.spec import NAME_PREFIX, Lookup
from rehearsal.aws.types.iam.shared import iam_tags
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def _role_is_unused(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to delete a role in an instance profile."""
    profiles = context.call("iam", "list_instance_profiles_for_role", RoleName=resource_id)["InstanceProfiles"]
    for profile in profiles:
        raise ProviderError(
            f"DeleteRole: DeleteConflict: {resource_id} is in instance profile {profile['InstanceProfileName']}"
        )


class RoleHandler(ResourceHandler):
    """A role, the policies inside it and the ones it names."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Attach and put what the role itself lists."""
        super().finish(context, resource_id, inputs)
        self._attach(context, resource_id, [], inputs.get("managedPolicyArns") or [])
        self._inline(context, resource_id, [], inputs.get("inlinePolicies") or [])

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the role, with the ARN of its permissions boundary."""
        found = super().read(context, resource_id, properties)
        if found is not None and isinstance(found.get("PermissionsBoundary"), dict):
            found["PermissionsBoundary"] = found["PermissionsBoundary"].get("PermissionsBoundaryArn")
        return found

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Update what differs; ``update_role`` resets what it does not get."""
        name = {"RoleName": resource_id}
        if any(old.get(key) != new.get(key) for key in ("description", "maxSessionDuration")):
            context.call(
                "iam",
                "update_role",
                **name,
                Description=new.get("description", ""),
                MaxSessionDuration=new.get("maxSessionDuration", 3600),
            )
        if not same_json(old.get("assumeRolePolicy"), new.get("assumeRolePolicy")):
            context.call("iam", "update_assume_role_policy", **name, PolicyDocument=new["assumeRolePolicy"])
        boundary = new.get("permissionsBoundary")
        if boundary and boundary != old.get("permissionsBoundary"):
            context.call("iam", "put_role_permissions_boundary", **name, PermissionsBoundary=boundary)
        elif old.get("permissionsBoundary") and not boundary:
            context.call("iam", "delete_role_permissions_boundary", **name)
        self._attach(context, resource_id, old.get("managedPolicyArns") or [], new.get("managedPolicyArns") or [])
        self._inline(context, resource_id, old.get("inlinePolicies") or [], new.get("inlinePolicies") or [])
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it with what it lists itself; with ``forceDetachPolicies`` with all others too."""
        self._attach(context, resource_id, inputs.get("managedPolicyArns") or [], [])
        self._inline(context, resource_id, inputs.get("inlinePolicies") or [], [])
        if inputs.get("forceDetachPolicies"):
            attached = context.call("iam", "list_attached_role_policies", RoleName=resource_id)["AttachedPolicies"]
            self._attach(context, resource_id, [policy["PolicyArn"] for policy in attached], [])
            inner = context.call("iam", "list_role_policies", RoleName=resource_id)["PolicyNames"]
            self._inline(context, resource_id, [{"name": name} for name in inner], [])
        super().delete(context, resource_id, inputs, outputs)

    def _attach(self, context: ResourceContext, role: str, old: list[str], new: list[str]) -> None:
        for arn in sorted(set(old) - set(new)):
            try:
                context.call("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
            except AwsError as error:
                if not error.not_found:
                    raise
        for arn in sorted(set(new) - set(old)):
            context.call("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)

    def _inline(self, context: ResourceContext, role: str, old: list[Properties], new: list[Properties]) -> None:
        kept = {policy["name"] for policy in new if policy.get("name")}
        for policy in old:
            if policy.get("name") and policy["name"] not in kept:
                try:
                    context.call("iam", "delete_role_policy", RoleName=role, PolicyName=policy["name"])
                except AwsError as error:
                    if not error.not_found:
                        raise
        for policy in new:
            if policy.get("name") and policy not in old:
                context.call(
                    "iam",
                    "put_role_policy",
                    RoleName=role,
                    PolicyName=policy["name"],
                    PolicyDocument=policy["policy"],
                )


TYPE = ResourceType(
    token="aws:iam/role:Role",
    service="iam",
    create="create_role",
    id="{name}",
    read=Lookup(operation="get_role", arguments={"RoleName": "{id}"}, path="Role"),
    delete=("delete_role", {"RoleName": "{id}"}),
    renames={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
    skip=frozenset({"forceDetachPolicies", "managedPolicyArns", "inlinePolicies", "namePrefix"}),
    replace=frozenset({"name", "namePrefix", "path"}),
    tags=iam_tags("role", "RoleName"),
    name="name",
    name_length=64,
    outputs={"arn": "Arn", "uniqueId": "RoleId", "createDate": "CreateDate"},
    defaults={"path": "/", "maxSessionDuration": 3600, "description": "", "forceDetachPolicies": False},
    empty={**NAME_PREFIX, "inlinePolicies": [], "managedPolicyArns": []},
    checks=(trust_policy, name_characters("name", 64)),
    guards=(_role_is_unused,),
    handler=RoleHandler,
)
