"""What the stack's own last update exported: whether the platform stands, and in which zones."""

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
    """Zone letters of its network; empty if it does not say."""


def of_outputs(outputs: Mapping[str, Any]) -> Deployed:
    """What a platform's outputs say; none of a stack that was never updated."""
    if FACTS_EXPORT not in outputs:
        return Deployed(exists=False)
    try:
        return Deployed(exists=True, zones=PlatformFacts.of_export(outputs[FACTS_EXPORT]).zones)
    except ValidationError:  # of a version of this program that said less
        return Deployed(exists=True)
