"""Run one process of the control plane: ``python -m rehearsal.controlplane.run apiserver|controllers|scheduler``.

Makes the world's keys where they are missing and becomes the Go binary, so that the caller's child is the process
itself: a parent-death signal that the caller arranged, and its file descriptors, hold for the binary.
"""

import argparse
import os
import sys
from pathlib import Path

from rehearsal.controlplane import flags, pki
from rehearsal.engine.build import binary
from rehearsal.world import World

ROLES = ("apiserver", "controllers", "scheduler")


def command(role: str, world: World, executable: Path) -> list[str]:
    """The command line of ``role``; makes the keys it needs."""
    return [str(executable), *flags.arguments(role, world, pki.ensure(world))]


def main(argv: list[str] | None = None) -> None:
    """Replace this process by the role's."""
    parser = argparse.ArgumentParser(prog="rehearsal.controlplane.run", description=__doc__)
    parser.add_argument("role", choices=ROLES)
    role: str = parser.parse_args(argv).role
    world = World.current()
    line = command(role, world, binary("controlplane"))
    sys.stdout.flush()
    os.execve(line[0], line, os.environ | flags.environment(role))  # noqa: S606 - our own binary, our own arguments


if __name__ == "__main__":
    main()
