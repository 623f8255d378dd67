"""Start of a sandbox's processes: their environment, and their end with the parent process."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rehearsal.network.namespaces import die_with
from rehearsal.sandbox import ENVIRONMENT_VARIABLE

# What may stand in a person's environment and must not reach the sandbox: other clouds, other clusters, other backends.
_FOREIGN_PREFIXES = ("AWS_", "PULUMI_", "KUBE", "HELM_", "VLLM_", "HF_")
_FOREIGN_NAMES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "PYTHONPATH", "PYTHONHOME"}


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn`` after which the kernel sends ``how`` to the child when its parent thread ends."""
    parent = os.getpid()

    return lambda: die_with(parent, how)


def start_detached(module: str, arguments: Sequence[str], variables: Mapping[str, str], log: Path) -> int:
    """Start ``python -m module`` in a session of its own, so that it outlives this process; return its pid.

    Args:
        module: The module.
        arguments: Its arguments.
        variables: Its environment.
        log: File that its output is appended to.
    """
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", module, *arguments],
        variables,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def environment(sandbox_root: Path) -> dict[str, str]:
    """The environment of every process of a sandbox: this one's, without what points outside, plus the sandbox."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN_PREFIXES) and name.lower() not in _FOREIGN_NAMES and name not in _FOREIGN_NAMES
    }
    return kept | {ENVIRONMENT_VARIABLE: str(sandbox_root), "PYTHONUNBUFFERED": "1"}
