"""One process at a time, across processes and checkouts."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, waiting_for: str | None = None) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel releases it when the process dies, however it dies.

    Args:
        path: the lock file; made when missing, never removed (removing it would let two holders in).
        waiting_for: said on standard error when another process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting_for:
                sys.stderr.write(f"waiting for another process: {waiting_for}\n")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
