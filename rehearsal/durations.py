"""Times on the command line, such as 30s."""

import re

from cli.console import UsageError

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds_of(option: str, text: str) -> float:
    """Seconds of a time such as ``30``, ``30s``, ``2m`` or ``1h``.

    Args:
        option: the option that has it, such as ``--for``; for the message.
        text: what was written.

    Raises:
        UsageError: it is not a time above 0.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found is None or not float(found[1]):
        raise UsageError(f"{option} {text}: write a time such as 30s, 2m or 1h")
    return float(found[1]) * _UNITS[found[2]]
