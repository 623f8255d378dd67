"""Locks of Pulumi on a stack: their owners, from its message, and whether those are gone."""

import re
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workspace.processes import has_run_since

_OWNER = re.compile(r"created by \S+?@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<at>\S+)")


def owner_is_gone(complaint: str, dead: Mapping[str, Any] | None) -> bool:
    """Judge every lock in Pulumi's message; one of unknown or living owner keeps them all.

    Args:
        complaint: Pulumi's message about the lock.
        dead: Host and start time of the run that is known to have ended, if one is: after a restart of the portal's
            container the host of its own locks is another name.
    """
    owners = list(_OWNER.finditer(complaint))
    return bool(owners) and all(_is_gone(owner, dead) for owner in owners)


def owners(complaint: str) -> list[str]:
    """Return the holders of the locks in Pulumi's message: user, host, process, since when."""
    return [owner[0].removeprefix("created by ") for owner in _OWNER.finditer(complaint)]


def _is_gone(owner: re.Match[str], dead: Mapping[str, Any] | None) -> bool:
    taken = datetime.fromisoformat(owner["at"]).timestamp()
    here = socket.gethostname()
    if owner["host"] == here:
        return not has_run_since(int(owner["pid"]), taken)
    # Another host's process cannot be looked up; but the dead run's own host, now gone, can hold no other run.
    return dead is not None and owner["host"] == dead["hostname"] != here and taken >= dead["started"]
