"""How long an instance takes from its launch until its kubelet registers."""

import os

from rehearsal.images import timing
from rehearsal.images.vllm.simulation.starts import NODE_SECONDS

VARIABLE = "LLM_REHEARSAL_BOOT_SECONDS"
BOOT_SECONDS = 3.0
"""Seconds in the rehearsal; on AWS it is rather half a minute to a minute."""


def boot_seconds() -> float:
    """Return the seconds, which the environment may set; where engines follow public figures, nodes do too."""
    given = os.environ.get(VARIABLE)
    if not given and timing.follows_public_figures():
        return NODE_SECONDS.value * timing.time_scale()
    return float(given or BOOT_SECONDS)
