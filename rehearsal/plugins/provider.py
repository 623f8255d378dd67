"""Base class of the emulated providers: plain hooks in Python; the protocol is in `grpc_server`.

Hooks are called from many threads at once. They get plain values: no secret or output marks, `wire.UNKNOWN` for what a
preview cannot know. What comes back is marked secret again at the paths where the inputs were (`wire.keep_secrets`); a
hook may mark more by wrapping values in `wire.Secret`. A hook fails by raising `errors.ProviderError` with one line.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rehearsal.plugins.errors import ProviderError, UnknownTypeError
from rehearsal.plugins.wire import Properties, Value

ADD = "add"
DELETE = "delete"
UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The resource that a hook is called for."""

    urn: str
    type: str
    name: str

    @classmethod
    def of(cls, urn: str) -> "Resource":
        """Return the resource that a URN names: ``urn:pulumi:stack::project::parents$type::name``."""
        _, _, qualified, name = urn.split("::", 3)
        return cls(urn=urn, type=qualified.rpartition("$")[2], name=name)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An invalid input: ``property`` is a path or empty, ``reason`` a sentence."""

    property: str = ""
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Inputs with defaults and names filled in, and what is wrong with them."""

    inputs: Properties
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The differences; a key in ``replaces`` means that the resource must be replaced.

    ``detailed`` maps a property path (``tags.owner``, ``ingress[0].cidrBlocks``) to `ADD`, `DELETE` or `UPDATE`.
    """

    diffs: Sequence[str] = ()
    replaces: Sequence[str] = ()
    delete_before_replace: bool = False
    detailed: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Return whether there is any difference."""
        return bool(self.diffs or self.replaces)


@dataclass(frozen=True, kw_only=True)
class Created:
    """A new resource; ``id`` is empty in a preview."""

    id: str
    outputs: Properties


@dataclass(frozen=True, kw_only=True)
class Read:
    """A resource as it is now; ``inputs`` are those that would create it so."""

    id: str
    inputs: Properties
    outputs: Properties


class Provider:
    """Hooks of a provider to override; each default refuses by name or does nothing."""

    package: ClassVar[str]
    version: ClassVar[str]

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        """Set when the engine cancels: waits must end."""

    def check_config(self, inputs: Properties) -> Checked:
        """Check the provider's own settings (nested ones may be JSON text)."""
        return Checked(inputs=inputs)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """Compare the provider's own settings; by default a change never replaces."""
        return Diff(diffs=[key for key in {**olds, **news} if olds.get(key) != news.get(key)])

    def configure(self, inputs: Properties) -> None:
        """Take the provider's own settings; called once, before anything but checks of settings."""

    def check(self, resource: Resource, olds: Properties, news: Properties, random_seed: bytes) -> Checked:
        """Check a resource's inputs and fill in defaults; ``olds`` are the inputs of last time, empty on a create.

        Refuse unknown types here, so that a preview already tells.
        """
        raise UnknownTypeError(self.package, resource.type)

    def diff(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        """Compare checked inputs with those of last time."""
        raise UnknownTypeError(self.package, resource.type)

    def create(self, resource: Resource, inputs: Properties, *, preview: bool, timeout: float) -> Created:
        """Create the resource, or in a preview return what is known of it. ``timeout`` in seconds, 0 for the default."""
        raise UnknownTypeError(self.package, resource.type)

    def read(self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties) -> Read | None:
        """Return the resource as it is, None if it does not exist. ``inputs`` are empty on an import."""
        raise UnknownTypeError(self.package, resource.type)

    def update(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
        preview: bool,
        timeout: float,
    ) -> Properties:
        """Change the resource in place and return its new outputs."""
        raise UnknownTypeError(self.package, resource.type)

    def delete(
        self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties, *, timeout: float
    ) -> None:
        """Delete the resource; one that does not exist is not an error."""
        raise UnknownTypeError(self.package, resource.type)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Call a function."""
        raise UnknownTypeError(self.package, token)


__all__ = [
    "ADD",
    "DELETE",
    "UPDATE",
    "Checked",
    "Created",
    "Diff",
    "Failure",
    "Properties",
    "Provider",
    "ProviderError",
    "Read",
    "Resource",
    "Value",
]
