"""`python -m rehearsal.controllers [NAME...]`: build controllers ahead of time, one after the other."""

import argparse
import sys

from rehearsal.controllers.programs import PROGRAMS
from rehearsal.engine.toolchain import ToolchainError


def main(arguments: list[str] | None = None) -> int:
    """Build what is not there yet; the exit code is 1 when one of them cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.controllers", description=main.__doc__)
    parser.add_argument("name", nargs="*", help=f"which of {', '.join(PROGRAMS)}; default is all of them")
    names = parser.parse_args(arguments).name or list(PROGRAMS)
    if unknown := [name for name in names if name not in PROGRAMS]:
        parser.error(f"unknown controller {unknown[0]}: choose from {', '.join(PROGRAMS)}")
    failed = False
    for name in names:
        try:
            sys.stderr.write(f"{name}: {PROGRAMS[name].build()}\n")
        except ToolchainError as error:
            failed = True
            sys.stderr.write(f"error: {error}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
