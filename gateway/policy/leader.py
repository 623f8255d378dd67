"""Which of the two policy processes writes: Envoy's files, usage, and when keys were last used.

Both decide on requests; one writes, the holder of a lock on a file, which the kernel releases when its holder dies. The
first process is preferred, since Envoy sends requests to it: the second one takes the lock only while the first does not
accept connections, and gives it back afterwards.
"""

import fcntl
import os
import socket
from pathlib import Path


class Leadership:
    """This process's part in the choice."""

    def __init__(self, folder: Path, preferred: Path | None) -> None:
        """Choose by a lock in `folder`; `preferred` is the socket of a process that goes first, None in that process."""
        self._file = os.open(folder / "leader.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        self._preferred = preferred
        self.held = False

    def wanted(self) -> bool:
        """Whether this process ought to write."""
        return self._preferred is None or not _accepts(self._preferred)

    def acquire(self) -> bool:
        """Try to become the writer."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.held = True
        return True

    def take(self) -> bool:
        """Become the writer if this process ought to be; whether it is.

        The lock comes first: while the first process has it, the second one opens no connections to it.
        """
        if self.acquire() and not self.wanted():
            self.release()
        return self.held

    def release(self) -> None:
        """Let the other process write."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self.held = False


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
