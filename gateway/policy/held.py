"""Requests that a pod's policy processes hold, by their IDs in files of the pod's folder.

Envoy sends what a killed process held to the other one. It was admitted, so that no limit may refuse it a second time: many
requests that came one after another come at once then.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HELD_FOLDER = "held"
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class HeldRequests:
    """The held requests of one process, and those that the other one left; calls block for the time of an empty file."""

    def __init__(self, folder: Path, number: int, longest: float) -> None:
        """Keep the requests of process `number` below `folder`, which is made; files older than `longest` seconds are removed."""
        self._own, self._other = folder / str(number), folder / str(1 - number)
        # Without space in the folder a killed process costs what its held requests are beyond the limits.
        with suppress(OSError):
            self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in self._own.iterdir():
                if time.time() - path.stat().st_mtime > longest:
                    path.unlink(missing_ok=True)

    @contextmanager
    def keep(self, request: str) -> Iterator[None]:
        """Keep a request, by Envoy's ID of it, until the block ends. One without such an ID is not kept."""
        path = _path(self._own, request)
        if path is None:
            yield
            return
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def of_the_other(self, request: str) -> bool:
        """Whether the other process held this request when it ended, or holds it."""
        path = _path(self._other, request)
        return path is not None and path.exists()


def _path(folder: Path, request: str) -> Path | None:
    return folder / request if _ID.fullmatch(request) else None
