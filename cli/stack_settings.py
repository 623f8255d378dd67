"""The settings of a stack, for the commands that read its file."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cli.console import UsageError
from planner.shown import one_line, shortened

T = TypeVar("T")


def read_stack(stack: str, project: Path, read: Callable[[Path], T], *, purpose: str) -> T:
    """What ``read`` makes of the file of a stack.

    Args:
        stack: Name of the stack, or path of its file.
        project: Folder in the project, where stacks are looked for.
        read: Reads the file.
        purpose: What the settings are for, with its verb, such as ``the cost depends``.

    Raises:
        UsageError: there is no such file, it cannot be read, or its settings have issues.
    """
    # Reading settings loads pydantic and the planner's tables, which the other commands do without.
    from settings.issues import SettingsError  # noqa: PLC0415
    from settings.loading.stack_file import StackFileError, find_stack_file  # noqa: PLC0415

    try:
        return read(find_stack_file(stack, project))
    except StackFileError as error:
        raise UsageError(one_line(str(error))) from None
    except OSError as error:  # of a name that no file can have
        raise UsageError(
            one_line(f"{shortened(stack)} in {shortened(str(project))} cannot be read: {error.strerror}")
        ) from None
    except SettingsError as error:
        raise UsageError(f"the settings of {one_line(stack)} have issues that {purpose} on:\n{error}") from None
