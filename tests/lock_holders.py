"""Processes that hold a lock until they are killed, for tests of what a dead holder leaves."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Hold = Callable[..., subprocess.Popen[str]]


@contextmanager
def holders(imports: str, held: str) -> Iterator[Hold]:
    """Yield what starts a process that holds a lock, with its arguments; all of them are killed at the end.

    Args:
        imports: Python statements that the expression needs.
        held: expression of a context manager, of the process's arguments ``sys.argv``.
    """
    script = f'import sys\nfrom pathlib import Path\n{imports}\nwith {held}:\n    print("held", flush=True)\n    sys.stdin.read()\n'
    started: list[subprocess.Popen[str]] = []

    def hold(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    try:
        yield hold
    finally:
        for process in started:
            process.kill()
            process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    """End a holder as a crash would."""
    process.kill()
    process.wait()
