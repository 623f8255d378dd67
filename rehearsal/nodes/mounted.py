"""Which volumes of a container its process sees at their paths, and which it must be given another path for."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rehearsal.images.container import Mount
from rehearsal.network import enter
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox

_CHECKOUT = Path(__file__).parents[2]


def kept(sandbox: Sandbox, binary: Path | None = None) -> list[str]:
    """Folders that a container's process needs of this machine: sandbox, checkout, Python and its program."""
    program = [str(binary.resolve().parent)] if binary else []
    return [str(sandbox.root), str(_CHECKOUT), sys.prefix, sys.base_prefix, *program]


def elsewhere(mounts: Sequence[Mount], sandbox: Sandbox, binary: Path | None = None) -> list[Mount]:
    """The mounts that are not at their paths: all on loopback, else those that would hide what the process needs."""
    if sandbox.network != Kind.NAMESPACES:
        return list(mounts)
    keep = kept(sandbox, binary)
    return [mount for mount in mounts if enter.hides(mount.path, keep)]
