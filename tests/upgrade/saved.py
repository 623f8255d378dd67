"""States and stack files as a released program left them in a rehearsal, kept to preview later programs on.

``make release`` deploys every committed stack from nothing and saves it: ``python -m tests.upgrade.saved RELEASE``.
"""

import argparse
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.bench.driver import Rehearsal
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import CHECKOUT
from rehearsal.stacks import project, stack_file
from settings.models.base import HUB_TOKEN
from workspace.files import write_atomically

FOLDER = Path(__file__).parent / "states"
PLATFORMS = ("dev", "prod", "cpu-example")
TEAMS = {"dev": ("team-example",)}
TEAM_GPUS = {"dev": ("g5-gpu-karpenter",)}
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
    settings["config"].pop(f"{project.project_name()}:{HUB_TOKEN}", None)
    saved.state.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(saved.state, json.dumps(checkpoint, indent=0) + "\n", mode=0o644)
    write_atomically(saved.settings, yaml.safe_dump(settings, sort_keys=False), mode=0o644)


def _checkpoint(sandbox: Sandbox, stack: str) -> Path:
    return sandbox.state / ".pulumi" / "stacks" / project.project_name() / f"{stack}.json"


def deploy_and_save(release: str) -> None:
    """Deploy every platform stack of the checkout with its team stacks, each platform in a sandbox of its own, and save them."""
    for platform in PLATFORMS:
        rehearsal = Rehearsal(name=f"release-{platform}")
        rehearsal.down()
        try:
            with tempfile.TemporaryDirectory() as folder:
                for stack in (platform, *TEAMS.get(platform, ())):
                    rehearsal.files[stack] = _stack_file(stack, Path(folder))
                    rehearsal.run("up", stack).check()
                    save(rehearsal.sandbox, release, stack)
        finally:
            rehearsal.down()


def _stack_file(stack: str, folder: Path) -> Path:
    """The committed stack file; dev keeps a GPU for the example team stack, as that file says."""
    document = yaml.safe_load((CHECKOUT / f"Pulumi.{stack}.yaml").read_text())
    for key in TEAM_GPUS.get(stack, ()):
        document["config"]["llm-platform:pools"][key]["team_gpus"] = 1
    path = folder / f"Pulumi.{stack}.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    deploy_and_save(parser.parse_args().release)
