"""Generic handler of a resource type: create, read, update, delete by the operations of its spec."""

import copy
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.shapes import like, path_of, pick, same_json, to_params
from rehearsal.aws.spec import ResourceSpec, UpdateCall
from rehearsal.aws.tagging import apply_tags, creation_tags, found_tags
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_NEVER_SENT = frozenset({"region", "tags", "tagsAll", "__defaults"})


class ResourceHandler:
    """Create, read, update and delete a resource of one type; types that need more than their spec subclass it.

    One instance handles one operation on one resource.
    """

    def __init__(self, spec: ResourceSpec) -> None:
        self.spec = spec

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it and return its id."""
        spec = self.spec
        answer = context.call(spec.service, spec.create, **self.create_params(context, inputs))
        return self.id_of(context, inputs, answer)

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Set, after creation, what the create operation does not take."""
        spec = self.spec
        properties = self.template_values(resource_id, inputs, {})
        for update in spec.updates:
            given = {key: inputs[key] for key in update.properties if inputs.get(key) is not None}
            if update.on_create and given:
                self.apply(context, update, given, properties)
        if spec.tags and not spec.tags.member and inputs.get("tags"):
            apply_tags(context, spec, properties, {}, inputs["tags"])

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters of the create operation."""
        spec = self.spec
        later = {key for update in spec.updates if update.on_create for key in update.properties}
        sent = {
            key: value
            for key, value in inputs.items()
            if key not in _NEVER_SENT and key not in spec.skip and key not in later and value is not None
        }
        shape = context.aws.model(spec.service, spec.create).input_shape
        if shape is None:
            raise ProviderError(f"{spec.token}: {spec.create} takes no input")
        renames = spec.renames
        where = spec.token.rpartition(":")[2]
        if spec.body:
            inner = {key: value for key, value in sent.items() if key not in spec.top}
            outer = {key: value for key, value in sent.items() if key in spec.top}
            params = to_params(shape, outer, renames, where)
            params[spec.body] = to_params(shape.members[spec.body], inner, renames, where)
        else:
            params = to_params(shape, sent, renames, where)
        params |= context.fill(spec.fixed, inputs)
        return params | creation_tags(spec, inputs.get("tags") or {})

    def id_of(self, context: ResourceContext, inputs: Properties, answer: Mapping[str, Any]) -> str:
        """Return the new resource's id."""
        if "{" in self.spec.id:
            return str(context.fill(self.spec.id, inputs))
        return str(path_of(answer, self.spec.id))

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the resource as AWS describes it; None if it does not exist."""
        if self.spec.read is None:
            return {}
        return context.lookup(self.spec.service, self.spec.read, self.template_values(resource_id, properties, {}))

    def template_values(self, resource_id: str, inputs: Properties, outputs: Properties) -> Properties:
        """Return all properties that templates can name."""
        return {**outputs, **inputs, "id": resource_id}

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs as AWS has them now, in the form that the program used."""
        now: Properties = {}
        for key, value in inputs.items():
            if key in _NEVER_SENT or key in self.spec.skip or not isinstance(found, Mapping):
                now[key] = value
            else:
                now[key] = like(value, pick(found, key, self.spec.renames), self.spec.renames)
        if self.spec.tags and "tags" in inputs:
            now["tags"] = found_tags(
                context, self.spec, self.template_values(resource_id, inputs, {}), found, inputs["tags"]
            )
        return now

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return all outputs: the inputs, and those of the spec."""
        spec = self.spec
        given = {key: value for key, value in inputs.items() if key != "__defaults"}
        outputs = {**copy.deepcopy(dict(spec.empty)), **spec.defaults, **given}
        if spec.regional:
            outputs["region"] = context.region
        if spec.has_tags:
            outputs["tagsAll"] = dict(inputs.get("tags") or {})
        for key, source in spec.outputs.items():
            if "{" in source:
                outputs[key] = context.fill(source, {**outputs, "id": resource_id})
            else:
                value = path_of(found, source)
                if value is not None:
                    # A time changes whenever moto replays its journal; the first one holds.
                    outputs[key] = before.get(key, value.isoformat()) if hasattr(value, "isoformat") else value
        return outputs

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Update what differs."""
        spec = self.spec
        changed = {key for key in {**old, **new} if not same_json(old.get(key), new.get(key))} - _NEVER_SENT
        properties = self.template_values(resource_id, new, outputs)
        if spec.tags and (old.get("tags") or {}) != (new.get("tags") or {}):
            apply_tags(context, spec, properties, old.get("tags") or {}, new.get("tags") or {})
        if spec.put:
            if changed - spec.skip:
                context.call(spec.service, spec.create, **self.create_params(context, new))
            return
        for update in spec.updates:
            if changed & set(update.properties):
                given = {key: new.get(key, spec.defaults.get(key)) for key in update.properties}
                self.apply(context, update, {k: v for k, v in given.items() if v is not None}, properties)
                changed -= set(update.properties)
        left = changed - spec.skip
        if left:
            raise ProviderError(
                f"{spec.token.rpartition(':')[2]}: {', '.join(sorted(left))} cannot be changed in the rehearsal; "
                "add an UpdateCall to its file in rehearsal/aws/types/"
            )

    def apply(self, context: ResourceContext, update: UpdateCall, given: Properties, properties: Properties) -> None:
        """Call one operation that updates."""
        shape = context.aws.model(self.spec.service, update.operation).input_shape
        if shape is None:
            raise ProviderError(f"{self.spec.token}: {update.operation} takes no input")
        arguments = context.fill(update.arguments, properties)
        groups = [{key: value} for key, value in given.items()] if update.one_each else [given]
        for group in groups:
            params = to_params(shape, group, self.spec.renames, self.spec.token.rpartition(":")[2])
            context.call(self.spec.service, update.operation, **arguments, **params)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        if self.spec.delete is None:
            return
        operation, arguments = self.spec.delete
        context.call(
            self.spec.service, operation, **context.fill(arguments, self.template_values(resource_id, inputs, outputs))
        )

    def wait(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Wait until it is usable, as the real provider does."""

    def unknown_after_update(self, old: Properties, new: Properties) -> frozenset[str]:
        """Return the outputs that an update changes to values that a preview cannot know."""
        return frozenset()
