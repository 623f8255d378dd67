"""Where the commands write: results to standard output, what happens meanwhile to standard error."""

import sys
from enum import IntEnum

from rich.console import Console

# Tables in a file or a pipe are as wide as they need to be.
_WIDE = None if sys.stdout.isatty() else 160
OUT = Console(highlight=False, soft_wrap=True, width=_WIDE)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class ExitCode(IntEnum):
    """The exit codes of ``rehearse``."""

    DONE = 0
    FAILED = 1
    BAD_USE = 2
    REFUSED_BY_POLICY = 3
    STACK_HELD = 4


class UsageError(Exception):
    """What was asked cannot be; the message says what can."""


def tell(line: str) -> None:
    """Say what is being done."""
    ERR.print(line, style="dim", markup=False)
