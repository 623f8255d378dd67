"""Commands of the documentation, run as they stand there by the engine's own `pulumi`, on a copy of a stack file."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import yaml

from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks.project import engine_environment, tools

ADDRESS = "203.0.113.7"
_ADDRESSES = ('"$(curl -s https://checkip.amazonaws.com)/32"', "YOUR.ADDRESS/32")


def blocks(page: str, heading: str) -> list[list[str]]:
    """The lines of each block of commands between the words ``heading`` and the next heading of a page."""
    text = (CHECKOUT / page).read_text().partition(heading)[2]
    text = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^ *```\n(.*?)^ *```$", text, flags=re.MULTILINE | re.DOTALL)
    return [[line.strip() for line in block.splitlines() if line.strip()] for block in found]


class StackFile:
    """A stack's settings, changed by `pulumi config` in a project of their own."""

    def __init__(self, sandbox: Sandbox, folder: Path, stack: str, settings: dict[str, Any]) -> None:
        """Write ``settings`` into ``folder`` and make the stack there, in a backend that nothing else uses."""
        self._sandbox, self._folder, self._stack = sandbox, folder, stack
        (folder / "state").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: llm-platform\nruntime: python\n")
        self._pulumi(["stack", "init", stack])
        made = yaml.safe_load(self._file.read_text()) or {}
        self._file.write_text(yaml.safe_dump({**made, "config": settings["config"]}, sort_keys=False))

    @property
    def _file(self) -> Path:
        return self._folder / f"Pulumi.{self._stack}.yaml"

    def run(self, commands: list[str]) -> None:
        """Run those that change settings; the deployments between them are for whoever asks."""
        for command in commands:
            line = command
            for address in _ADDRESSES:
                line = line.replace(address, f"{ADDRESS}/32")
            program, *arguments = shlex.split(line, comments=True)
            if program == "pulumi" and arguments[0] == "config":
                self._pulumi(arguments)

    def settings(self) -> dict[str, Any]:
        """As they are now, as a stack file without its encryption."""
        return {"config": yaml.safe_load(self._file.read_text())["config"]}

    def _pulumi(self, arguments: list[str]) -> None:
        environment = engine_environment(self._sandbox) | {"PULUMI_BACKEND_URL": f"file://{self._folder / 'state'}"}
        subprocess.run(
            [str(tools(self._sandbox) / "pulumi"), "--non-interactive", *arguments],
            cwd=self._folder,
            env=environment,
            check=True,
            capture_output=True,
        )
