"""``python -m rehearsal.images.python SCRIPT [ARG ...]``: play an image that has Python and boto3.

A script runs for real, with this project's interpreter and its boto3. What it would fetch from the Hugging Face Hub comes
from a small Hub on the pod's own address, and AWS is moto; both reach it through the usual environment variables. A module
(``-m``) is the container's own, on its PYTHONPATH: it gets an interpreter without this project and its packages.
"""

import itertools
import os
import runpy
import sys
from pathlib import Path
from typing import NoReturn

import rehearsal
from rehearsal.images.container import Container
from rehearsal.images.ollama import registry
from rehearsal.images.process import prepare
from rehearsal.images.python import hub

_FLAGS = {"-u", "-B", "-I", "-E", "-s", "-P"}


def main() -> None:
    """Run the script as ``__main__``."""
    prepare()
    words = sys.argv[1:]
    flags = list(itertools.takewhile(_FLAGS.__contains__, words))
    words = words[len(flags) :]
    if words[:1] == ["-m"]:
        _become([*flags, *words])
    container = Container.current()
    os.environ["HF_ENDPOINT"] = hub.start(container.address)
    os.environ["REGISTRY_ENDPOINT"] = registry.start(container.address)
    if words[:1] == ["-c"]:
        sys.argv = ["-c", *words[2:]]
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as `python -c` does
        return
    if not words or not Path(words[0]).is_file():
        raise SystemExit(f"python3: can't open file {words[0] if words else '(none)'!r}: No such file or directory")
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")


def _become(words: list[str]) -> NoReturn:
    """Become the interpreter that this project's environment is made with."""
    own = str(Path(rehearsal.__file__).parents[1])
    path = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part != own]
    program = str(getattr(sys, "_base_executable", sys.executable))
    os.execve(program, [program, *words], os.environ | {"PYTHONPATH": os.pathsep.join(path)})  # noqa: S606


if __name__ == "__main__":
    main()
