"""What is done to a resource, driven by its row in the table; types that need more subclass it."""

import copy
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import Context
from rehearsal.aws.kind import Kind, Update
from rehearsal.aws.shapes import like, path_of, pick, same_json, to_params
from rehearsal.aws.tagging import apply_tags, creation_tags, found_tags
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_NEVER_SENT = frozenset({"region", "tags", "tagsAll", "__defaults"})


class Behaviour:
    """Create, read, update, delete of a type with the operations its row names."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def create(self, context: Context, inputs: Properties) -> str:
        """Make it and return its id."""
        kind = self.kind
        answer = context.call(kind.service, kind.create, **self.create_params(context, inputs))
        return self.id_of(context, inputs, answer)

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Set, after creation, what the create operation does not take."""
        kind = self.kind
        properties = self.known(resource_id, inputs, {})
        for update in kind.updates:
            given = {key: inputs[key] for key in update.properties if inputs.get(key) is not None}
            if update.on_create and given:
                self.apply(context, update, given, properties)
        if kind.tags and not kind.tags.member and inputs.get("tags"):
            apply_tags(context, kind, properties, {}, inputs["tags"])

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The create operation's parameters."""
        kind = self.kind
        later = {key for update in kind.updates if update.on_create for key in update.properties}
        sent = {
            key: value
            for key, value in inputs.items()
            if key not in _NEVER_SENT and key not in kind.skip and key not in later and value is not None
        }
        shape = context.aws.model(kind.service, kind.create).input_shape
        if shape is None:
            raise ProviderError(f"{kind.token}: {kind.create} takes no input")
        renames = kind.renames
        where = kind.token.rpartition(":")[2]
        if kind.body:
            inner = {key: value for key, value in sent.items() if key not in kind.top}
            outer = {key: value for key, value in sent.items() if key in kind.top}
            params = to_params(shape, outer, renames, where)
            params[kind.body] = to_params(shape.members[kind.body], inner, renames, where)
        else:
            params = to_params(shape, sent, renames, where)
        params |= context.fill(kind.fixed, inputs)
        return params | creation_tags(kind, inputs.get("tags") or {})

    def id_of(self, context: Context, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """The new resource's id."""
        if "{" in self.kind.id:
            return str(context.fill(self.kind.id, inputs))
        return str(path_of(answer, self.kind.id))

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """What AWS says of it; None if it is gone."""
        if self.kind.read is None:
            return {}
        return context.look(self.kind.service, self.kind.read, self.known(resource_id, properties, {}))

    def known(self, resource_id: str, inputs: Properties, outputs: Properties) -> Properties:
        """Everything templates may speak of."""
        return {**outputs, **inputs, "id": resource_id}

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs as AWS has them now, in the form the program gave them."""
        now: Properties = {}
        for key, value in inputs.items():
            if key in _NEVER_SENT or key in self.kind.skip or not isinstance(found, Mapping):
                now[key] = value
            else:
                now[key] = like(value, pick(found, key, self.kind.renames), self.kind.renames)
        if self.kind.tags and "tags" in inputs:
            now["tags"] = found_tags(context, self.kind, self.known(resource_id, inputs, {}), found, inputs["tags"])
        return now

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """All properties: the inputs, and what the row names."""
        kind = self.kind
        given = {key: value for key, value in inputs.items() if key != "__defaults"}
        outputs = {**copy.deepcopy(dict(kind.empty)), **kind.defaults, **given}
        if kind.regional:
            outputs["region"] = context.region
        if kind.has_tags:
            outputs["tagsAll"] = dict(inputs.get("tags") or {})
        for key, source in kind.outputs.items():
            if "{" in source:
                outputs[key] = context.fill(source, {**outputs, "id": resource_id})
            else:
                value = path_of(found, source)
                if value is not None:
                    # A time is told anew whenever moto replays its journal; what was told first holds.
                    outputs[key] = before.get(key, value.isoformat()) if hasattr(value, "isoformat") else value
        return outputs

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change what differs."""
        kind = self.kind
        changed = {key for key in {**old, **new} if not same_json(old.get(key), new.get(key))} - _NEVER_SENT
        properties = self.known(resource_id, new, outputs)
        if kind.tags and (old.get("tags") or {}) != (new.get("tags") or {}):
            apply_tags(context, kind, properties, old.get("tags") or {}, new.get("tags") or {})
        if kind.put:
            if changed - kind.skip:
                context.call(kind.service, kind.create, **self.create_params(context, new))
            return
        for update in kind.updates:
            if changed & set(update.properties):
                given = {key: new.get(key, kind.defaults.get(key)) for key in update.properties}
                self.apply(context, update, {k: v for k, v in given.items() if v is not None}, properties)
                changed -= set(update.properties)
        left = changed - kind.skip
        if left:
            raise ProviderError(
                f"{kind.token.rpartition(':')[2]}: {', '.join(sorted(left))} cannot be changed in the rehearsal; "
                "add an update to the aws table"
            )

    def apply(self, context: Context, update: Update, given: Properties, properties: Properties) -> None:
        """Run one row's update."""
        shape = context.aws.model(self.kind.service, update.operation).input_shape
        if shape is None:
            raise ProviderError(f"{self.kind.token}: {update.operation} takes no input")
        arguments = context.fill(update.arguments, properties)
        groups = [{key: value} for key, value in given.items()] if update.one_each else [given]
        for group in groups:
            params = to_params(shape, group, self.kind.renames, self.kind.token.rpartition(":")[2])
            context.call(self.kind.service, update.operation, **arguments, **params)

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Take it away."""
        if self.kind.delete is None:
            return
        operation, arguments = self.kind.delete
        context.call(self.kind.service, operation, **context.fill(arguments, self.known(resource_id, inputs, outputs)))

    def wait(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Wait until it is usable, as the real provider does."""

    def unknown_after_update(self, old: Properties, new: Properties) -> frozenset[str]:
        """Outputs that an update will change to something that a preview cannot know."""
        return frozenset()
