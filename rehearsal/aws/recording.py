"""The behaviour of types that moto lacks: they are written down, and what they belong to must exist."""

import datetime as dt
from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.context import Context
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class Recording(Behaviour):
    """Create, read, update and delete of a row in the sandbox's own table."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Write it down, if its owner exists and nobody else has its id."""
        kind = self.kind
        if kind.exists:
            service, read = kind.exists
            if context.look(service, read, inputs) is None:
                owner = context.fill(next(iter(read.arguments.values())), inputs)
                raise ProviderError(f"{kind.token}: ResourceNotFoundException: no {read.path} {owner}")
        resource_id = str(context.fill(kind.id, inputs))
        known = context.records.get(kind.token, resource_id)
        if known and known[0] != context.resource.urn:
            raise ProviderError(f"{kind.token}: ResourceInUseException: {resource_id} exists already")
        stamps = {name: known[1].get(name) if known else _now() for name in kind.stamps}
        context.records.put(kind.token, resource_id, context.resource.urn, inputs, {**inputs, **stamps})
        return resource_id

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """What was written down."""
        known = context.records.get(self.kind.token, resource_id)
        return known[1] if known else None

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Write it down anew."""
        stamps = {name: outputs.get(name) or _now() for name in self.kind.stamps[:1]}
        stamps |= {name: _now() for name in self.kind.stamps[1:]}
        context.records.put(self.kind.token, resource_id, context.resource.urn, new, {**new, **stamps})

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Forget it."""
        context.records.remove(self.kind.token, resource_id)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
