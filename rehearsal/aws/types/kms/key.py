"""KMS keys."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.given_ids import given_id
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.policy_checks import resource_policy
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls, UpdateCall
from rehearsal.plugins.wire import Properties


def _deletion_window(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that the deletion window is 7 to 30 days."""
    days = inputs.get("deletionWindowInDays", 30)
    if isinstance(days, int) and not 7 <= days <= 30:
        return [("deletionWindowInDays", f"{days} is not within 7 to 30")]
    return []


def _keys_of_the_account() -> None:
    """Make a key under the id that its description names."""
    from moto.kms.models import Key, KmsBackend  # noqa: PLC0415 - the server alone imports moto

    original = KmsBackend.create_key

    def create_key(self: KmsBackend, *args: Any, **named: Any) -> Key:
        key = original(self, *args, **named)
        if ident := given_id(key.description):
            del self.keys[key.id]
            key.id, key.arn, key.description = ident, f"{key.arn.rpartition('/')[0]}/{ident}", ""
            self.keys[ident] = key
        return key

    replace_methods(KmsBackend, create_key)


class KeyHandler(ResourceHandler):
    """A key; rotation and state need calls of their own, deletion has a window."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Turn rotation on, or the key off."""
        super().finish(context, resource_id, inputs)
        if inputs.get("enableKeyRotation"):
            self._rotate(context, resource_id, inputs)
        if inputs.get("isEnabled") is False:
            context.call("kms", "disable_key", KeyId=resource_id)

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the key with its policy."""
        found = super().read(context, resource_id, properties)
        if found is not None:
            found["Policy"] = context.call("kms", "get_key_policy", KeyId=resource_id, PolicyName="default")["Policy"]
        return found

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs, with AWS's default policy for a key without one."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs.setdefault("policy", found["Policy"])
        return outputs

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs, with whether the key is enabled and rotates."""
        now = super().current_inputs(context, resource_id, inputs, found)
        if "isEnabled" in inputs:
            now["isEnabled"] = found["Enabled"]
        if "enableKeyRotation" in inputs and found["Enabled"]:
            status = context.call("kms", "get_key_rotation_status", KeyId=resource_id)
            now["enableKeyRotation"] = status["KeyRotationEnabled"]
        return now

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
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

    def _rotate(self, context: ResourceContext, key: str, inputs: Properties) -> None:
        period = inputs.get("rotationPeriodInDays")
        more = {"RotationPeriodInDays": period} if period else {}
        context.call("kms", "enable_key_rotation", KeyId=key, **more)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Schedule its deletion, which AWS never executes at once."""
        days = inputs.get("deletionWindowInDays", 30)
        context.call("kms", "schedule_key_deletion", KeyId=resource_id, PendingWindowInDays=days)


TYPE = ResourceType(
    token="aws:kms/key:Key",
    service="kms",
    create="create_key",
    id="KeyMetadata.KeyId",
    read=Lookup(
        operation="describe_key",
        arguments={"KeyId": "{id}"},
        path="KeyMetadata",
        deleted=("KeyState", frozenset({"PendingDeletion"})),
    ),
    renames={"customerMasterKeySpec": "KeySpec"},
    skip=frozenset({"enableKeyRotation", "deletionWindowInDays", "isEnabled", "rotationPeriodInDays"}),
    replace=frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"}),
    updates=(
        UpdateCall(properties=("description",), operation="update_key_description", arguments={"KeyId": "{id}"}),
        UpdateCall(
            properties=("policy",), operation="put_key_policy", arguments={"KeyId": "{id}", "PolicyName": "default"}
        ),
    ),
    tags=TagCalls(
        member="Tags",
        form="tagkey",
        add="tag_resource",
        remove="untag_resource",
        arguments={"KeyId": "{id}"},
        read=Lookup(operation="list_resource_tags", arguments={"KeyId": "{id}"}, path="Tags"),
    ),
    outputs={"arn": "Arn", "keyId": "{id}"},
    defaults={
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "keyUsage": "ENCRYPT_DECRYPT",
        "isEnabled": True,
        "enableKeyRotation": False,
        "multiRegion": False,
        "description": "",
    },
    empty={"rotationPeriodInDays": 0},
    checks=(resource_policy("policy"), _deletion_window),
    moto_patches=(_keys_of_the_account,),
    handler=KeyHandler,
)
