"""``python -m rehearsal.images.python SCRIPT [ARG ...]``: play an image that has Python and boto3.

The script of the container runs for real, with this project's interpreter. What it would fetch from the Hugging Face Hub
comes from a small Hub on the pod's own address, and AWS is moto; both reach it through the usual environment variables.
"""

import os
import runpy
import sys
from pathlib import Path

from rehearsal.images.container import Container
from rehearsal.images.ollama import registry
from rehearsal.images.process import prepare
from rehearsal.images.python import hub

_FLAGS = {"-u", "-B", "-I", "-E", "-s", "-P"}


def main() -> None:
    """Run the script as ``__main__``."""
    prepare()
    words = sys.argv[1:]
    while words and words[0] in _FLAGS:
        words.pop(0)
    container = Container.current()
    os.environ["HF_ENDPOINT"] = hub.start(container.address)
    os.environ["REGISTRY_ENDPOINT"] = registry.start(container.address)
    if words[:1] == ["-c"]:
        sys.argv = ["-c", *words[2:]]
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as `python -c` does
        return
    if words[:1] == ["-m"]:
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return
    if not words or not Path(words[0]).is_file():
        raise SystemExit(f"python3: can't open file {words[0] if words else '(none)'!r}: No such file or directory")
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main()
