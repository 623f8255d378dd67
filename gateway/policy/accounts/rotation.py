"""Rotation of Envoy's access log: renamed when it is large, and opened again by Envoy."""

from pathlib import Path

import httpx

from gateway.policy.accounts.tail import ROTATED
from gateway.policy.envoy_admin import EnvoyAdmin

MOST_BYTES = 64 * 1024 * 1024
"""Size from which the log is rotated: about 100,000 requests."""


async def rotate(log: Path, envoy: EnvoyAdmin, most_bytes: int = MOST_BYTES) -> bool:
    """Rotate the log if it is large; whether it was.

    The file of the rotation before is replaced, so whoever reads the log has to be done with it. When Envoy does not open
    the log again it goes on writing to the renamed file, and the next call repeats the request.

    Raises:
        OSError: the file cannot be renamed.
    """
    if not _renamed(log, most_bytes):
        return False
    try:
        await envoy.reopen_logs()
    except httpx.HTTPError:
        return False
    return True


def _renamed(log: Path, most_bytes: int) -> bool:
    rotated = log.with_name(log.name + ROTATED)
    try:
        if log.stat().st_size < most_bytes:
            return False
    except FileNotFoundError:
        return rotated.exists()
    log.replace(rotated)
    return True
