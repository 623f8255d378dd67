"""How long an instance takes from its launch until its kubelet registers."""

import os

VARIABLE = "LLM_REHEARSAL_BOOT_SECONDS"
BOOT_SECONDS = 3.0
"""Seconds in the rehearsal; on AWS it is rather half a minute to a minute."""


def boot_seconds() -> float:
    """Return the seconds, which the environment may set."""
    return float(os.environ.get(VARIABLE) or BOOT_SECONDS)
