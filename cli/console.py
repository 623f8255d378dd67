"""Console of the commands: results on standard output, progress and failures on standard error, exit codes."""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from planner.shown import one_line, shortened
from settings.version import VERSION

_WIDE = None if sys.stdout.isatty() else 160
"""Tables in a file or a pipe are as wide as they need to be."""

OUT = Console(highlight=False, soft_wrap=True, width=_WIDE)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
USAGE_ERROR = 2
"""Exit code of every command for arguments that cannot be used, as of typer and argparse."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as of a shell."""
KEY_VARIABLE = "LLM_API_KEY"
"""Environment variable with the API key of a service or a gateway."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a full disk, and of a user's full share of it."""
TRACEBACK = "LLM_PLATFORM_TRACEBACK"
"""Variable of the environment that shows the traceback of a defect."""


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


def plain_table(*titles: str, numbers: Collection[str] = ()) -> Table:
    """A table without lines whose names are broken where a terminal is narrow, and never cut: they are pasted elsewhere.

    Args:
        titles: of the columns.
        numbers: titles of columns with numbers, which stand at their right.
    """
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, justify="right" if title in numbers else "left", overflow="fold")
    return table


def version_option(program: str) -> Any:
    """The option ``--version``, which prints the program's name and version and ends it."""

    def show(given: bool) -> None:  # noqa: FBT001  typer calls it with the option's value
        if given:
            OUT.print(f"{program} {VERSION}", markup=False)
            raise typer.Exit

    return typer.Option("--version", callback=show, is_eager=True, help="Print the version and exit.")


def run(
    app: Callable[..., object],
    program: str,
    failures: Mapping[type[BaseException], int] | None = None,
    *,
    unexpected: int | None = None,
) -> None:
    """Run a program's commands: every failure is one message and an exit code.

    Args:
        app: Parses the command line and runs the command.
        program: Name that each message starts with.
        failures: Exit code by exception that is expected besides ``UsageError``; the first that matches.
        unexpected: Exit code of an exception that is not expected, other than that a disk is full, which is 1; without it
            there is a traceback, as with ``LLM_PLATFORM_TRACEBACK`` in the environment.
    """
    codes: dict[type[BaseException], int] = {UsageError: USAGE_ERROR, **(failures or {})}
    try:
        ended = app(standalone_mode=False)
    except tuple(codes) as error:
        ERR.print(f"{program}: {error or 'interrupted'}", markup=False)
        sys.exit(next(code for kind, code in codes.items() if isinstance(error, kind)))
    except typer.TyperException as error:
        _show_usage(program, error)
        sys.exit(getattr(error, "exit_code", USAGE_ERROR))
    except typer.Abort:
        ERR.print(f"{program}: interrupted", markup=False)
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            ERR.print(one_line(f"{program}: {_full(error)}"), markup=False)
            sys.exit(1)
        if unexpected is None:
            raise
        # No text of the exception: it may hold a value that is secret.
        ERR.print(f"{program}: {_defect(error)}", markup=False)
        sys.exit(unexpected)
    sys.exit(ended if isinstance(ended, int) else 0)


def _show_usage(program: str, error: typer.TyperException) -> None:
    """Print what is wrong with the arguments, in one line."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return  # a command that was called without any: typer has printed its help
    context = getattr(error, "ctx", None)
    more = f"; see `{context.command_path} --help`" if context else ""
    message = " ".join(error.format_message().split()).removesuffix(".")
    ERR.print(one_line(f"{program}: {shortened(message)}{more}"), markup=False)


def _full(error: OSError) -> str:
    path = error.filename2 or error.filename
    where = f"where {os.fsdecode(path)} is written" if isinstance(path, str | bytes) else "on a disk that it writes to"
    return f"{error.strerror} {where}: free some space, then run it again"


def _defect(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"{type(error).__name__} in {place}: a defect of the program; {TRACEBACK}=1 shows where"
