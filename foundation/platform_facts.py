"""What a platform stack exports of itself as plain data, and how a team stack reads it before any resource.

Two kinds of values cross from a platform stack to its team stacks. Those that only flow through (kubeconfig, ARNs)
stay Outputs of one StackReference, see ``platform.py``. Those that decide what a team stack may ask for, its pools,
must be plain data when the settings are checked. They come by ``readStackOutputs``, the engine's own function behind
every StackReference: a synchronous call like any lookup, answered by the engine from the referenced stack's last
state, in preview as in update, so nothing is pulled out of an Output.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import ValidationError

from foundation.capacity import for_team
from foundation.pool_settings import PoolFacts
from foundation.service_settings import Scheme
from foundation.spec import Spec

READ_STACK_OUTPUTS = "pulumi:pulumi:readStackOutputs"
FACTS_EXPORT = "platform"


class PlatformNotReadyError(Exception):
    """The platform's stack cannot be read, or says too little; the message has the cure."""


class PlatformFacts(Spec):
    """What a platform stack says of itself; plain data."""

    region: str
    """AWS region."""
    zones: tuple[str, ...]
    """Zone letters of its network."""
    namespace: str
    """Kubernetes namespace of its own services."""
    load_balancer_cidrs: dict[Scheme, tuple[str, ...]]
    """Scheme of a load balancer to the networks it stands in."""
    pools: dict[str, PoolFacts]
    """Its pools by name."""

    @property
    def system_labels(self) -> dict[str, str]:
        """Labels of the nodes for the cluster's own workloads."""
        return next((pool.labels for pool in self.pools.values() if pool.kind == "system"), {})


def full_stack_name(platform: str) -> str:
    """The name a StackReference takes: a plain name means a stack of this project."""
    if "/" in platform:
        return platform
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{platform}"


def read_platform_facts(platform: str) -> PlatformFacts:
    """What the platform's stack exports, from its last update.

    Raises:
        PlatformNotReadyError: there is no such stack, or it was not deployed by this program.
    """
    outputs = read_outputs(platform)
    if FACTS_EXPORT not in outputs:
        raise PlatformNotReadyError(
            f"stack {platform!r} exports no {FACTS_EXPORT!r}: deploy it first with `pulumi up -s {platform}`, "
            "or name the platform stack, not another team's"
        )
    try:
        facts = PlatformFacts.model_validate(outputs[FACTS_EXPORT])
    except ValidationError as error:
        raise PlatformNotReadyError(
            f"stack {platform!r} was deployed by another version of this program "
            f"({error.error_count()} facts do not fit): run `pulumi up -s {platform}`"
        ) from None
    return facts.model_copy(update={"pools": {name: for_team(pool) for name, pool in facts.pools.items()}})


def read_outputs(platform: str) -> Mapping[str, Any]:
    """What a stack exported in its last update.

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
