"""Handler of resource types that moto lacks: they are recorded in the sandbox, and their owner must exist."""

import datetime as dt
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class RecordedHandler(ResourceHandler):
    """Create, read, update and delete a row of the sandbox's own table."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Record it, if its owner exists and no other resource has its id."""
        spec = self.spec
        if spec.owner:
            service, read = spec.owner
            if context.lookup(service, read, inputs) is None:
                owner = context.fill(next(iter(read.arguments.values())), inputs)
                raise ProviderError(f"{spec.token}: ResourceNotFoundException: no {read.path} {owner}")
        resource_id = str(context.fill(spec.id, inputs))
        known = context.records.get(spec.token, resource_id)
        if known and known[0] != context.resource.urn:
            raise ProviderError(f"{spec.token}: ResourceInUseException: {resource_id} exists already")
        stamps = {name: known[1].get(name) if known else _now() for name in spec.stamps}
        context.records.put(spec.token, resource_id, context.resource.urn, inputs, {**inputs, **stamps})
        return resource_id

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the recorded outputs; None if there are none."""
        known = context.records.get(self.spec.token, resource_id)
        return known[1] if known else None

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Record the new inputs and the time of the change."""
        stamps = {name: outputs.get(name) or _now() for name in self.spec.stamps[:1]}
        stamps |= {name: _now() for name in self.spec.stamps[1:]}
        context.records.put(self.spec.token, resource_id, context.resource.urn, new, {**new, **stamps})

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove the record."""
        context.records.remove(self.spec.token, resource_id)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
