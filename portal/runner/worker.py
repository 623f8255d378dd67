"""``python -m portal.runner.worker FOLDER``: carries out one run, in a process that outlives the portal.

The portal starts it in a session of its own and reads its folder. A first SIGINT or SIGTERM lets the engine finish and
save the steps under way.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import psutil

from portal.runner.connection import Connection
from portal.runner.protocol import Outcome, Result
from portal.runner.redaction import Redactor
from portal.runner.run_processes import is_engine
from portal.runner.runs import RunFolder
from portal.runner.translate import Translator

_LOOK_SECONDS = 0.1
_OPERATIONS = frozenset({"up", "destroy", "preview", "refresh"})
"""Pulumi's commands that can be stopped; one that only reads ends by itself, and its answer is needed."""


class Interruption:
    """Passes the first signal on to the engine and remembers it."""

    def __init__(self) -> None:
        """Take over SIGINT and SIGTERM."""
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        # Once only: at a second interrupt the engine gives up what is under way.
        if not self.asked:
            self.asked = True
            if not _interrupt_engines():
                # It may be about to start.
                threading.Thread(target=_interrupt_the_next_engine, daemon=True).start()


def _interrupt_engines() -> bool:
    """Whether there was one."""
    found = False
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if is_engine(child) and not _OPERATIONS.isdisjoint(child.cmdline()):
                child.send_signal(signal.SIGINT)
                found = True
    return found


def _interrupt_the_next_engine() -> None:
    while not _interrupt_engines():
        time.sleep(_LOOK_SECONDS)


def main(folder: Path, connection: Connection) -> None:
    """Carry out the run in ``folder``, unless another process did or does."""
    interrupted = Interruption()
    files = RunFolder(path=folder)
    with files.claimed() as mine:
        if not mine:
            return
    # Pulumi's SDK takes a second to import; by then it is long known who carries the run out.
    from portal.runner.operation import perform  # noqa: PLC0415

    run = files.request()
    redactor = Redactor(connection.hidden)
    with files.log() as sink:
        translator = Translator(sink, redactor)
        try:
            outcome = perform(run, connection, translator, redactor, lambda: interrupted.asked)
        except Exception as error:  # noqa: BLE001  whatever it is, the portal must hear how the run ended
            text = redactor.text(f"{type(error).__name__}: {error}")
            outcome = Outcome(result=Result.FAILED, error=text)
    files.finish(outcome)


def stand_back(niceness: int, autogroup: Path = Path("/proc/self/autogroup")) -> None:
    """Let pages go before this run.

    Linux shares time out between sessions first; within one only, processes compete by their own nice level.
    """
    os.nice(niceness)
    # Not there where sessions are not weighed, not writable in some containers: then the nice level has to do.
    with contextlib.suppress(OSError):
        autogroup.write_text(str(niceness))


if __name__ == "__main__":
    os.umask(0o077)
    stand_back(int(os.environ.pop("LLM_PORTAL_NICE", "0")))
    main(Path(sys.argv[1]), Connection.received())
