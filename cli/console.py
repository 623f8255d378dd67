"""Console of the commands: results on standard output, progress and failures on standard error, exit codes."""

import sys
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import typer
from rich.console import Console

from settings.version import VERSION

_WIDE = None if sys.stdout.isatty() else 160
"""Tables in a file or a pipe are as wide as they need to be."""

OUT = Console(highlight=False, soft_wrap=True, width=_WIDE)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
USAGE_ERROR = 2
"""Exit code of every command for arguments that cannot be used, as of typer and argparse."""


class ExitCode(IntEnum):
    """The exit codes of ``llm-platform`` and ``llm-plan``."""

    FITS = 0
    REFUSED = 1
    USAGE_ERROR = USAGE_ERROR
    UNKNOWN = 3


class UsageError(Exception):
    """Arguments that cannot be used; the message says which can."""


def report_progress(line: str) -> None:
    """Report progress."""
    ERR.print(line, style="dim", markup=False)


def version_option(program: str) -> Any:
    """The option ``--version``, which prints the program's name and version and ends it."""

    def show(given: bool) -> None:  # noqa: FBT001  typer calls it with the option's value
        if given:
            OUT.print(f"{program} {VERSION}", markup=False)
            raise typer.Exit

    return typer.Option("--version", callback=show, is_eager=True, help="Print the version and exit.")


def run(app: Callable[[], object], program: str, failures: Mapping[type[BaseException], int] | None = None) -> None:
    """Run a program's commands: every expected failure is one message and an exit code.

    Args:
        app: Parses the command line and runs the command.
        program: Name that each message starts with.
        failures: Exit code by exception that is expected besides ``UsageError``; the first that matches.
    """
    codes: dict[type[BaseException], int] = {UsageError: USAGE_ERROR, **(failures or {})}
    try:
        app()
    except tuple(codes) as error:
        ERR.print(f"{program}: {error or 'interrupted'}", markup=False)
        sys.exit(next(code for kind, code in codes.items() if isinstance(error, kind)))
