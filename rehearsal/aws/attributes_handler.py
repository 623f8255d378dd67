"""Handler of SNS and SQS types, whose properties are a map of texts."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.shapes import same_json
from rehearsal.plugins.wire import Properties

_PLAIN = frozenset({"name", "namePrefix", "tags", "tagsAll", "region", "__defaults"})


class AttributesHandler(ResourceHandler):
    """Handler of a type whose properties, but for the name, are a map of texts."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the name, and the rest as attributes."""
        params = super().create_params(context, {key: inputs[key] for key in inputs if key in _PLAIN})
        attributes = self._attributes(inputs)
        return params | ({"Attributes": attributes} if attributes else {})

    def _attributes(self, inputs: Properties) -> dict[str, str]:
        attributes = {}
        for key, value in inputs.items():
            if key not in _PLAIN and value is not None:
                name = self.spec.renames.get(key) or key[0].upper() + key[1:]
                attributes[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return attributes

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Set the attributes that differ."""
        before = self._attributes(old)
        changed = {key: value for key, value in self._attributes(new).items() if not same_json(before.get(key), value)}
        if self.spec.service == "sqs" and changed:
            context.call("sqs", "set_queue_attributes", QueueUrl=resource_id, Attributes=changed)
        elif changed:
            for key, value in changed.items():
                context.call(
                    "sns", "set_topic_attributes", TopicArn=resource_id, AttributeName=key, AttributeValue=value
                )
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)
