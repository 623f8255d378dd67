"""A container of vLLM's image that runs a Python file of its own: it runs for real, and ``vllm`` is on its path."""

import os
import runpy
import shlex
import sys
from pathlib import Path

from rehearsal.images.container import Container
from rehearsal.images.process import PARENT_VARIABLE


def is_script(words: list[str]) -> bool:
    """Whether ``python3`` was started with a file."""
    return bool(words) and words[0].endswith(".py") and Path(words[0]).is_file()


def run(words: list[str], container: Container) -> None:
    """Run the file as ``__main__``, with the rest as its arguments; what it starts as ``vllm`` is the emulator."""
    programs = Path(container.root) / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    program = programs / "vllm"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rehearsal.images.vllm "$@"\n')
    program.chmod(0o700)
    os.environ["PATH"] = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    # The emulator ends with this process, which is its parent.
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    if own := os.environ.get("POD_IP"):
        # On the loopback network a pod's address in the VPC cannot be dialed, not by itself either.
        os.environ |= {name: value.replace(own, container.address) for name, value in os.environ.items()}
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")
