"""Start of every emulator: it ends together with the node agent, and logs to its container's log at once."""

import ctypes
import logging
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "LLM_REHEARSAL_PARENT"


def prepare() -> None:
    """Tie this process to the agent that started it, if one did: the kernel kills it when the agent ends."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(asctime)s [%(module)s] %(message)s"
    )
    parent = os.environ.get(PARENT_VARIABLE)
    if not parent:
        return
    if ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL)) != 0:
        raise SystemExit("prctl(PR_SET_PDEATHSIG) failed: the emulator would outlive the node agent")
    if os.getppid() != int(parent):
        raise SystemExit("the node agent ended while this container was being started")
