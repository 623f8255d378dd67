"""`pulumi install`: the commands that give a program the environment its options name."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def commands(root: str, directory: str, options: Mapping[str, Any]) -> list[list[str]]:
    """What to run in ``directory``, in this order.

    Args:
        root: folder of the project file, which a relative `virtualenv` starts from.
        directory: folder of the program with its requirements.txt or pyproject.toml.
        options: as in `interpreter.choose`.
    """
    if options.get("toolchain") == "uv":
        return [["uv", "sync"]]
    result = []
    python = sys.executable
    if options.get("virtualenv"):
        environment = Path(root) / str(options["virtualenv"])
        python = str(environment / "bin" / "python")
        if not Path(python).exists():
            result.append([sys.executable, "-m", "venv", str(environment)])
    requirements = Path(directory) / "requirements.txt"
    project = Path(directory) / "pyproject.toml"
    if requirements.exists():
        result.append([python, "-m", "pip", "install", "-r", str(requirements)])
    elif project.exists() and "build-system" in tomllib.loads(project.read_text()):
        result.append([python, "-m", "pip", "install", "-e", directory])
    return result


def run(plan: list[list[str]], directory: str) -> Iterator[bytes]:
    """Run the commands one after the other and yield what they print.

    Raises:
        subprocess.CalledProcessError: one of them failed; the rest is not run.
    """
    for command in plan:
        with subprocess.Popen(
            command, cwd=directory, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            yield from iter(lambda: process.stdout.read1(65536), b"")  # type: ignore[union-attr]
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
