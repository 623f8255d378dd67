"""Run one process of the control plane: ``python -m rehearsal.controlplane.run apiserver|controllers|scheduler``.

Makes the sandbox's keys where they are missing and becomes the Go binary, so that the caller's child is the process
itself: a parent-death signal that the caller arranged, and its file descriptors, hold for the binary.
"""

import argparse
import os
import sys
from pathlib import Path

from rehearsal.controlplane import flags, pki
from rehearsal.engine.build import binary
from rehearsal.sandbox import Sandbox

ROLES = ("apiserver", "controllers", "scheduler")


def command(role: str, sandbox: Sandbox, executable: Path) -> list[str]:
    """The command line of ``role``; makes the keys it needs."""
    return [str(executable), *flags.arguments(role, sandbox, pki.ensure(sandbox))]


def main(argv: list[str] | None = None) -> None:
    """Replace this process by the role's."""
    parser = argparse.ArgumentParser(prog="rehearsal.controlplane.run", description=__doc__)
    parser.add_argument("role", choices=ROLES)
    role: str = parser.parse_args(argv).role
    sandbox = Sandbox.current()
    line = command(role, sandbox, binary("controlplane"))
    sys.stdout.flush()
    os.execve(line[0], line, os.environ | flags.environment(role))  # noqa: S606 - our own binary, our own arguments


if __name__ == "__main__":
    main()
