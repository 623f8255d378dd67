"""Behaviours of topics, queues, secrets and parameters."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.context import Context
from rehearsal.aws.shapes import same_json
from rehearsal.plugins.wire import Properties

_PLAIN = frozenset({"name", "namePrefix", "tags", "tagsAll", "region", "__defaults"})


class Attributes(Behaviour):
    """SNS and SQS: everything but the name is a map of texts."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The name, and the rest as attributes."""
        params = super().create_params(context, {key: inputs[key] for key in inputs if key in _PLAIN})
        attributes = self._attributes(inputs)
        return params | ({"Attributes": attributes} if attributes else {})

    def _attributes(self, inputs: Properties) -> dict[str, str]:
        attributes = {}
        for key, value in inputs.items():
            if key not in _PLAIN and value is not None:
                name = self.kind.renames.get(key) or key[0].upper() + key[1:]
                attributes[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return attributes

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Set the attributes that differ."""
        before = self._attributes(old)
        changed = {key: value for key, value in self._attributes(new).items() if not same_json(before.get(key), value)}
        if self.kind.service == "sqs" and changed:
            context.call("sqs", "set_queue_attributes", QueueUrl=resource_id, Attributes=changed)
        elif changed:
            for key, value in changed.items():
                context.call(
                    "sns", "set_topic_attributes", TopicArn=resource_id, AttributeName=key, AttributeValue=value
                )
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)


class Secret(Behaviour):
    """A secret: deletion has a window."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The secret; one that waits for its deletion is gone."""
        found = super().look(context, resource_id, properties)
        return None if found is None or found.get("DeletedDate") else found

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete at once if the window is 0, else let AWS wait."""
        window = inputs.get("recoveryWindowInDays", 30)
        how: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        context.call("secretsmanager", "delete_secret", SecretId=resource_id, **how)


class SecretVersion(Behaviour):
    """A version of a secret's value; it goes with the secret."""

    def id_of(self, context: Context, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """The secret and the version."""
        return f"{inputs['secretId']}|{answer['VersionId']}"

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The version by its id."""
        version = resource_id.rpartition("|")[2]
        return super().look(context, resource_id, {**properties, "versionId": version})


class Parameter(Behaviour):
    """An SSM parameter: an update takes the whole of it."""

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Write it anew if anything but the tags differs."""
        keys = ("type", "value", "description", "tier")
        if any(old.get(key) != new.get(key) for key in keys):
            params = {key[0].upper() + key[1:]: new[key] for key in keys if new.get(key) is not None}
            context.call("ssm", "put_parameter", Name=resource_id, Overwrite=True, **params)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)
