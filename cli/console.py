"""Where the commands write, their exit codes, and how bad use is told."""

import sys
from collections.abc import Callable
from enum import IntEnum

from rich.console import Console

_WIDE = None if sys.stdout.isatty() else 160
"""Tables in a file or a pipe are as wide as they need to be."""

OUT = Console(highlight=False, soft_wrap=True, width=_WIDE)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class ExitCode(IntEnum):
    """The exit codes of ``llm-plan``."""

    FITS = 0
    REFUSED = 1
    BAD_USE = 2
    UNKNOWN = 3


class UsageError(Exception):
    """What was asked cannot be; the message says what can."""


def run(app: Callable[[], object], program: str) -> None:
    """Run a program's commands: every expected failure is one message and an exit code."""
    try:
        app()
    except UsageError as error:
        ERR.print(f"{program}: {error}", markup=False)
        sys.exit(ExitCode.BAD_USE)
