"""Resources as the wire has them: input and output names in camelCase, no typed SDK to import.

A component plugin registers a few dozen children and reads a handful of their outputs. Doing that without the generated
SDKs keeps the plugin small and quick to start, and its inputs are, letter by letter, what the real component sends.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.runtime import rpc

Inputs = Mapping[str, Any]

# The version of the AWS provider that awsx 3.8 and eks 4.3 ask for their children, whatever the program itself uses.
AWS_VERSION = "7.48.0"


class Child(pulumi.CustomResource):
    """One custom resource; ``outputs`` names the properties that are read besides those set."""

    def __init__(
        self,
        token: str,
        name: str,
        inputs: Inputs,
        opts: pulumi.ResourceOptions,
        outputs: Sequence[str] = (),
    ) -> None:
        super().__init__(token, name, {**dict.fromkeys(outputs), **inputs}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """The resource's property ``name``, as it is after its creation."""
        return cast("pulumi.Output[Any]", self.__dict__[name])


class Component(pulumi.ComponentResource):
    """One component: made here, or a reference to one made elsewhere in the deployment (``opts.urn``)."""

    def output(self, name: str) -> pulumi.Output[Any]:
        """The component's registered output ``name``; of references only."""
        return cast("pulumi.Output[Any]", self.__dict__[name])


def aws(
    token: str,
    name: str,
    inputs: Inputs,
    *,
    parent: pulumi.Resource,
    depends_on: Iterable[pulumi.Resource] = (),
    ignore_changes: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> Child:
    """Register an AWS resource under ``parent``, with the provider that the parent has."""
    opts = pulumi.ResourceOptions(
        parent=parent, depends_on=list(depends_on), ignore_changes=list(ignore_changes) or None, version=AWS_VERSION
    )
    return Child(token, name, compact(inputs), opts, outputs)


def aws_invoke(token: str, args: Inputs, *, parent: pulumi.Resource) -> pulumi.Output[Any]:
    """Call an AWS function with the provider that ``parent`` has."""
    opts = pulumi.InvokeOptions(parent=parent, version=AWS_VERSION)
    return pulumi.runtime.invoke_output(token, dict(args), opts)


def compact(inputs: Inputs) -> dict[str, Any]:
    """The inputs that were given."""
    return {key: value for key, value in inputs.items() if value is not None}


def merged(*maps: pulumi.Input[Inputs | None]) -> pulumi.Input[dict[str, Any]]:
    """One map of several, later ones winning; an Output only if one of them is."""
    if not any(isinstance(each, pulumi.Output) for each in maps):
        return _merge(cast("Sequence[Inputs | None]", maps))
    return pulumi.Output.all(*maps).apply(_merge)


def _merge(maps: Sequence[Inputs | None]) -> dict[str, Any]:
    return {key: value for each in maps for key, value in (each or {}).items()}


class _References(rpc.ResourceModule):
    """Turns references to a type into resources whose outputs can be read."""

    def __init__(self, outputs: Sequence[str], *, component: bool) -> None:
        self._outputs = outputs
        self._component = component

    def version(self) -> None:
        """Any version."""

    def construct(self, name: str, typ: str, urn: str) -> pulumi.Resource:
        """Return the resource that ``urn`` names; the engine has its outputs."""
        opts = pulumi.ResourceOptions(urn=urn)
        if self._component:
            # Remote: a dependency on it is one on its URN, not on children that this process does not know.
            return Component(typ, name, dict.fromkeys(self._outputs), opts, remote=True)
        return Child(typ, name, {}, opts, self._outputs)


def accept_references(token: str, outputs: Sequence[str], *, component: bool = False) -> None:
    """Let inputs hold references to resources of type ``token``, of which ``outputs`` will be read."""
    package, module, _ = token.split(":")
    rpc.register_resource_module(package, module, _References(outputs, component=component))
