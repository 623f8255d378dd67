"""States and stack files as a released program left them in a rehearsal, kept to preview later programs on.

``python -m tests.upgrade.saved RELEASE STACK [STACK ...] --sandbox NAME`` saves the stacks of a sandbox. Do it before each
release, for dev, prod and the example team stack, after an ``up`` from nothing.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.sandbox import Sandbox, write_atomically
from rehearsal.sandboxes import existing
from rehearsal.stacks import project, stack_file

FOLDER = Path(__file__).parent / "states"
_PATHS_OF_A_MACHINE = ("sourcePosition", "stackTrace")


@dataclass(frozen=True, kw_only=True)
class SavedStack:
    """One stack of one release."""

    release: str
    stack: str

    @property
    def state(self) -> Path:
        """The checkpoint, as the file backend keeps it; secrets encrypted under the rehearsal's passphrase."""
        return FOLDER / self.release / f"{self.stack}.json"

    @property
    def settings(self) -> Path:
        """The stack file that it was deployed with, without secrets."""
        return FOLDER / self.release / f"Pulumi.{self.stack}.yaml"

    @property
    def platform(self) -> "SavedStack | None":
        """The saved platform stack of a team stack."""
        name = stack_file.platform_of(self.settings)
        return SavedStack(release=self.release, stack=name) if name else None

    def restore(self, sandbox: Sandbox) -> None:
        """Make a sandbox's backend hold this stack, with its platform, and no other."""
        shutil.rmtree(_checkpoint(sandbox, self.stack).parent, ignore_errors=True)
        for one in (self, self.platform):
            if one:
                write_atomically(_checkpoint(sandbox, one.stack), one.state.read_text())


def every() -> list[SavedStack]:
    """All of them, oldest release first."""
    return [SavedStack(release=path.parent.name, stack=path.stem) for path in sorted(FOLDER.glob("*/*.json"))]


def save(sandbox: Sandbox, release: str, stack: str) -> None:
    """Save a stack of a sandbox, without paths of this machine."""
    saved = SavedStack(release=release, stack=stack)
    checkpoint: dict[str, Any] = json.loads(_checkpoint(sandbox, stack).read_text())
    for resource in checkpoint["checkpoint"]["latest"]["resources"]:
        for key in _PATHS_OF_A_MACHINE:
            resource.pop(key, None)
    settings = yaml.safe_load(stack_file.copy_of(sandbox, stack).read_text())
    settings.pop("encryptionsalt", None)
    settings["config"].pop(f"{project.project_name()}:{stack_file.TOKEN_KEY}", None)
    saved.state.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(saved.state, json.dumps(checkpoint, indent=0) + "\n", mode=0o644)
    write_atomically(saved.settings, yaml.safe_dump(settings, sort_keys=False), mode=0o644)


def _checkpoint(sandbox: Sandbox, stack: str) -> Path:
    return sandbox.state / ".pulumi" / "stacks" / project.project_name() / f"{stack}.json"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    parser.add_argument("stack", nargs="+")
    parser.add_argument("--sandbox", required=True)
    arguments = parser.parse_args()
    for name in arguments.stack:
        save(existing(arguments.sandbox), arguments.release, name)
