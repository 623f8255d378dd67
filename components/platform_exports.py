"""Outputs of a stack's last update, read before any resource: a platform's facts, and the stack's own."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import ValidationError

from settings.derived.deployed import Deployed, of_outputs
from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts, PlatformNotReadyError

READ_STACK_OUTPUTS = "pulumi:pulumi:readStackOutputs"


def full_stack_name(platform: str) -> str:
    """The name a StackReference takes: a plain name means a stack of this project."""
    if "/" in platform:
        return platform
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{platform}"


def read_platform_facts(platform: str) -> PlatformFacts:
    """Read the facts that the platform's stack exported in its last update.

    Raises:
        PlatformNotReadyError: there is no such stack, or it was not deployed by this program.
    """
    outputs = read_outputs(platform)
    if FACTS_EXPORT not in outputs:
        raise PlatformNotReadyError(
            f"stack {platform!r} exports no {FACTS_EXPORT!r}: deploy it first with `make up STACK={platform}`, "
            "or name the platform stack, not another team's"
        )
    try:
        return PlatformFacts.of_export(outputs[FACTS_EXPORT])
    except ValidationError as error:
        raise PlatformNotReadyError(
            f"stack {platform!r} was deployed by another version of this program "
            f"({error.error_count()} facts do not fit): run `make up STACK={platform}`"
        ) from None


def read_outputs(platform: str) -> Mapping[str, Any]:
    """Read the outputs of a stack's last update.

    Raises:
        PlatformNotReadyError: the engine cannot read it.
    """
    name = full_stack_name(platform)
    try:
        answer = pulumi.runtime.invoke(READ_STACK_OUTPUTS, {"name": name}).value
    except Exception as error:  # noqa: BLE001  the SDK raises nothing narrower for a failed invoke
        raise PlatformNotReadyError(
            f"stack {name!r} cannot be read ({error}): `pulumi stack ls` lists stacks"
        ) from None
    outputs: Mapping[str, Any] = (answer or {}).get("outputs") or {}
    return outputs


def own_outputs() -> Mapping[str, Any]:
    """Read the outputs of the last update of the stack that is being deployed.

    Raises:
        PlatformNotReadyError: the engine cannot read it.
    """
    return read_outputs(pulumi.get_stack())


def read_deployed(stack: str) -> Deployed | None:
    """The stack's own last update; None if the engine cannot read it."""
    try:
        outputs = read_outputs(stack)
    except PlatformNotReadyError:
        return None
    return of_outputs(outputs)
