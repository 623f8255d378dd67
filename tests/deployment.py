"""What one run of a program registered, as plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource, as the program registered it."""

    urn: str
    """URN as the real engine would build it."""
    type: str
    """Type token."""
    name: str
    """Logical name."""
    parent: str
    """URN of the parent."""
    custom: bool
    """False for a component written in this program."""
    remote: bool
    """True for a component that a plugin makes."""
    provider: str
    """Reference (URN::id) of the provider, empty for components."""
    providers: Mapping[str, str]
    """Providers handed down, by package."""
    inputs: Mapping[str, Any]
    """Inputs; secrets in plain."""
    secrets: frozenset[str]
    """Dotted paths of the inputs that are secret."""
    depends_on: frozenset[str]
    """URNs it waits for."""
    property_depends_on: Mapping[str, frozenset[str]]
    """Input to the URNs it came from."""
    protect: bool
    """Option protect."""
    retain_on_delete: bool
    """Option retain_on_delete."""
    ignore_changes: tuple[str, ...]
    """Option ignore_changes."""
    timeouts: Mapping[str, str]
    """Option custom_timeouts."""
    aliases: tuple[str, ...]
    """Former names."""
    transforms: tuple[Callable[..., Any], ...] = ()
    """Option transforms, which the real engine also runs for each resource below this one."""

    def child(self, type_: str, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Inputs and ignore_changes of a resource that this component's plugin makes, after the transforms."""
        props, opts = dict(inputs), pulumi.ResourceOptions()
        for transform in self.transforms:
            args = pulumi.ResourceTransformArgs(custom=True, type_=type_, name=self.name, props=props, opts=opts)
            result = transform(args)
            if result is not None:
                props, opts = dict(result.props), result.opts
        ignored = opts.ignore_changes if isinstance(opts.ignore_changes, list) else []
        return props, tuple(ignored)


@dataclass(kw_only=True)
class Deployment:
    """Everything one run of a program did."""

    registrations: list[Registration] = field(default_factory=list)
    """Resources in the order they were registered."""
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """URN of a component to what it registered as outputs."""
    secret_outputs: dict[str, frozenset[str]] = field(default_factory=dict)
    """URN of a component to the names of its outputs that are secret."""
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Functions called, with their arguments."""
    warnings: list[str] = field(default_factory=list)
    """What it warned of."""
    infos: list[str] = field(default_factory=list)
    """What it told besides."""
    error: BaseException | None = None
    """What ended it early."""

    @property
    def urns(self) -> list[str]:
        """All URNs, sorted."""
        return sorted(one.urn for one in self.registrations)

    @property
    def exports(self) -> dict[str, Any]:
        """The stack's outputs; secrets in plain."""
        return next((outputs for urn, outputs in self.outputs.items() if f"::{STACK_TYPE}::" in urn), {})

    @property
    def secret_exports(self) -> frozenset[str]:
        """Names of the stack's outputs that are secret."""
        return next((names for urn, names in self.secret_outputs.items() if f"::{STACK_TYPE}::" in urn), frozenset())

    def of_type(self, type_: str) -> list[Registration]:
        """Resources of a type; its token's end is enough, such as ``Deployment``."""
        return [one for one in self.registrations if one.type == type_ or one.type.endswith(f":{type_}")]

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The only resource of a type, or that of a name."""
        found = [one for one in self.of_type(type_) if name in {None, one.name}]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_}, name {name}: {[one.name for one in found]}")
        return found[0]

    def by_urn(self, urn: str) -> Registration:
        """The resource of a URN."""
        return next(one for one in self.registrations if one.urn == urn)
