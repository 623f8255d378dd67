"""Exit codes of ``rehearse``."""

from enum import IntEnum

from cli.console import USAGE_ERROR


class ExitCode(IntEnum):
    """The exit codes of ``rehearse``."""

    DONE = 0
    FAILED = 1
    USAGE_ERROR = USAGE_ERROR
    REFUSED_BY_POLICY = 3
    STACK_HELD = 4
