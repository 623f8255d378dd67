"""Starter of another program that dies with the process that requested it: `guard.py PARENT_PID COMMAND...`.

Run as a file by a bare interpreter (`python -I -S`), which makes it cheap. What it sets survives the `exec`: the kernel
kills the program as soon as the parent is gone, however the parent went; and SIGINT is ignored until the program itself
asks for it, so that a Ctrl-C while an interpreter starts prints no traceback.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Become ``command``; never returns."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # who started this had it blocked until here
    try:
        os.execvp(command[0], command)  # noqa: S606 the arguments are a list, no shell reads them
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
