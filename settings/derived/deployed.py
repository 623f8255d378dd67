"""What the stack's own last update exported: whether the platform exists, in which zones, and which services it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts

_URL, _KEY = "_url", "_api_key"
"""What follows a service's name in the outputs that every kind has, and in those of kinds with an API key."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack as it was last updated."""

    exists: bool
    """Whether a whole update has ended; the first one exports nothing before its end."""
    zones: tuple[str, ...] = ()
    """Zone letters of its network; empty if they are unknown."""
    services: Mapping[str, bool] = field(default_factory=dict)
    """Its services by name, and whether each has an API key, by which the kinds differ."""


def of_outputs(outputs: Mapping[str, Any]) -> Deployed:
    """The platform in a stack's outputs; one that does not exist for a stack that was never updated."""
    services = {
        name.removesuffix(_URL): name.removesuffix(_URL) + _KEY in outputs for name in outputs if name.endswith(_URL)
    }
    if FACTS_EXPORT not in outputs:
        return Deployed(exists=False, services=services)
    try:
        zones = PlatformFacts.of_export(outputs[FACTS_EXPORT]).zones
    except ValidationError:  # of a version of this program that exported less
        zones = ()
    return Deployed(exists=True, zones=zones, services=services)
