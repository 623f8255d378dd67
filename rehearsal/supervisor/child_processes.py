"""Start of a sandbox's processes: their environment, and their end with the parent process."""

import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

from rehearsal.sandbox import ENVIRONMENT_VARIABLE

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
# What may stand in a person's environment and must not reach the sandbox: other clouds, other clusters, other backends.
_FOREIGN_PREFIXES = ("AWS_", "PULUMI_", "KUBE", "HELM_", "VLLM_", "HF_")
_FOREIGN_NAMES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "PYTHONPATH", "PYTHONHOME"}


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn`` after which the kernel sends ``how`` to the child when its parent thread ends."""
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC.prctl(_PR_SET_PDEATHSIG, int(how)) != 0 or os.getppid() != parent:
            os._exit(1)

    return arrange


def environment(sandbox_root: Path) -> dict[str, str]:
    """The environment of every process of a sandbox: this one's, without what points outside, plus the sandbox."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN_PREFIXES) and name.lower() not in _FOREIGN_NAMES and name not in _FOREIGN_NAMES
    }
    return kept | {ENVIRONMENT_VARIABLE: str(sandbox_root), "PYTHONUNBUFFERED": "1"}
