"""What the stack's own last update exported: whether the platform exists, and in which zones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack as it was last updated."""

    exists: bool
    """Whether a whole update has ended; the first one exports nothing before its end."""
    zones: tuple[str, ...] = ()
    """Zone letters of its network; empty if they are unknown."""


def of_outputs(outputs: Mapping[str, Any]) -> Deployed:
    """The platform in a stack's outputs; one that does not exist for a stack that was never updated."""
    if FACTS_EXPORT not in outputs:
        return Deployed(exists=False)
    try:
        return Deployed(exists=True, zones=PlatformFacts.of_export(outputs[FACTS_EXPORT]).zones)
    except ValidationError:  # of a version of this program that exported less
        return Deployed(exists=True)
