"""Which Python runs a program or a policy pack, by the `runtime.options` of its project file."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_FACTS = "import json, platform, sys; print(json.dumps([platform.python_version(), sys.path]))"


class InterpreterError(Exception):
    """The project's options name a Python that is not there; the message has the fix."""


@dataclass(frozen=True)
class Interpreter:
    """One Python and, if it is one, the virtual environment it belongs to."""

    command: str
    virtualenv: Path | None = None

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base`` as `activate` would change it."""
        result = dict(base)
        result.pop("PYTHONHOME", None)
        if self.virtualenv:
            result["VIRTUAL_ENV"] = str(self.virtualenv)
            result["PATH"] = os.pathsep.join(filter(None, [str(self.virtualenv / "bin"), base.get("PATH")]))
        return result

    @property
    def version(self) -> str:
        """Such as 3.11.7."""
        return self._facts[0]

    @property
    def search_path(self) -> list[Path]:
        """The folders it imports from."""
        return [Path(entry) for entry in self._facts[1] if entry]

    @cached_property
    def _facts(self) -> tuple[str, list[str]]:
        if Path(self.command) == Path(sys.executable):
            return sys.version.split()[0], list(sys.path)
        try:
            answer = subprocess.run(
                [self.command, "-I", "-c", _FACTS], capture_output=True, text=True, check=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise InterpreterError(
                f"{self.command} does not run: {error}; create the virtual environment again"
            ) from error
        version, path = json.loads(answer.stdout)
        return version, path


def choose(root: str, options: Mapping[str, Any]) -> Interpreter:
    """The Python that ``runtime.options`` ask for; without options, the one this host runs on.

    Args:
        root: folder of the project file, which a relative `virtualenv` starts from.
        options: `toolchain` (pip or uv; uv keeps its environment in .venv) and `virtualenv`.

    Raises:
        InterpreterError: an option this host does not know, or a virtual environment that does not exist.
    """
    toolchain = options.get("toolchain") or "pip"
    if toolchain not in {"pip", "uv"}:
        raise InterpreterError(
            f"runtime.options.toolchain is {toolchain!r}: this language host knows pip and uv; "
            "name the environment with runtime.options.virtualenv"
        )
    name = options.get("virtualenv") or (".venv" if toolchain == "uv" else None)
    if not name:
        return Interpreter(sys.executable, Path(sys.prefix) if sys.prefix != sys.base_prefix else None)
    folder = Path(root) / str(name)
    command = folder / "bin" / "python"
    if not command.exists():
        raise InterpreterError(
            f"virtual environment {folder} (runtime.options.virtualenv: {name}) does not exist or has no bin/python; "
            "make it with `pulumi install` or correct the option"
        )
    return Interpreter(str(command), folder)
