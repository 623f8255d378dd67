"""Behaviours of IAM and KMS types."""

from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.calls import AwsError
from rehearsal.aws.context import Context
from rehearsal.aws.shapes import same_json
from rehearsal.plugins.wire import Properties

_POLICY_VERSIONS = 5


class Role(Behaviour):
    """A role, the policies inside it and the ones it names."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Attach and put what the role itself lists."""
        super().finish(context, resource_id, inputs)
        self._attach(context, resource_id, [], inputs.get("managedPolicyArns") or [])
        self._inline(context, resource_id, [], inputs.get("inlinePolicies") or [])

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The role; its boundary comes as an object."""
        found = super().look(context, resource_id, properties)
        if found is not None and isinstance(found.get("PermissionsBoundary"), dict):
            found["PermissionsBoundary"] = found["PermissionsBoundary"].get("PermissionsBoundaryArn")
        return found

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change what differs; update_role forgets what it is not given."""
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

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it with what it lists itself; with ``forceDetachPolicies`` with all others too."""
        self._attach(context, resource_id, inputs.get("managedPolicyArns") or [], [])
        self._inline(context, resource_id, inputs.get("inlinePolicies") or [], [])
        if inputs.get("forceDetachPolicies"):
            attached = context.call("iam", "list_attached_role_policies", RoleName=resource_id)["AttachedPolicies"]
            self._attach(context, resource_id, [policy["PolicyArn"] for policy in attached], [])
            inner = context.call("iam", "list_role_policies", RoleName=resource_id)["PolicyNames"]
            self._inline(context, resource_id, [{"name": name} for name in inner], [])
        super().delete(context, resource_id, inputs, outputs)

    def _attach(self, context: Context, role: str, old: list[str], new: list[str]) -> None:
        for arn in sorted(set(old) - set(new)):
            try:
                context.call("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
            except AwsError as error:
                if not error.gone:
                    raise
        for arn in sorted(set(new) - set(old)):
            context.call("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)

    def _inline(self, context: Context, role: str, old: list[Properties], new: list[Properties]) -> None:
        kept = {policy["name"] for policy in new if policy.get("name")}
        for policy in old:
            if policy.get("name") and policy["name"] not in kept:
                try:
                    context.call("iam", "delete_role_policy", RoleName=role, PolicyName=policy["name"])
                except AwsError as error:
                    if not error.gone:
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


class Policy(Behaviour):
    """A managed policy; a change is a new version, and AWS keeps five."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The policy with the text of its default version."""
        found = super().look(context, resource_id, properties)
        if found is not None:
            version = context.call(
                "iam", "get_policy_version", PolicyArn=resource_id, VersionId=found["DefaultVersionId"]
            )
            found["PolicyDocument"] = version["PolicyVersion"]["Document"]
        return found

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
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

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete every version, then the policy."""
        for version in context.call("iam", "list_policy_versions", PolicyArn=resource_id)["Versions"]:
            if not version["IsDefaultVersion"]:
                context.call("iam", "delete_policy_version", PolicyArn=resource_id, VersionId=version["VersionId"])
        super().delete(context, resource_id, inputs, outputs)


class RolePolicyAttachment(Behaviour):
    """A managed policy on a role."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The policy among those of the role."""
        for policy in super().look(context, resource_id, properties) or []:
            if policy["PolicyArn"] == properties["policyArn"]:
                return policy
        return None


class InstanceProfile(Behaviour):
    """A profile and the one role in it."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Put the role in."""
        super().finish(context, resource_id, inputs)
        self._put(context, resource_id, None, inputs.get("role"))

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change the role."""
        if old.get("role") != new.get("role"):
            self._put(context, resource_id, old.get("role"), new.get("role"))
        super().update(context, resource_id, old, new, outputs)

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Take the role out first."""
        for role in (self.look(context, resource_id, inputs) or {}).get("Roles", []):
            self._put(context, resource_id, role["RoleName"], None)
        super().delete(context, resource_id, inputs, outputs)

    def _put(self, context: Context, profile: str, old: str | None, new: str | None) -> None:
        if old:
            context.call("iam", "remove_role_from_instance_profile", InstanceProfileName=profile, RoleName=old)
        if new:
            context.call("iam", "add_role_to_instance_profile", InstanceProfileName=profile, RoleName=new)


class OpenIdConnectProvider(Behaviour):
    """An OIDC provider; AWS keeps its URL without the scheme."""

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs, with the scheme that AWS leaves out."""
        now = super().current(context, resource_id, inputs, found)
        if found.get("Url") and inputs.get("url", "").removeprefix("https://") == found["Url"]:
            now["url"] = inputs["url"]
        return now

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """As the real provider: ``url`` is what AWS says, without scheme."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs["url"] = str(outputs["url"]).removeprefix("https://")
        return outputs


class Key(Behaviour):
    """A key: rotation and state are calls of their own, deletion has a window."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Turn rotation on, or the key off."""
        super().finish(context, resource_id, inputs)
        if inputs.get("enableKeyRotation"):
            self._rotate(context, resource_id, inputs)
        if inputs.get("isEnabled") is False:
            context.call("kms", "disable_key", KeyId=resource_id)

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The key with its policy."""
        found = super().look(context, resource_id, properties)
        if found is not None:
            found["Policy"] = context.call("kms", "get_key_policy", KeyId=resource_id, PolicyName="default")["Policy"]
        return found

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """What AWS says, with the policy it gives a key that came without one."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs.setdefault("policy", found["Policy"])
        return outputs

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs, with whether the key is on and rotates."""
        now = super().current(context, resource_id, inputs, found)
        if "isEnabled" in inputs:
            now["isEnabled"] = found["Enabled"]
        if "enableKeyRotation" in inputs and found["Enabled"]:
            status = context.call("kms", "get_key_rotation_status", KeyId=resource_id)
            now["enableKeyRotation"] = status["KeyRotationEnabled"]
        return now

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change what differs."""
        super().update(context, resource_id, old, new, outputs)
        if old.get("isEnabled", True) != new.get("isEnabled", True):
            context.call("kms", "enable_key" if new.get("isEnabled", True) else "disable_key", KeyId=resource_id)
        rotation = ("enableKeyRotation", "rotationPeriodInDays")
        if any(old.get(key) != new.get(key) for key in rotation):
            if new.get("enableKeyRotation"):
                self._rotate(context, resource_id, new)
            else:
                context.call("kms", "disable_key_rotation", KeyId=resource_id)

    def _rotate(self, context: Context, key: str, inputs: Properties) -> None:
        period = inputs.get("rotationPeriodInDays")
        more = {"RotationPeriodInDays": period} if period else {}
        context.call("kms", "enable_key_rotation", KeyId=key, **more)

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Schedule its deletion, which AWS never does at once."""
        days = inputs.get("deletionWindowInDays", 30)
        context.call("kms", "schedule_key_deletion", KeyId=resource_id, PendingWindowInDays=days)


class Alias(Behaviour):
    """A name for a key."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The alias among all, with its key's ARN."""
        for alias in super().look(context, resource_id, properties) or []:
            if alias["AliasName"] == resource_id:
                key = context.call("kms", "describe_key", KeyId=alias["TargetKeyId"])["KeyMetadata"]
                return {**alias, "TargetKeyArn": key["Arn"]}
        return None

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs; a key may be named by its ARN as well."""
        now = super().current(context, resource_id, inputs, found)
        if inputs.get("targetKeyId") == found.get("TargetKeyArn"):
            now["targetKeyId"] = inputs["targetKeyId"]
        return now
