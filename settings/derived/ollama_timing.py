"""How long an Ollama service may take to start: the copy of its model onto the volume comes before everything else."""

import math

from planner.coldstart.engine import HUB_GIB_PER_SECOND
from settings.derived.timeouts import HUB_WINDOWS_SECONDS, Timing, node_seconds, startup_allowance
from settings.models.pools import PoolFacts
from settings.models.services.ollama import OllamaSettings

LOAD_SECONDS = 120
"""Model from the volume into memory at gp3's baseline of 125 MiB/s: 40 s for 4.6 GiB; an allowance, not a measurement."""


def ollama_timing(service: OllamaSettings, pool: PoolFacts) -> Timing:
    """How long a service may take; of its pool only who launches its nodes matters.

    Raises:
        LookupError: the size of its model is neither stated nor known; settings with this mistake are refused first.
    """
    if service.model_gib is None:
        raise LookupError(f"the size of {service.model} is neither stated nor known")
    copied = service.model_gib / HUB_GIB_PER_SECOND
    expected = math.ceil(copied) + LOAD_SECONDS
    return Timing(
        expected=expected,
        startup=startup_allowance(expected, service.startup_seconds),
        mirror=math.ceil(2 * copied) + HUB_WINDOWS_SECONDS,
        node=node_seconds(pool),
    )
