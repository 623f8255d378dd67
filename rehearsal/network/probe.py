"""Which kind of network a sandbox gets on this machine: namespaces where they work, which only a try shows.

A kernel may be built without them, a distribution may keep them from ordinary users
(``kernel.apparmor_restrict_unprivileged_userns``, ``kernel.unprivileged_userns_clone``), a container may forbid them.
"""

import os
import subprocess
import sys

from rehearsal.network.kinds import Kind
from rehearsal.sandbox import SandboxError

VARIABLE = "REHEARSE_NETWORK"
_SECONDS = 30.0


def choose() -> Kind:
    """The kind for a new sandbox: that of ``REHEARSE_NETWORK``, else namespaces if a try succeeds.

    Raises:
        SandboxError: ``REHEARSE_NETWORK`` is no kind, or names namespaces and they do not work here.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted and wanted not in list(Kind):
        raise SandboxError(f"{VARIABLE}={wanted}: use {' or '.join(Kind)}, or unset it")
    if wanted == Kind.LOOPBACK:
        return Kind.LOOPBACK
    problem = attempt()
    if problem and wanted:
        raise SandboxError(f"{VARIABLE}={wanted}: {problem}; docs/rehearsal.md says how to enable namespaces")
    return Kind.LOOPBACK if problem else Kind.NAMESPACES


def attempt() -> str:
    """Why namespaces do not work here; empty if they do."""
    command = [sys.executable, "-P", "-m", "rehearsal.network.attempt"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS:.0f} s"
    lines = ended.stderr.strip().splitlines()
    return (lines[-1] if lines else f"exit code {ended.returncode}") if ended.returncode else ""
